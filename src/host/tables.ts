import { AppError, messageOf } from "../../cells/errors.ts";
import type { FileContent } from "../../cells/protocol/host.ts";
import type { Engine, EngineConnection, TableName } from "./engine.ts";
import { sqlName, sqlText } from "./sql-value.ts";

/** Endings of the files that SQL reads as tables. */
const readers = {
  parquet: fromParquet,
  arrow: fromArrow,
  feather: fromArrow,
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
  return Object.hasOwn(readers, ending(name));
}

/** Makes a table of a file. Rejects with `query_failed` where its bytes are not what its name says. */
export async function fileToTable(source: Source): Promise<void> {
  const type = ending(source.file.name);
  if (!hasReader(type))
    throw new AppError(
      "query_failed",
      `${source.file.name} cannot be read as a table; SQL reads .parquet, .arrow, .csv, .tsv and .json`,
    );
  await readers[type](source);
}

async function fromParquet({ connection, file, table }: Source): Promise<void> {
  const { ParquetFile } = await import("./parquet.ts");
  // copied into the worker: who asked for the file keeps it
  const parquet = new ParquetFile(file.name, file.bytes.slice());
  try {
    await connection.insertArrow(table, await parquet.rows(null), true);
  } finally {
    parquet.close();
  }
}

async function fromArrow({ connection, file, table }: Source): Promise<void> {
  await connection.insertArrow(table, toStream(file));
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

function hasReader(type: string): type is keyof typeof readers {
  return Object.hasOwn(readers, type);
}

function ending(name: string): string {
  return /\.(\w+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
}
