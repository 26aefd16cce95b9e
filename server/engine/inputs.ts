import { readFile, writeFile } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { AppError } from "../../cells/errors.ts";
import type { AssetKey } from "../../cells/model/asset-key.ts";
import { formatOf } from "./file-format.ts";
import type { StoredInput } from "./messages.ts";
import { arrowToParquet } from "./parquet.ts";
import type { View } from "./session.ts";
import { readerOf } from "./sql.ts";

/** What a step reads, made ready: views by name, files by name, and what its paths are called in messages. */
export interface Inputs {
  readonly views: readonly View[];
  /** name of a file as written → absolute path that DuckDB can read */
  readonly files: ReadonlyMap<string, string>;
  readonly names: ReadonlyMap<string, string>;
}

interface InputRequest {
  readonly inputs: readonly {
    readonly key?: AssetKey;
    readonly schema: string | null;
    readonly name: string;
    readonly input: StoredInput;
  }[];
  readonly files?: Readonly<Record<string, string>>;
}

/**
 * Makes the inputs of a request readable. Arrow files, which DuckDB does not read, are written to `temporary` as Parquet.
 * A file that SQL names as a bare table (`FROM flights`) becomes a view as well.
 */
export async function openInputs(
  request: InputRequest,
  { temporary, folders = [] }: { readonly temporary: string; readonly folders?: readonly string[] },
): Promise<Inputs> {
  const names = new Map<string, string>(folders.map((folder) => [folder, ""]));
  const views: View[] = [];
  for (const { schema, name, input } of request.inputs) {
    for (const path of input.paths) names.set(path, schema === null ? name : `${schema}.${name}`);
    views.push({ schema, name, from: readerOf(await readable(input, temporary)) });
  }
  const files = new Map<string, string>();
  for (const [name, path] of Object.entries(request.files ?? {})) {
    names.set(path, name);
    const format = formatOf(path);
    const isTable = format !== null && !extname(name);
    const input = format === "arrow" ? await readable({ format, paths: [path] }, temporary) : null;
    files.set(name, input?.paths[0] ?? path);
    if (isTable) views.push({ schema: null, name, from: readerOf(input ?? { format, paths: [path] }) });
  }
  return { views, files, names };
}

/** A stored input in a format that DuckDB reads. */
export async function readable(input: StoredInput, temporary: string): Promise<StoredInput> {
  if (input.paths.length === 0 && input.empty != null) return input;
  if (input.paths.length === 0) throw new AppError("asset_missing", "an input has no files; materialize it first");
  if (input.format !== "arrow") return input;
  const paths = input.paths.map(async (path) => {
    const target = join(temporary, `${basename(path)}-${++converted}.parquet`);
    await writeFile(target, arrowToParquet(await readFile(path)));
    return target;
  });
  return { format: "parquet", paths: await Promise.all(paths) };
}

let converted = 0;
