import { extname } from "node:path";

const types: Readonly<Record<string, string>> = {
  ".arrow": "application/vnd.apache.arrow.file",
  ".csv": "text/csv",
  ".geojson": "application/geo+json",
  ".gif": "image/gif",
  ".html": "text/html",
  ".jpeg": "image/jpeg",
  ".jpg": "image/jpeg",
  ".json": "application/json",
  ".md": "text/markdown",
  ".parquet": "application/vnd.apache.parquet",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".tsv": "text/tab-separated-values",
  ".txt": "text/plain",
  ".webp": "image/webp",
  ".xml": "application/xml",
  ".zip": "application/zip",
};

/** The media type of a file by the ending of its name (IANA), or plain bytes. */
export function mimeTypeOf(name: string): string {
  return types[extname(name).toLowerCase()] ?? "application/octet-stream";
}
