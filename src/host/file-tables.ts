import type { FileContent } from "../../cells/protocol/host.ts";
import type { DataPorts } from "./ports.ts";
import type { EngineTables, MadeTable } from "./engine-tables.ts";
import type { RelationStore } from "./relation-store.ts";
import { decodeFile, fileToTable, isTableFile, warmDecoder } from "./tables.ts";

/** A file that SQL reads by name. */
export interface LoadedFile {
  readonly name: string;
  /** changes with its content */
  readonly version: string;
  /** where the engine has it */
  readonly path: string;
  /** null where it is no table */
  readonly table: string | null;
}

/** Brings the files that SQL texts name into the engine, each version of one once. */
export class FileTables {
  readonly #data: DataPorts;
  readonly #tables: EngineTables;
  readonly #store: RelationStore;
  /** what is being made, by version, so that equal requests at the same time make one */
  readonly #making = new Map<string, Promise<string>>();

  constructor(data: DataPorts, tables: EngineTables, store: RelationStore) {
    this.#data = data;
    this.#tables = tables;
    this.#store = store;
  }

  load(names: readonly string[], signal: AbortSignal): Promise<readonly LoadedFile[]> {
    return Promise.all(names.map((name) => this.#load(name, signal)));
  }

  async #load(name: string, signal: AbortSignal): Promise<LoadedFile> {
    // the engine and the decoder start while the file is fetched
    const starting = this.#tables.engine();
    starting.catch(() => undefined);
    void warmDecoder(name).catch(() => undefined);
    const file = await this.#data.file(name, signal);
    const version = `${name}@${file.lastModified}/${file.bytes.length}`;
    const path = `${this.#tables.userSchema}/${name}`;
    const loaded = { name, version, path: `files/${path}` };
    if (!isTableFile(name)) {
      await (await starting).addFile(path, file.bytes);
      return { ...loaded, table: null };
    }
    const owner = `file:${name}`;
    const known = this.#store.find(version, owner);
    if (known?.rows.type === "table") return { ...loaded, table: known.rows.table };
    let making = this.#making.get(version);
    if (making === undefined) {
      making = this.#make(file, path)
        .then(({ table, columns, rows }) => {
          const relation = { id: table, columns, rows };
          this.#store.add(version, { relation, rows: { type: "table", table }, dataVersion: null, owner });
          return table;
        })
        .finally(() => this.#making.delete(version));
      this.#making.set(version, making);
    }
    return { ...loaded, table: await making };
  }

  async #make(file: FileContent, path: string): Promise<MadeTable> {
    const arrow = await decodeFile(file);
    if (arrow !== null) return this.#tables.insert(arrow, true);
    const engine = await this.#tables.engine();
    return this.#tables.make(({ connection }, name) =>
      fileToTable({ engine, connection, file, path, table: { schema: this.#tables.schema, name } }),
    );
  }
}
