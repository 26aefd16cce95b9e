import { canonicalBody } from "../compile/compile.ts";
import type { CompiledCell } from "../compile/compiled-cell.ts";
import { sha256Hex } from "../data/sha256.ts";
import type { Cell } from "../model/cell.ts";
import type { CellOptions } from "../model/options.ts";

/**
 * Hash of what a cell computes: its canonical body, the database it asks, how its output is read and kept, how it is cut
 * into partitions, and how those map. White space, comments, the name of the output, schedules, retries and the like are
 * left out: they never rerun anything. So are `from=`, `to=` and `exclude=` of the partitions: they add and remove slices
 * without changing one.
 */
export function codeVersion(cell: Cell, compiled: CompiledCell, options: CellOptions): string {
  const partitions = options.partitions?.split(/\s+/).filter((word) => !/^(from|to|exclude)=/.test(word)) ?? [];
  return sha256Hex(
    JSON.stringify([
      "cellar.code.1",
      compiled.sql === null ? "code" : "sql",
      canonicalBody(cell, compiled),
      cell.database,
      cell.format,
      // auto and parquet give the same table; only a value turned into JSON is another result
      options.store === "json" ? "json" : null,
      partitions,
      Object.entries(options.upstream).sort(([a], [b]) => (a < b ? -1 : 1)),
    ]),
  );
}
