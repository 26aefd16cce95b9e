import { AppError } from "../../cells/errors.ts";
import type { AssetKey } from "../../cells/model/asset-key.ts";
import type { AssetRequest, AssetValue, FileContent, KernelHost, Relation } from "../../cells/protocol/host.ts";
import type { KernelCell } from "../../cells/protocol/kernel.ts";
import type { TestTable, TestTables } from "./test-tables.ts";

/** What the cells of a test read in place of what they read in the notebook. */
export interface Stands {
  readonly assets: ReadonlyMap<AssetKey, TestTable>;
  /** by the name that the cell has for the file */
  readonly files: ReadonlyMap<string, TestTable>;
}

/** Answers the cells of one test: tables of the test in place of assets and files, and nothing else of the notebook's. */
export class TestHost implements KernelHost {
  readonly query: KernelHost["query"];
  readonly rows: KernelHost["rows"];
  readonly put: KernelHost["put"];
  readonly fetch: NonNullable<KernelHost["fetch"]>;
  readonly #tables: TestTables;
  readonly #stands: Stands;
  readonly #cells: readonly KernelCell[];

  /** `cells` are those that are computed. */
  constructor(tables: TestTables, stands: Stands, cells: readonly KernelCell[]) {
    this.#tables = tables;
    this.#stands = stands;
    this.#cells = cells;
    const { host } = tables;
    this.rows = (request, signal) => host.rows(request, signal);
    this.put = (request, signal) => host.put(request, signal);
    this.fetch = (request, signal) => host.fetch(request, signal);
    this.query = async (request, signal) => {
      const given = request.files.filter((name) => stands.files.has(name));
      const views = given.map(async (name) => {
        const { id } = await tables.relationOf(this.#file(name), signal);
        return { schema: null, name, relation: id };
      });
      const files = request.files.filter((name) => !given.includes(name));
      return host.query({ ...request, files, tables: [...request.tables, ...(await Promise.all(views))] }, signal);
    };
  }

  async asset({ key, version }: AssetRequest, signal: AbortSignal): Promise<AssetValue> {
    const table = this.#stands.assets.get(key);
    if (table === undefined || version !== undefined)
      throw new AppError("asset_missing", `the test gives nothing for ${key}; add it under its name`, {
        data: { asset: key },
      });
    if (table.type === "rows" && !this.#isReadBySql(key)) return { type: "json", text: JSON.stringify(table.rows) };
    return { type: "relation", relation: await this.#relationOf(table, signal) };
  }

  async file({ name }: { readonly name: string }, signal: AbortSignal): Promise<FileContent> {
    const table = this.#stands.files.get(name);
    if (table === undefined) return this.#tables.host.file({ name }, signal);
    if (table.type === "rows")
      return {
        ...{ name, mimeType: "application/json", lastModified: 0 },
        bytes: new TextEncoder().encode(JSON.stringify(table.rows)),
      };
    throw new AppError(
      "value_not_storable",
      `JavaScript reads the file ${name}, and a table of SQL cannot stand for a file; write the test in JavaScript`,
      { data: { name } },
    );
  }

  log(): void {}

  #relationOf(table: TestTable, signal: AbortSignal): Promise<Relation> {
    return this.#tables.relationOf(table, signal);
  }

  #file(name: string): TestTable {
    const table = this.#stands.files.get(name);
    if (table === undefined) throw new AppError("internal", `no table stands for the file ${name}`);
    return table;
  }

  #isReadBySql(key: AssetKey): boolean {
    const names = this.#cells.flatMap(({ imports }) =>
      Object.entries(imports).flatMap(([name, imported]) => (imported === key ? [name] : [])),
    );
    return this.#cells.some(({ tables }) =>
      tables.some(({ source }) => (source.type === "cell" ? names.includes(source.name) : source.key === key)),
    );
  }
}
