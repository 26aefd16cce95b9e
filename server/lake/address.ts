import { join } from "node:path";
import { AppError } from "../../cells/errors.ts";
import type { LakeFile } from "./lake.ts";

/** What names a file of the lake. */
export type Address = Pick<LakeFile, "sha256" | "extension">;

/** The folder and path of an address. Throws `internal` for what is no hash: paths are made from nothing else. */
export function placeOf(
  root: string,
  { sha256, extension }: Address,
): { readonly folder: string; readonly path: string } {
  if (!/^[0-9a-f]{64}$/.test(sha256) || (extension !== "parquet" && extension !== "json"))
    throw new AppError("internal", `not an address in the lake: ${JSON.stringify({ sha256, extension })}`);
  const folder = join(root, sha256.slice(0, 2));
  return { folder, path: join(folder, `${sha256}.${extension}`) };
}

/** Reads a file name of the lake; null for any other name. */
export function parseFileName(name: string): Address | null {
  const match = /^([0-9a-f]{64})\.(parquet|json)$/.exec(name);
  const sha256 = match?.[1];
  const extension = match?.[2];
  return sha256 === undefined || (extension !== "parquet" && extension !== "json") ? null : { sha256, extension };
}
