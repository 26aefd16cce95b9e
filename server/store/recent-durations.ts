import type { AssetKey } from "../../cells/model/asset-key.ts";

const kept = 10;

/** How long the last ten computations of each asset took: read once from the facts, then told of each new one. */
export class RecentDurations {
  readonly #byAsset = new Map<AssetKey, number[]>();

  /** `durations` in milliseconds, oldest first within an asset. */
  constructor(durations: Iterable<readonly [AssetKey, number]>) {
    for (const [asset, ms] of durations) this.add(asset, ms);
  }

  add(asset: AssetKey, ms: number): void {
    const list = this.#byAsset.get(asset);
    if (list === undefined) this.#byAsset.set(asset, [ms]);
    else if (list.push(ms) > kept) list.shift();
  }

  medians(): ReadonlyMap<AssetKey, number> {
    return new Map([...this.#byAsset].map(([asset, list]) => [asset, median(list)]));
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const high = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const low = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
  return (low + high) / 2;
}
