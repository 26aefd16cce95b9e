import type { AssetKey } from "../../cells/model/asset-key.ts";
import type { Materialization } from "../../cells/model/materialization.ts";

/** A fact was asked for of an asset whose partitions are too many to have been loaded all: whoever computes loads them and begins again. */
export class NotAtHand extends Error {
  readonly asset: AssetKey;

  constructor(asset: AssetKey) {
    super(`the partitions of ${asset} are not loaded`);
    this.asset = asset;
  }
}

/** What readers see of assets and partitions, as far as it was loaded: what was not is never taken for what is not there. */
export class FactsAtHand {
  readonly #facts = new Map<string, Materialization>();
  readonly #partitions = new Map<AssetKey, string[]>();
  /** assets of which some partitions may not be loaded → those that were looked for */
  readonly #partly: Map<AssetKey, Set<string>>;

  constructor(facts: Iterable<Materialization>, partly: Iterable<AssetKey>) {
    this.#partly = new Map(Array.from(partly, (asset) => [asset, new Set()]));
    for (const fact of facts) {
      this.#facts.set(nameOf(fact.asset, fact.partition), fact);
      this.#note(fact);
    }
  }

  /** Throws `NotAtHand`. */
  latest(asset: AssetKey, partition: string): Materialization | null {
    const fact = this.#facts.get(nameOf(asset, partition));
    if (fact !== undefined) return fact;
    if (this.#partly.get(asset)?.has(partition) === false) throw new NotAtHand(asset);
    return null;
  }

  /** Of these partitions of an asset, those that were not looked for. */
  unknown(asset: AssetKey, partitions: Iterable<string>): readonly string[] {
    const looked = this.#partly.get(asset);
    return looked === undefined ? [] : [...new Set(partitions)].filter((partition) => !looked.has(partition));
  }

  /** Adds what was found of these partitions of an asset; of all of them where they are null. */
  add(asset: AssetKey, looked: Iterable<string> | null, found: Iterable<Materialization>): void {
    if (looked === null) this.#partly.delete(asset);
    for (const fact of found) {
      this.#facts.set(nameOf(asset, fact.partition), fact);
      if (looked === null) this.#note(fact);
    }
    for (const partition of looked ?? []) this.#partly.get(asset)?.add(partition);
  }

  /** Keys of the partitions of an asset that there is something of, in the order in which they were given. Throws `NotAtHand`. */
  partitionsOf(asset: AssetKey): readonly string[] {
    if (!this.isWhole(asset)) throw new NotAtHand(asset);
    return this.#partitions.get(asset) ?? [];
  }

  isWhole(asset: AssetKey): boolean {
    return !this.#partly.has(asset);
  }

  #note({ asset, partition }: Materialization): void {
    if (partition === "" || !this.isWhole(asset)) return;
    const known = this.#partitions.get(asset);
    if (known === undefined) this.#partitions.set(asset, [partition]);
    else known.push(partition);
  }
}

function nameOf(asset: string, partition: string): string {
  return `${asset}\n${partition}`;
}
