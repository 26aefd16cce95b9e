import { encodeArrow } from "../data/arrow.ts";
import { AppError } from "../errors.ts";
import type { AssetKey } from "../model/asset-key.ts";
import type { AssetValue, Relation } from "../protocol/host.ts";
import type { KernelCell } from "../protocol/kernel.ts";
import { isAssetValue, markAsset, valueOfAsset } from "./assets.ts";
import type { KernelContext } from "./context.ts";
import type { Variable } from "./define.ts";
import { Part, type PartOwner } from "./part.ts";
import { originOf, toRelation } from "./relations.ts";
import type { Run } from "./run.ts";
import { assetName, assetTableName, earlierName, earlierTableName, earlierValueName, tableName } from "./shape.ts";
import { describe } from "./describe.ts";

/** An asset as it is published now, or one result of it. */
export interface AssetNeed {
  readonly key: AssetKey;
  readonly version: string | null;
}

/** What bridges need to know of the cells. */
export interface BridgeNeeds {
  readonly cells: readonly KernelCell[];
  /** assets that cells show or import, some as one of their results */
  readonly assets: readonly AssetNeed[];
  /** whether a query defines this name as a relation by itself */
  readonly hasRelation: (name: string) => boolean;
  /** the cell that defines a name; -1 where none does */
  readonly definerOf: (name: string) => number;
}

/**
 * Hidden variables between cells: published assets, and values of JavaScript cells as relations for SQL. They exist
 * while a cell names them, and are computed only when a running cell reads them.
 */
export class Bridges {
  readonly #context: KernelContext;
  readonly #variables = new Map<string, { readonly variable: Variable; readonly part: Part }>();
  readonly #owner: PartOwner;
  readonly #errors = new Map<string, unknown>();
  #definerOf: (name: string) => number = () => -1;

  constructor(context: KernelContext) {
    this.#context = context;
    this.#owner = { now: context.now, isTiming: false, opened() {}, closed() {}, changed() {}, gave() {}, failed() {} };
  }

  /** The error of a bridge as it was thrown, or null: readers get the runtime's sentence, without code and data. */
  errorOf(name: string): unknown {
    const error = this.#errors.get(name) ?? null;
    if (error !== null) return error;
    const asset = /^(?:table|value) ((?:asset|earlier) .*)$/.exec(name)?.[1];
    return asset === undefined ? null : (this.#errors.get(asset) ?? null);
  }

  /** Makes the bridges that are needed and drops the others. */
  update({ cells, assets, hasRelation, definerOf }: BridgeNeeds): void {
    this.#definerOf = definerOf;
    const wanted = new Set<string>();
    for (const { key, version } of assets) this.#asset(key, version, wanted);
    for (const { tables, earlier } of cells) {
      if (earlier !== undefined) this.#earlierValue(earlier, wanted);
      for (const { source } of tables) {
        if (source.type === "asset") {
          this.#asset(source.key, null, wanted);
          this.#assetTable(assetTableName(source.key), assetName(source.key), source.key, wanted);
        } else if (source.type === "earlier") {
          this.#earlier(source.key, wanted);
          this.#assetTable(earlierTableName(source.key), earlierName(source.key), source.key, wanted);
        } else if (!hasRelation(source.name)) this.#valueTable(source.name, wanted);
      }
    }
    for (const [name, { variable, part }] of this.#variables) {
      if (wanted.has(name)) continue;
      part.forget();
      variable.delete();
      this.#variables.delete(name);
      this.#errors.delete(name);
    }
  }

  #asset(key: AssetKey, version: string | null, wanted: Set<string>): void {
    this.#define(assetName(key, version), [], wanted, async ({ signal }) => {
      const { host } = this.#context;
      if (version === null) return markAsset(await host.asset({ key, partition: null }, signal));
      // a result that cannot be had is no error: its cell runs
      const asset = await host.asset({ key, partition: null, version }, signal).catch(() => null);
      signal.throwIfAborted();
      return asset && markAsset(asset);
    });
  }

  #earlier(key: AssetKey, wanted: Set<string>): void {
    this.#define(earlierName(key), [], wanted, async ({ signal }) =>
      markAsset(await this.#context.host.asset({ key, partition: null, earlier: true }, signal)),
    );
  }

  #earlierValue(key: AssetKey, wanted: Set<string>): void {
    this.#earlier(key, wanted);
    this.#define(earlierValueName(key), [earlierName(key)], wanted, ({ inputs: [asset], signal }) =>
      isAssetValue(asset) ? valueOfAsset(this.#context.host, asset, signal) : asset,
    );
  }

  #assetTable(name: string, of: string, key: AssetKey, wanted: Set<string>): void {
    this.#define(name, [of], wanted, ({ inputs: [asset], signal }) => {
      if (!isAssetValue(asset)) throw new AppError("internal", `no asset stands for ${key}`);
      return this.#toRelation(key, asset, signal);
    });
  }

  #valueTable(name: string, wanted: Set<string>): void {
    this.#define(tableName(name), [name], wanted, ({ inputs: [value], signal }) => {
      const known = originOf(value);
      return known ?? this.#put(name, value, signal);
    });
  }

  #define(name: string, inputs: readonly string[], wanted: Set<string>, start: (run: Run) => unknown): void {
    wanted.add(name);
    if (this.#variables.has(name)) return;
    const part = new Part(this.#owner, true);
    const variable = this.#context.reactor.variable(null);
    variable.define(name, inputs, (...values) =>
      part.compute(values, async (run) => {
        this.#errors.delete(name);
        try {
          return await start(run);
        } catch (error) {
          this.#errors.set(name, error);
          part.forget();
          throw error;
        }
      }),
    );
    this.#variables.set(name, { variable, part });
  }

  #toRelation(key: AssetKey, asset: AssetValue, signal: AbortSignal): Relation | Promise<Relation> {
    return asset.type === "relation" ? asset.relation : this.#put(key, JSON.parse(asset.text), signal);
  }

  async #put(name: string, value: unknown, signal: AbortSignal): Promise<Relation> {
    const arrow = encodeArrow(value);
    if (arrow === null)
      throw new AppError(
        "value_not_storable",
        `${name} is ${describe(value)}, which SQL cannot read; give it an array of objects or a table`,
        { data: { name } },
      );
    return toRelation(await this.#context.host.put({ cell: this.#definerOf(name), name, arrow }, signal));
  }
}
