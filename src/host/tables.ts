import { AppError, messageOf } from "../../cells/errors.ts";
import type { FileContent } from "../../cells/protocol/host.ts";
import type { Engine, EngineConnection, TableName } from "./engine.ts";
import { sqlName, sqlText } from "./sql-value.ts";

/** Endings of the files that SQL reads as tables, and that the engine does not know by itself. */
const decoders = { parquet: fromParquet, arrow: fromArrow, feather: fromArrow } as const;

/** Endings of the files that SQL reads as tables, by the engine's own readers. */
const readers = {
  csv: fromText,
  tsv: fromText,
  json: fromJson,
  ndjson: fromJson,
  jsonl: fromJson,
} as const;

interface Source {
  readonly engine: Engine;
  readonly connection: EngineConnection;
  readonly file: FileContent;
  /** where the engine has the file, under `files/` */
  readonly path: string;
  readonly table: TableName;
}

/** Whether a file of this name can be read as a table. */
export function isTableFile(name: string): boolean {
  return Object.hasOwn(readers, ending(name)) || Object.hasOwn(decoders, ending(name));
}

/** Fetches what it takes to decode a file of this name, beside the file itself. */
export async function warmDecoder(name: string): Promise<void> {
  if (ending(name) === "parquet") (await import("./parquet.ts")).warmParquet();
}

/**
 * The rows of a file that the engine cannot read, as an Arrow IPC stream: without the engine, which may still be starting. Null for
 * a file that it reads. The bytes are taken. Rejects with `query_failed` where they are not what the name says.
 */
export async function decodeFile(file: FileContent): Promise<Uint8Array | null> {
  const type = ending(file.name);
  return hasDecoder(type) ? decoders[type](file) : null;
}

/** Makes a table of a file by the engine's own readers. Rejects with `query_failed` where its bytes are not what its name says. */
export async function fileToTable(source: Source): Promise<void> {
  const type = ending(source.file.name);
  if (!hasReader(type))
    throw new AppError(
      "query_failed",
      `${source.file.name} cannot be read as a table; SQL reads .parquet, .arrow, .csv, .tsv and .json`,
    );
  await readers[type](source);
}

async function fromParquet({ name, bytes }: FileContent): Promise<Uint8Array> {
  const { ParquetFile } = await import("./parquet.ts");
  const parquet = new ParquetFile(name, bytes);
  try {
    return await parquet.rows(null);
  } finally {
    parquet.close();
  }
}

function fromArrow(file: FileContent): Promise<Uint8Array> {
  return Promise.resolve(toStream(file));
}

async function fromText({ engine, connection, file, path, table }: Source): Promise<void> {
  await engine.addFile(path, file.bytes);
  const options = ending(file.name) === "tsv" ? ", delim = '\t'" : "";
  await connection.run(
    `create table memory.${sqlName(table.schema)}.${sqlName(table.name)} as from read_csv(${sqlText(`files/${path}`)}${options})`,
  );
}

async function fromJson({ engine, connection, file, path, table }: Source): Promise<void> {
  await engine.addFile(path, ending(file.name) === "json" ? file.bytes : linesToArray(file.bytes));
  try {
    await connection.insertJson(table, path);
  } catch (cause) {
    throw new AppError(
      "query_failed",
      `${file.name} cannot be read as a table: it must be an array of objects (${messageOf(cause)})`,
      { cause },
    );
  }
}

/** The engine's own reader knows arrays only. */
function linesToArray(bytes: Uint8Array): Uint8Array {
  const lines = new TextDecoder().decode(bytes).split("\n");
  return new TextEncoder().encode(`[${lines.filter((line) => line.trim() !== "").join(",")}]`);
}

/** Arrow files hold a stream between their magic words. */
function toStream({ name, bytes }: FileContent): Uint8Array {
  const magic = new TextDecoder().decode(bytes.subarray(0, 6));
  if (magic === "ARROW1") return bytes.subarray(8);
  if (magic.startsWith("FEA1"))
    throw new AppError("query_failed", `${name} is Feather version 1, which is not Arrow; write it as version 2`);
  return bytes;
}

function hasDecoder(type: string): type is keyof typeof decoders {
  return Object.hasOwn(decoders, type);
}

function hasReader(type: string): type is keyof typeof readers {
  return Object.hasOwn(readers, type);
}

function ending(name: string): string {
  return /\.(\w+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
}
