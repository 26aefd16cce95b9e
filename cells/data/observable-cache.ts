import { sha256Hex } from "./sha256.ts";

/** How the output of a data loader is kept and read. */
export interface LoaderFormat {
  /** of the cached file, with its dot */
  readonly extension: string;
  /** the method of `FileAttachment` that decodes it; null gives the file itself */
  readonly method:
    "text" | "blob" | "arrayBuffer" | "json" | "csv" | "tsv" | "image" | "arrow" | "parquet" | "html" | "xml" | null;
  /** whether values of a delimited text get types */
  readonly typed: boolean;
}

/** The format of a data loader by the name in its `format` attribute; unknown names, and none, are bytes. */
export function loaderFormat(name: string | null): LoaderFormat {
  const format = name === null ? undefined : formats.get(name);
  return { extension: ".bin", method: null, typed: false, ...format };
}

/**
 * Where Observable keeps the result of a database cell, from the notebook's folder: a JSON document of rows, schema and
 * date. `undefined` and `null` among the parameters share one path.
 */
export function queryCachePath(database: string, strings: readonly string[], params: readonly unknown[]): string {
  return `${folder}/${cacheName(database)}-${cacheHash(JSON.stringify([strings, ...params]))}.json`;
}

/** Where Observable keeps the output of a data loader (`node`, `python` or `r`), from the notebook's folder. */
export function loaderCachePath(interpreter: string, source: string, format: string | null): string {
  return `${folder}/${interpreter}-${cacheHash(source)}${loaderFormat(format).extension}`;
}

/** First digits of the SHA-256 of a text, taken as one number in base 36. */
export function cacheHash(text: string, digits = 16): string {
  return BigInt(`0x${sha256Hex(text)}`)
    .toString(36)
    .slice(0, digits)
    .padStart(digits, "0");
}

/** A name as part of a file name: as it is where it may, else simplified and told apart by its hash. */
export function cacheName(name: string): string {
  if (/^[\w-]+$/.test(name)) return name;
  const plain = name.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const slug = plain.replace(/[^\w-]+/g, "-").replace(/^-+|-+$/g, "");
  return `${slug || "untitled"}.${cacheHash(name, 8)}`;
}

const folder = ".observable/cache";

const formats: ReadonlyMap<string, Partial<LoaderFormat>> = new Map<string, Partial<LoaderFormat>>([
  ["text", { extension: ".txt", method: "text" }],
  ["blob", { method: "blob" }],
  ["buffer", { method: "arrayBuffer" }],
  ["json", { extension: ".json", method: "json" }],
  ["csv", { extension: ".csv", method: "csv", typed: true }],
  ["tsv", { extension: ".tsv", method: "tsv", typed: true }],
  ["jpeg", { extension: ".jpg", method: "image" }],
  ["png", { extension: ".png", method: "image" }],
  ["gif", { extension: ".gif", method: "image" }],
  ["webp", { extension: ".webp", method: "image" }],
  ["svg", { extension: ".svg", method: "image" }],
  ["arrow", { extension: ".arrow", method: "arrow" }],
  ["parquet", { extension: ".parquet", method: "parquet" }],
  ["html", { extension: ".html", method: "html" }],
  ["xml", { extension: ".xml", method: "xml" }],
]);
