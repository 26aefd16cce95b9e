import { randomBytes } from "node:crypto";
import { copyFileSync, mkdirSync, readdirSync, renameSync, rmSync, rmdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { AppError } from "../../cells/errors.ts";
import type { CopyAnswer } from "./duckdb.ts";
import { MetadataPlace } from "./parquet-metadata.ts";
import type { Session, Traced } from "./session.ts";
import { literal } from "./sql.ts";
import { copyOptions } from "./store-table.ts";

/** A window with more rows gets a statement of its own, which writes its row groups as they are written one by one. */
const mostRowsTogether = 50_000;

interface RangeFiles {
  /** the table with the rows of all windows, behind the number of their window (`cellar_i`) and ordered by it */
  readonly table: string;
  /** how many rows each window has */
  readonly counts: readonly number[];
  /** what stands in each window's file */
  readonly metadata: readonly Readonly<Record<string, string>>[];
  /** a folder that does not exist yet: the files in it are `0`, `1`, … */
  readonly target: string;
  readonly traced: Traced;
}

/** Writes one Parquet file a window, by one statement as far as that goes. Resolves with what each of them holds. */
export async function writeRangeFiles(session: Session, files: RangeFiles): Promise<readonly CopyAnswer[]> {
  const { table, counts, metadata, target, traced } = files;
  const place = new MetadataPlace(`cellar${randomBytes(16).toString("hex")}`);
  const rows = `SELECT * EXCLUDE (cellar_i) FROM ${table}`;
  const fileOf = (i: number) => join(target, String(i));
  mkdirSync(target, { mode: 0o700 });
  const answers = new Map<number, CopyAnswer>();
  const alone = new Set(counts.flatMap((count, i) => (count > mostRowsTogether ? [i] : [])));
  if (counts.some((count, i) => count > 0 && !alone.has(i))) {
    const folder = join(target, "together");
    const others = alone.size === 0 ? "" : ` WHERE cellar_i NOT IN (${[...alone].join(", ")})`;
    const written = await session.copyFiles(
      `COPY (SELECT * FROM ${table}${others}) TO ${literal(folder)} (${copyOptions(place.entries)}, PARTITION_BY (cellar_i))`,
      traced,
    );
    const byWindow = Map.groupBy(written, ({ file }) => Number(/^cellar_i=(\d+)$/.exec(basename(dirname(file)))?.[1]));
    for (const [i, [first, ...more]] of byWindow) {
      // where threads met in a window; its parts are no file
      if (first === undefined || more.length > 0) {
        alone.add(i);
        continue;
      }
      place.fill(first.file, metadata[i] ?? {});
      renameSync(first.file, fileOf(i));
      rmdirSync(dirname(first.file));
      answers.set(i, first);
    }
    if (readdirSync(folder).length === 0) rmdirSync(folder);
    else rmSync(folder, { recursive: true });
  }
  for (const i of alone)
    answers.set(
      i,
      await session.copy(
        `COPY (${rows} WHERE cellar_i = ${i}) TO ${literal(fileOf(i))} (${copyOptions(metadata[i] ?? {})})`,
        new Map(),
        traced,
      ),
    );
  const empty = counts.flatMap((count, i) => (count === 0 ? [i] : []));
  if (empty.length > 0) {
    const model = join(target, "empty");
    const answer = await session.copy(
      `COPY (${rows} WHERE false) TO ${literal(model)} (${copyOptions(place.entries)})`,
      new Map(),
      traced,
    );
    for (const i of empty) {
      copyFileSync(model, fileOf(i));
      place.fill(fileOf(i), metadata[i] ?? {});
      answers.set(i, answer);
    }
    rmSync(model);
  }
  return counts.map((count, i) => {
    const answer = answers.get(i);
    if (answer?.rows !== count)
      throw new AppError(
        "internal",
        `window ${i} of a range has ${count} rows, and its file ${answer?.rows ?? "is not there"}`,
      );
    return answer;
  });
}
