import { open, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { assertNever } from "../../cells/errors.ts";
import type { Column } from "../../cells/model/materialization.ts";
import { endOfStream, fileMagic, footerOf, messagesOf, type IpcBlock } from "./arrow-ipc.ts";
import type { Database } from "./duckdb.ts";
import { readable } from "./inputs.ts";
import { jsonValue } from "./json-value.ts";
import type { EngineCalls } from "./messages.ts";
import type { ReadingPlace } from "./page.ts";
import { rowGroupsOf } from "./parquet.ts";
import { Session } from "./session.ts";
import { ident, literal, readerOf } from "./sql.ts";
import { storableRows, type Rows } from "./user-sql.ts";

type ExportRequest = Parameters<EngineCalls["export"]>[0];
let files = 0;

/**
 * Writes a stored relation in a format of other programs. Arrow goes by row group, so that a large table is never whole in
 * memory. `README.md` says how each type looks in JSON and CSV.
 */
export async function exportRows(
  database: Database,
  request: ExportRequest,
  place: ReadingPlace,
  signal: AbortSignal,
): Promise<{ readonly rows: number; readonly bytes: number }> {
  const input = await readable(request.input, place.temporary);
  const paths = new Map([...place.folders, ...input.paths].map((path) => [path, "the asset"]));
  const session = await Session.open(database, [], { signal, paths });
  const parquet = join(place.temporary, `export-${++files}.parquet`);
  try {
    const from = readerOf(input);
    const stored = {
      from,
      columns: await session.columnsOf(from),
      params: new Map(),
      traced: { cell: null, placeOf: () => null },
    };
    const { select, columns } = storableRows(stored);
    const copy = async (query: string, target: string, options: string): Promise<number> => {
      const { rows } = await session.read(`COPY (${query}) TO ${literal(target)} (${options})`);
      return Number(rows[0]?.[0] ?? 0);
    };
    const write = async (): Promise<number> => {
      switch (request.format) {
        case "parquet":
          return copy(select, request.target, "FORMAT parquet, COMPRESSION zstd");
        case "csv":
          return copy(
            csvSelect(select, columns, request.guardFormulas ?? false),
            request.target,
            "FORMAT csv, HEADER true",
          );
        case "json":
          return copy(jsonSelect(select, columns), request.target, "FORMAT json, ARRAY true");
        case "arrow":
        case "arrow-stream": {
          const isFile = request.format === "arrow";
          const [path, more] = input.paths;
          const isAsStored =
            input.format === "parquet" &&
            more === undefined &&
            columns.every(({ type }, i) => type === stored.columns[i]?.type);
          if (path !== undefined && isAsStored && (await writeArrow(path, request.target, isFile, signal)))
            return Number((await session.read(`SELECT count(*) FROM ${from}`)).rows[0]?.[0]);
          const rows = await copy(select, parquet, "FORMAT parquet, COMPRESSION uncompressed");
          await writeArrow(parquet, request.target, isFile, signal);
          return rows;
        }
        default:
          return assertNever(request.format);
      }
    };
    const rows = await write();
    return { rows, bytes: (await stat(request.target)).size };
  } finally {
    await rm(parquet, { force: true });
    await session.close();
  }
}

/**
 * Writes the row groups of a Parquet file one after the other as Arrow IPC: a stream, or a file with its footer. False, and
 * nothing written, where another program put dictionaries into the file: a file may not have one anew for each group.
 */
async function writeArrow(parquet: string, target: string, isFile: boolean, signal: AbortSignal): Promise<boolean> {
  const out = await open(target, "w");
  try {
    let offset = 0;
    let schema: Uint8Array | null = null;
    const batches: IpcBlock[] = [];
    const write = async (bytes: Uint8Array): Promise<void> => {
      for (let at = 0; at < bytes.length;) at += (await out.write(bytes, at)).bytesWritten;
      offset += bytes.length;
    };
    if (isFile) await write(fileMagic);
    for await (const stream of rowGroupsOf(parquet)) {
      signal.throwIfAborted();
      for (const { type, head, body } of messagesOf(stream)) {
        if (type === "dictionary") return false;
        if (type === "schema") {
          if (schema !== null) continue;
          schema = head;
        } else batches.push({ offset, headBytes: head.length, bodyBytes: body.length });
        await write(head);
        await write(body);
      }
    }
    await write(isFile && schema !== null ? footerOf(schema, batches) : endOfStream);
    return true;
  } finally {
    await out.close();
  }
}

/** Spreadsheets run a text that begins like a formula: with the guard, an apostrophe is put before it. */
function csvSelect(select: string, columns: readonly Column[], guard: boolean): string {
  if (!guard) return select;
  const fields = columns.map(({ name, type }) => {
    const column = ident(name);
    if (type !== "VARCHAR") return column;
    return `CASE WHEN regexp_matches(${column}, '^[=+\\-@\\t\\r]') THEN '''' || ${column} ELSE ${column} END AS ${column}`;
  });
  return `SELECT ${fields.join(", ")} FROM (${select})`;
}

/** Writes rows as one JSON array, as an asset with `store="json"` keeps them. Gives the text. */
export async function writeJsonRows(session: Session, rows: Rows, target: string): Promise<string> {
  const { select, columns } = storableRows(rows);
  const options = "FORMAT json, ARRAY true";
  await session.run(`COPY (${jsonSelect(select, columns)}) TO ${literal(target)} (${options})`, rows.params);
  return readFile(target, "utf8");
}

function jsonSelect(select: string, columns: readonly Column[]): string {
  const fields = columns.map(({ name, type }) => `${jsonValue(ident(name), type)} AS ${ident(name)}`);
  return `SELECT ${fields.join(", ")} FROM (${select})`;
}
