import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AppError } from "../../../cells/errors.ts";
import { keysOf } from "../../../cells/partition/space.ts";
import { subsetFromJson, subsetToJson } from "../../../cells/partition/subset-json.ts";
import {
  difference,
  emptySubset,
  existing,
  fullSubset,
  hasKey,
  intersect,
  isEmptySubset,
  isSameSubset,
  keysIn,
  rebase,
  subsetCount,
  subsetOf,
  union,
} from "../../../cells/partition/subset.ts";
import { spaceOf } from "./spaces.ts";

const spaces = [
  spaceOf("daily from=2024-01-01"),
  spaceOf("static a b c d e f g"),
  spaceOf("dynamic d", "2024-01-01", { dynamic: new Map([["d", ["x", "y", "z", "w"]]]) }),
  spaceOf("date: daily from=2024-01-25; region: static eu us asia"),
  spaceOf("c: static x y; a: static 1 2 3; b: hourly from=2024-01-31T20:00; d: static p q"),
  spaceOf(""),
];
const spaceAndSets = fc.constantFrom(...spaces).chain((space) => {
  const keys = [...keysOf(space)];
  const set = fc.oneof(
    fc.subarray(keys),
    fc.tuple(fc.nat(), fc.nat()).map(([a, b]) => keys.slice(a % 40, b % 40)),
  );
  return fc.record({ space: fc.constant(space), a: set, b: set, page: fc.nat(keys.length) });
});

test("a subset is what a set of keys is", () => {
  fc.assert(
    fc.property(spaceAndSets, ({ space, a, b, page }) => {
      const [x, y] = [subsetOf(space, a), subsetOf(space, b)];
      const [inA, inB] = [new Set(a), new Set(b)];
      const all = [...keysOf(space)];
      const ordered = (keep: (key: string) => boolean) => all.filter(keep);
      expect([...keysIn(x)]).toEqual(ordered((key) => inA.has(key)));
      expect([...keysIn(union(x, y))]).toEqual(ordered((key) => inA.has(key) || inB.has(key)));
      expect([...keysIn(intersect(x, y))]).toEqual(ordered((key) => inA.has(key) && inB.has(key)));
      expect([...keysIn(difference(x, y))]).toEqual(ordered((key) => inA.has(key) && !inB.has(key)));
      expect(subsetCount(x)).toBe(inA.size);
      expect(isEmptySubset(x)).toBe(inA.size === 0);
      expect(all.filter((key) => hasKey(x, key))).toEqual(ordered((key) => inA.has(key)));
      expect([...keysIn(x, page)]).toEqual([...keysIn(x)].slice(page));
    }),
    { numRuns: 300 },
  );
});

test("the same set has the same ranges, whichever way it came about, and is read back from JSON", () => {
  fc.assert(
    fc.property(spaceAndSets, ({ space, a, b }) => {
      const [x, y] = [subsetOf(space, a), subsetOf(space, b)];
      const rebuilt = union(difference(x, y), intersect(x, y));
      expect(rebuilt.segments).toEqual(x.segments);
      expect(isSameSubset(rebuilt, x)).toBe(true);
      expect(union(x, y).segments).toEqual(union(y, x).segments);
      expect(difference(fullSubset(space), difference(fullSubset(space), x)).segments).toEqual(x.segments);
      const json: unknown = JSON.parse(JSON.stringify(subsetToJson(x)));
      expect(subsetFromJson(space, json).segments).toEqual(x.segments);
    }),
    { numRuns: 300 },
  );
});

test("P12 windows are stored as merged ranges, lists as keys, dimensions by ranges of each", () => {
  const days = spaceOf("daily from=2024-01-01");
  expect(subsetToJson(subsetOf(days, ["2024-01-03", "2024-01-01", "2024-01-02", "2024-01-09"]))).toEqual({
    dimensions: [""],
    parts: [{ keys: ["2024-01-01..2024-01-03", "2024-01-09"], rest: null }],
  });
  const grid = spaceOf("date: daily from=2024-01-29; region: static eu us asia");
  expect(
    subsetToJson(
      union(subsetOf(grid, ["2024-01-30|us"]), difference(fullSubset(grid), subsetOf(grid, ["2024-01-30|asia"]))),
    ),
  ).toEqual({
    dimensions: ["date", "region"],
    parts: [
      { keys: ["2024-01-29", "2024-01-31"], rest: [{ keys: ["eu", "us", "asia"], rest: null }] },
      { keys: ["2024-01-30"], rest: [{ keys: ["eu", "us"], rest: null }] },
    ],
  });
});

test("what was stored outlives a change of the definition", () => {
  const json = subsetToJson(subsetOf(spaceOf("daily from=2024-01-01"), ["2024-01-05", "2024-01-06", "2024-01-07"]));
  const later = spaceOf("daily from=2024-01-06 exclude=2024-01-07");
  expect([...keysIn(subsetFromJson(later, json))]).toEqual(["2024-01-06"]);
  const keys = subsetToJson(subsetOf(spaceOf("static a b c"), ["a", "c"]));
  expect([...keysIn(subsetFromJson(spaceOf("static c b"), keys))]).toEqual(["c"]);
});

test("a subset is brought over to another space by key", () => {
  const before = spaceOf("dynamic d", "2024-01-01", { dynamic: new Map([["d", ["x", "y", "z"]]]) });
  const after = spaceOf("dynamic d", "2024-01-01", { dynamic: new Map([["d", ["z", "new", "x"]]]) });
  const subset = subsetOf(before, ["x", "y", "z"]);
  expect([...keysIn(rebase(subset, after))]).toEqual(["z", "x"]);
  expect(() => union(subset, emptySubset(after))).toThrow("rebase one of them first");
  const grid = spaceOf("b: static 1 2; a: daily from=2024-01-01");
  const other = spaceOf("a: daily from=2024-01-03; b: static 2 3 1");
  expect([...keysIn(rebase(subsetOf(grid, ["2024-01-02|1", "2024-01-03|1", "2024-01-03|2"]), other))]).toEqual([
    "2024-01-03|2",
    "2024-01-03|1",
  ]);
});

test("a subset may hold windows that do not exist yet", () => {
  const space = spaceOf("daily from=2024-01-01");
  const subset = subsetOf(space, ["2024-01-31", "2024-02-01"]);
  expect([...keysIn(existing(subset))]).toEqual(["2024-01-31"]);
});

describe("what is no subset", () => {
  test.each([
    [null, "a set of partitions cannot be read: null; choose the partitions again"],
    [
      { dimensions: [""], parts: [{ keys: [1] }] },
      "a set of partitions cannot be read: 1; choose the partitions again",
    ],
    [{ dimensions: [""], parts: "x" }, 'a set of partitions cannot be read: "x"; choose the partitions again'],
    [
      { dimensions: ["date"], parts: [] },
      'a set of partitions has the dimensions ["date"] instead of [""]; choose the partitions again',
    ],
  ])("%j", (value, message) => {
    expect(() => subsetFromJson(spaceOf("static a"), value)).toThrow(new AppError("usage", message));
  });

  test("a key that the definition does not have", () => {
    expect(() => subsetOf(spaceOf("weekly from=2024-01-01"), ["2024-01-02"])).toThrow(
      new AppError("usage", '"2024-01-02" is not the beginning of a partition; the nearest: 2024-01-07'),
    );
  });
});
