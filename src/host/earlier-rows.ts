import { AppError } from "../../cells/errors.ts";
import { AssetKey } from "../../cells/model/asset-key.ts";
import type { AssetValue } from "../../cells/protocol/host.ts";
import type { EngineTables } from "./engine-tables.ts";
import type { DataPorts, StoredResult } from "./ports.ts";
import { tableOf, type RelationStore, type StoredRelation } from "./relation-store.ts";

/** What a cell that reads its own earlier partitions reads for the one that is shown. */
export interface EarlierPartitions {
  readonly partition: string;
  readonly earlier: readonly string[];
  /** a relation is read, and not a value */
  readonly isSql: boolean;
}

interface Options {
  readonly data: DataPorts;
  readonly tables: EngineTables;
  readonly store: RelationStore;
  /** null where the partition that is shown is none of the asset's */
  readonly of: (key: AssetKey) => EarlierPartitions | null;
  readonly stored: (result: StoredResult, owner: string) => StoredRelation;
}

/** What assets that read themselves read in a page: their earlier partitions, as the server has them. */
export class EarlierRows {
  readonly #options: Options;
  /** relations that were not needed yet, since the server has what is made of them */
  readonly #deferred = new Map<string, { readonly key: AssetKey; readonly partitions: EarlierPartitions }>();

  constructor(options: Options) {
    this.#options = options;
  }

  /** What the cell of an asset reads of it itself. The rows of a table are fetched once they are needed. */
  async asset(key: AssetKey, signal: AbortSignal): Promise<AssetValue> {
    const partitions = this.#options.of(key);
    if (partitions === null)
      throw new AppError(
        "asset_missing",
        `${AssetKey.name(key)} reads its own earlier partitions, and the one that is shown here is none of it; run it on the server`,
        { data: { asset: key } },
      );
    const [first, ...more] = partitions.earlier;
    if (!partitions.isSql && first === undefined) return { type: "json", text: "null" };
    if (!partitions.isSql && more.length === 0 && first !== undefined) {
      const result = await this.#result(key, first, signal);
      if (result.format === "json")
        return { type: "json", text: new TextDecoder().decode(await this.#options.data.blob(result.sha256, signal)) };
    }
    const id = `earlier ${JSON.stringify([key, partitions.earlier])}`;
    this.#deferred.set(id, { key, partitions });
    if (partitions.isSql) return { type: "relation", relation: { id, columns: [], rows: null } };
    return { type: "relation", relation: (await this.#rows(id, key, partitions, signal)).relation };
  }

  /** The relation that `asset` named, made now; null for any other name. */
  relation(id: string, signal: AbortSignal): Promise<StoredRelation> | null {
    const known = this.#deferred.get(id);
    return known === undefined ? null : this.#rows(id, known.key, known.partitions, signal);
  }

  #result(key: AssetKey, partition: string, signal: AbortSignal): Promise<StoredResult> {
    return this.#options.data.asset(key, partition, null, signal).catch((error: unknown) => {
      if (!(error instanceof AppError) || error.code !== "asset_missing") throw error;
      throw new AppError(
        "asset_missing",
        `${AssetKey.name(key)} reads its own partition ${partition}, which was never made; run it on the server first`,
        { data: { asset: key, partition }, cause: error },
      );
    });
  }

  /** The rows of earlier partitions, together where they are several. */
  async #rows(
    id: string,
    key: AssetKey,
    { partition, earlier }: EarlierPartitions,
    signal: AbortSignal,
  ): Promise<StoredRelation> {
    const { store, tables, stored } = this.#options;
    const results = await Promise.all(earlier.map((one) => this.#result(key, one, signal)));
    const [first, ...more] = results;
    if (first === undefined)
      throw new AppError(
        "asset_missing",
        `nothing of ${AssetKey.name(key)} is earlier than ${partition}, and what its columns are, the server tells; run it there, and the result is shown here`,
        { data: { asset: key, partition } },
      );
    if (more.length === 0) return stored(first, id);
    const known = store.find(id, id);
    if (known) return known;
    const names = await Promise.all(
      results.map(async (one, i) => tables.qualify(await tableOf(stored(one, `${id} ${i}`).rows))),
    );
    const parts = names.map((name) => `from ${name}`).join(" union all by name ");
    const { table, columns, rows } = await tables.make(({ connection }, target) =>
      connection.run(`create table ${tables.qualify(target)} as ${parts}`, signal),
    );
    const relation = { id: table, columns, rows };
    return store.add(id, { relation, rows: { type: "table", table }, dataVersion: null, owner: id });
  }
}
