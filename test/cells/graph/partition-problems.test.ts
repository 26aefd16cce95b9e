import { expect, test } from "vitest";
import { graphOf, type Sketch } from "./notebooks.ts";

const days = { output: "a", partitions: "daily from=2026-01-01" };
const regions = { output: "a", partitions: "static eu us" };
const both = { output: "a", partitions: "date: daily from=2026-01-01; region: static eu us" };

/** What is said, behind the text that it is said of. */
function said(cells: readonly Sketch[]): readonly string[] {
  return graphOf("sales.html", cells).problems.map(({ cell, message, span }) => {
    const source = cells[(cell ?? 0) - 1]?.[1] ?? "";
    return `${span === null ? "" : source.slice(span.start, span.end)}: ${message}`;
  });
}

const cases: readonly [what: string, cells: readonly Sketch[], said: readonly string[]][] = [
  ["what there is", [["sql", "SELECT ${partition.key}, ${partition.start}, ${partition.end}", days]], []],
  ["a dimension", [["js", "partition.region + partition.date + partition.start", both]], []],
  ["methods of a key", [["js", "partition.key.slice(0, 4) + partition['anything']", regions]], []],
  [
    "a misspelled name",
    [["sql", "SELECT ${partition.strat} WHERE ${partition.strat} > 1", days]],
    [
      "partition.strat: partition has no strat; did you mean partition.start?",
      "partition.strat: partition has no strat; did you mean partition.start?",
    ],
  ],
  [
    "a name that is none",
    [["js", "partition.customer", both]],
    ["partition.customer: partition has no customer; it has key, start, end, date, region"],
  ],
  [
    "a window of a dimension",
    [["ts", "const from: Date = partition.date.start;", both]],
    [
      "partition.date.start: partition.date is a key, so it has no start; the window begins at partition.start and ends at partition.end",
    ],
  ],
  [
    "a window where there is no time",
    [["md", "since ${partition.start}", regions]],
    ["partition.start: partition has no start, since these partitions are none of time; it has key"],
  ],
  [
    "what any cell has, in one without partitions",
    [
      ["sql", "SELECT 1", both],
      ["ojs", "partition.region + partition.regoin"],
    ],
    ["partition.regoin: partition has no regoin; did you mean partition.region?"],
  ],
  ["a notebook without partitions", [["js", "partition.anything"]], []],
  [
    "a partition of one's own",
    [
      ["js", "const partition = {weeks: 1}"],
      ["js", "partition.weeks"],
      ["sql", "SELECT 1", days],
    ],
    [],
  ],
];

test.each(cases)("what is read of partition: %s", (_, cells, expected) => {
  expect(said(cells)).toEqual(expected);
});
