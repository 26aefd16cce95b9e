import { sourceKey, type Workspace } from "../../../cells/graph/workspace.ts";
import type { AssetKey } from "../../../cells/model/asset-key.ts";
import type { Materialization } from "../../../cells/model/materialization.ts";
import { recordedVersion, type Facts, type Failure } from "../../../cells/staleness/facts.ts";
import { memoKeyOf } from "../../../cells/staleness/version.ts";

/** 2026-01-31T09:00:00Z */
export const nine = Date.UTC(2026, 0, 31, 9);

/** Facts in memory: what a store would answer after `materialize` and `fail`. */
export class FakeFacts implements Facts {
  now = nine;
  engine = "duckdb 1.5";
  readonly files = new Map<string, string>();
  readonly medians = new Map<AssetKey, number>();
  readonly #latest = new Map<string, Materialization>();
  readonly #byMemo = new Map<string, Materialization>();
  readonly #failures = new Map<string, Failure>();
  #seq = 0;

  /** Records that `key` came out as `dataVersion`, from what is recorded of its inputs. */
  materialize(
    workspace: Workspace,
    key: AssetKey,
    dataVersion: string,
    {
      partition = "",
      params = {},
      expiresAt = null,
      read = this,
    }: {
      partition?: string;
      params?: Readonly<Record<string, unknown>>;
      expiresAt?: number | null;
      /** these facts with mappings, where partitions do not map one to one */
      read?: Facts;
    } = {},
  ): Materialization {
    const node = workspace.assets.get(key);
    if (!node) throw new Error(`no asset ${key}`);
    const version = (source: (typeof node.sources)[number]) =>
      recordedVersion(workspace, read, node, source, partition);
    const memo = memoKeyOf(workspace, node, version, { partition, params, engine: this.engine });
    if (memo === null) throw new Error(`${key} has inputs without data`);
    const fact: Materialization = {
      seq: ++this.#seq,
      asset: key,
      partition,
      run: `run${this.#seq}`,
      codeVersion: node.effectiveCodeVersion,
      dataVersion,
      inputs: Object.fromEntries(node.sources.map((source) => [sourceKey(source), version(source) ?? ""])),
      bound: "[]",
      memoKey: memo,
      format: "parquet",
      sha256: "0".repeat(64),
      bytes: 100,
      rows: 3,
      schema: [{ name: "a", type: "INTEGER" }],
      ms: 5,
      engine: `${this.engine}.5`,
      createdAt: this.now,
      expiresAt,
    };
    this.adopt(fact);
    this.#byMemo.set(memo, fact);
    return fact;
  }

  /** Makes an earlier materialization the one that readers see, as a reuse does. */
  adopt(fact: Materialization): void {
    this.#latest.set(`${fact.asset} ${fact.partition}`, fact);
    this.#failures.delete(`${fact.asset} ${fact.partition}`);
  }

  fail(key: AssetKey, message: string, partition = ""): void {
    this.#failures.set(`${key} ${partition}`, { run: "bad", at: this.now, message });
  }

  latest(asset: AssetKey, partition: string): Materialization | null {
    return this.#latest.get(`${asset} ${partition}`) ?? null;
  }

  byMemoKey(key: string): Materialization | null {
    return this.#byMemo.get(key) ?? null;
  }

  fileVersion(name: string): string | null {
    return this.files.get(name) ?? null;
  }

  lastFailure(asset: AssetKey, partition: string): Failure | null {
    return this.#failures.get(`${asset} ${partition}`) ?? null;
  }

  medianMs(asset: AssetKey): number | null {
    return this.medians.get(asset) ?? null;
  }
}
