import { extname } from "node:path";
import type { StoredInput } from "./messages.ts";

/** What the ending of a file's name says of its format; null where it is none that holds a table. */
export function formatOf(path: string): StoredInput["format"] | null {
  switch (extname(path).toLowerCase()) {
    case ".parquet":
      return "parquet";
    case ".csv":
      return "csv";
    case ".tsv":
      return "tsv";
    case ".json":
    case ".ndjson":
    case ".jsonl":
      return "json";
    case ".arrow":
    case ".feather":
      return "arrow";
    default:
      return null;
  }
}
