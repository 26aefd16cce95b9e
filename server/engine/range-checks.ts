import { partitionParameters } from "../../cells/compile/partition-parameters.ts";
import type { KernelCell } from "../../cells/protocol/kernel.ts";
import type { SqlValue } from "../../cells/protocol/host.ts";
import type { RangeCheck } from "./messages.ts";
import { inWindow, problemOf, window, windowTypes } from "./range-text.ts";
import type { Session } from "./session.ts";
import { SqlText } from "./sql-text.ts";

/** A check that looks at nothing but its asset: how many rows are wrong of many windows, and of one by itself. */
interface CheckText {
  /** a SELECT of the number of a window and how many of its rows are wrong, over all of them in which any is */
  readonly together: string;
  /** a SELECT of the wrong rows of one, which `table` is then */
  readonly alone: string;
  readonly table: string;
  /** what `alone` binds of its window */
  readonly names: readonly string[];
}

/** Tables of a range: its windows, and the rows of all behind the number of their window in `cellar_i`. */
interface RangeTables {
  readonly windows: string;
  readonly rows: string;
}

/** Reads checks of a range; text where one of them cannot be held against many windows together. */
export function checkTexts(
  checks: readonly RangeCheck[],
  cells: readonly KernelCell[],
  { windows, rows }: RangeTables,
): readonly CheckText[] | string {
  const texts: CheckText[] = [];
  for (const check of checks) {
    const { table } = check;
    if (check.type === "rule") {
      const all = SqlText.of({ strings: [check.together], offsets: [0] }).withQueries(
        new Map([[table.toLowerCase(), `SELECT * FROM ${rows}`]]),
      );
      const together = `SELECT cellar_i, count(*) FROM (${all.text}) GROUP BY cellar_i`;
      texts.push({ together, alone: check.sql, table, names: [] });
      continue;
    }
    const cell = cells.find(({ compiled }) => compiled.id === check.cell);
    const sql = cell?.compiled.sql ?? null;
    const names = sql === null ? null : partitionParameters(sql);
    if (cell === undefined || cell.database !== undefined || sql === null || names === null)
      return "a check of it is no plain SQL";
    if (names.some((name) => !Object.hasOwn(windowTypes, name))) return "a check of it binds more than its window";
    if (cell.tables.some(({ schema, name }) => schema !== null || name !== table))
      return "a check of it reads more than its asset";
    const text = SqlText.of(sql);
    const [only, ...others] = text.statements();
    if (only?.kind !== "select" || others.length > 0 || text.fileNames.length > 0)
      return "a check of it is more than one SELECT of its rows";
    const alone = text.text.slice(only.start, only.end);
    const problem = problemOf(alone);
    if (problem !== null) return `in a check of it, ${problem}`;
    const own = `SELECT * EXCLUDE (cellar_i) FROM ${rows} WHERE cellar_i = ${window}.i`;
    const inside = text.withQueries(new Map([[table.toLowerCase(), own]]));
    const [within] = inside.statements();
    const body = inWindow(inside.text.slice(within?.start, within?.end), names);
    const together = `SELECT ${window}.i, count(*) FROM ${windows} AS ${window}, LATERAL (\n${body}\n) GROUP BY ${window}.i`;
    texts.push({ together, alone, table, names });
  }
  return texts;
}

/** How many rows a check finds wrong in each of so many windows, by one statement. */
export async function failingByWindow(
  session: Session,
  { together }: CheckText,
  count: number,
): Promise<readonly number[]> {
  const { rows } = await session.read(together);
  const found = new Map(rows.map(([i, failing]) => [Number(i), Number(failing)]));
  return Array.from({ length: count }, (_, i) => found.get(i) ?? 0);
}

/** The same of one window by itself; `valueOf` gives what is bound. */
export async function failingAlone(
  session: Session,
  { table, alone, names }: CheckText,
  rows: string,
  at: number,
  valueOf: (name: string, i: number) => SqlValue,
): Promise<number> {
  await session.show([
    { schema: null, name: table, from: `(SELECT * EXCLUDE (cellar_i) FROM ${rows} WHERE cellar_i = ${at})` },
  ]);
  const params = new Map(names.map((name, i) => [i + 1, valueOf(name, i)]));
  const { rows: read } = await session.read(`SELECT count(*) FROM (\n${alone}\n)`, params);
  return Number(read[0]?.[0] ?? 0);
}
