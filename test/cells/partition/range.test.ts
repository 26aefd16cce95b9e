import { expect, test } from "vitest";
import { AppError } from "../../../cells/errors.ts";
import { parsePartitionRange } from "../../../cells/partition/range.ts";
import { keysIn } from "../../../cells/partition/subset.ts";
import { spaceOf } from "./spaces.ts";

const days = spaceOf("daily from=2024-01-28");
const grid = spaceOf("region: static eu us asia; date: daily from=2024-01-28");

test.each([
  [days, "2024-01-30", ["2024-01-30"]],
  [days, "2024-01-29..2024-01-31", ["2024-01-29", "2024-01-30", "2024-01-31"]],
  [days, "*", ["2024-01-28", "2024-01-29", "2024-01-30", "2024-01-31"]],
  [spaceOf("static eu us asia"), "us..asia", ["us", "asia"]],
  [grid, "2024-01-28..2024-01-29|us", ["2024-01-28|us", "2024-01-29|us"]],
  [grid, "2024-01-30|*", ["2024-01-30|eu", "2024-01-30|us", "2024-01-30|asia"]],
  [spaceOf(""), "", [""]],
])("range %#", (space, text, keys) => {
  expect([...keysIn(parsePartitionRange(space, text))]).toEqual(keys);
});

test.each([
  [days, "2024-01-30..", 'invalid partition: "2024-01-30.."; write a key, a range A..B with both ends, or *'],
  [days, "a..b..c", 'invalid partition: "a..b..c"; write a key, a range A..B with both ends, or *'],
  [
    days,
    "2024-01-31..2024-01-29",
    'invalid partition: "2024-01-31..2024-01-29" runs backwards; write 2024-01-29..2024-01-31',
  ],
  [
    days,
    "2024-01-01..2024-01-29",
    'invalid partition: "2024-01-01" is before the first partition, 2024-01-28; choose a later one',
  ],
  [
    grid,
    "2024-01-30",
    'invalid partition: "2024-01-30" has 1 of 2 dimensions; write date|region, each a key, A..B or *',
  ],
  [grid, "2024-01-30|x", 'invalid partition: region: "x" is not in the static partitions; it has eu, us, asia'],
  [spaceOf(""), "x", 'invalid partition: "x" is no partition: it has none; name none'],
])("range that cannot be read %#", (space, text, message) => {
  expect(() => parsePartitionRange(space, text)).toThrow(new AppError("usage", message));
});
