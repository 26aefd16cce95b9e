import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AppError } from "../../../cells/errors.ts";
import { defaultMapping } from "../../../cells/partition/default-mapping.ts";
import type { PartitionMapping } from "../../../cells/partition/definition.ts";
import { bindMapping, missingKeys } from "../../../cells/partition/mapping.ts";
import { parsePartitionMapping } from "../../../cells/partition/parse-mapping.ts";
import { parsePartitions } from "../../../cells/partition/parse.ts";
import { keysOf } from "../../../cells/partition/space.ts";
import { intersect, isEmptySubset, keysIn, subsetOf, union } from "../../../cells/partition/subset.ts";
import { spaceOf } from "./spaces.ts";

describe("the upstream attribute", () => {
  test.each<[string, PartitionMapping]>([
    ["all", { type: "all" }],
    ["same", { type: "same" }],
    ["latest", { type: "latest" }],
    [" last  7 ", { type: "last", count: 7 }],
    ["window", { type: "window", startOffset: 0, endOffset: 0 }],
    ["offset -1", { type: "window", startOffset: -1, endOffset: -1 }],
    ["offset -1..0", { type: "window", startOffset: -1, endOffset: 0 }],
    ['specific eu "new york"', { type: "specific", keys: ["eu", "new york"] }],
    ['map de=eu fr=eu de="new york"', { type: "map", keys: { de: ["eu", "new york"], fr: ["eu"] } }],
    ["same allow missing", { type: "allow_missing", mapping: { type: "same" } }],
    ["dimension", { type: "dimension", name: null, mapping: null }],
    ["dimension date last 7", { type: "dimension", name: "date", mapping: { type: "last", count: 7 } }],
    [
      "dimensions day=week window, region, kind all",
      {
        type: "dimensions",
        dimensions: [
          { upstream: "day", downstream: "week", mapping: { type: "window", startOffset: 0, endOffset: 0 } },
          { upstream: "region", downstream: "region", mapping: null },
          { upstream: "kind", downstream: "kind", mapping: { type: "all" } },
        ],
      },
    ],
  ])("%s", (text, mapping) => {
    expect(parsePartitionMapping(text)).toEqual(mapping);
  });

  const forms =
    "write all, same, latest, last 7, window, offset -1..0, specific KEY…, map UPSTREAM=KEY…, dimension NAME [mapping], dimensions UPSTREAM=NAME [mapping], … or function NAME; behind it, allow missing";
  test.each([
    ["", `"" is no mapping; ${forms}`],
    ["first 3", `"first 3" is no mapping; ${forms}`],
    ["lats 3", `"lats 3" is no mapping; did you mean last? ${forms}`],
    ["last", 'last takes a number above zero, not ""; write it as last 7'],
    ["last 0", 'last takes a number above zero, not "0"; write it as last 7'],
    ["all of them", 'all stands alone, not before "of"; take that out'],
    ["window -1", 'window stands alone, not before "-1"; write offset -1..0 to shift it'],
    ["offset", 'offset takes numbers of windows, not ""; write it as offset -1 or offset -1..0'],
    ["offset 0..-1", "offset 0..-1 runs backwards; write offset -1..0"],
    ["specific", "specific has no keys; write them behind it, as specific 2024-01-01"],
    ["map", "map has no keys; write them behind it, as map de=eu fr=eu"],
    ["map a", 'map takes pairs, not "a"; write upstream=key, as map de=eu'],
    ["dimension 1", 'dimension takes a name, not "1"; write it as dimension date'],
    ["dimensions a, a", 'the dimension "a" stands twice; take one out'],
    ["dimensions a=b=c", 'dimensions takes names, not "a=b=c"; write them as dimensions day=week window, region same'],
    ["dimension a dimension b", 'a dimension has no dimensions of its own: "dimension b"; write a mapping, as last 7'],
  ])("that cannot be read: %j", (text, message) => {
    expect(() => parsePartitionMapping(text)).toThrow(
      expect.objectContaining({ code: "attribute_invalid", message, data: { column: expect.any(Number) } }),
    );
  });
});

const day = "daily from=2024-01-01";
const hour = "hourly from=2024-01-01";
const grid = "date: daily from=2024-01-01; region: static eu us";

test.each([
  ["same", day, day, "2024-01-05", ["2024-01-05"], []],
  ["same", "static eu us", "static us asia", "asia", [], ["asia"]],
  ["same", "daily from=2024-01-03", day, "2024-01-02", [], ["2024-01-02"]],
  ["same allow missing", "daily from=2024-01-03", day, "2024-01-02", [], []],
  ["window", "weekly from=2024-01-01", day, "2024-01-30", [], ["2024-01-28"]],
  ["last 3", day, day, "2024-01-05", ["2024-01-03", "2024-01-04", "2024-01-05"], []],
  ["last 3", day, day, "2024-01-02", ["2024-01-01", "2024-01-02"], []],
  ["last 2", hour, day, "2024-01-02", ["2024-01-02-22:00", "2024-01-02-23:00"], []],
  ["last 2", day, "static x y", "x", ["2024-01-30", "2024-01-31"], []],
  ["last 2", day, "", "", ["2024-01-30", "2024-01-31"], []],
  ["latest", day, "static x y", "y", ["2024-01-31"], []],
  ["latest", grid, "", "", ["2024-01-31|eu", "2024-01-31|us"], []],
  ["specific 2024-01-02 2024-02-03", day, "static x", "x", ["2024-01-02"], ["2024-02-03"]],
  ["map de=eu fr=eu us=us", "static de fr us", "static eu us", "eu", ["de", "fr"], []],
  ["dimension region", grid, "static eu us", "eu", null, []],
  ["dimension date last 2", day, grid, "2024-01-09|eu", ["2024-01-08", "2024-01-09"], []],
  ["dimensions date offset -1, region same", grid, grid, "2024-01-09|eu", ["2024-01-08|eu"], []],
  ["dimensions date", grid, grid, "2024-01-09|eu", ["2024-01-09|eu", "2024-01-09|us"], []],
  [
    "dimensions date, region",
    "date: daily from=2024-01-05; region: static eu",
    grid,
    "2024-01-09|us",
    [],
    ["2024-01-09|us"],
  ],
  ["same", "", day, "2024-01-09", [""], []],
])("%s of %s read by %s: %s", (text, upstream, downstream, key, keys, missing) => {
  const [up, down] = [spaceOf(upstream), spaceOf(downstream)];
  const found = bindMapping(parsePartitionMapping(text), up, down).upstreamOf(subsetOf(down, [key]));
  const expected = keys ?? [...keysOf(up)].filter((other) => other.endsWith(`|${key}`));
  expect({ keys: [...keysIn(found.subset)], missing: [...missingKeys(found.missing)] }).toEqual({
    keys: expected,
    missing,
  });
});

test.each([
  [
    "window",
    "static eu",
    day,
    "window needs windows of time on both sides; write dimension or dimensions to say which are meant, or another mapping",
  ],
  [
    "last 7",
    grid,
    day,
    "last 7 needs windows of time on both sides; write dimension or dimensions to say which are meant, or another mapping",
  ],
  ["same", grid, day, "same needs the same dimensions on both sides; write dimensions, and each with its mapping"],
  [
    "dimension",
    "static a",
    "x: static a; y: static a",
    "it is not plain which dimension is meant: x and y fit equally; write dimension and its name",
  ],
  ["dimension z", day, grid, 'there is no dimension "z"; write one of date, region'],
  ["dimension date", day, day, "dimension needs several dimensions on one side; write the mapping alone, as last 7"],
  [
    "dimensions date",
    day,
    grid,
    "dimensions needs several dimensions on both sides; write dimension and the name of the one meant",
  ],
  ["specific x", "static eu", day, 'specific: "x" is not in the static partitions; it has eu'],
  ["map eu=x", "static eu", "static us", 'map, of its reader: "x" is not in the static partitions; it has us'],
])("%s does not fit %s read by %s", (text, upstream, downstream, message) => {
  expect(() => bindMapping(parsePartitionMapping(text), spaceOf(upstream), spaceOf(downstream))).toThrow(
    new AppError("attribute_invalid", message),
  );
});

test("a function's answers are a mapping; what it could not say is a failure of that partition, whatever may be missing", () => {
  const answers = { 1: { keys: ["a", "b", "a"] }, 2: { keys: ["b", "z"] }, 3: { problem: "function f failed" } };
  const up = spaceOf("static a b c");
  const down = spaceOf("static 1 2 3 4", "2024-02-01", { answers: new Map([["f", new Map(Object.entries(answers))]]) });
  const edge = bindMapping(parsePartitionMapping("function f"), up, down);
  const found = edge.upstreamOf(subsetOf(down, ["2"]));
  expect([[...keysIn(found.subset)], [...missingKeys(found.missing)]]).toEqual([["b"], ["z"]]);
  const failed = (key: string, text = "function f") =>
    bindMapping(parsePartitionMapping(text), up, down).upstreamOf(subsetOf(down, [key])).missing.failed;
  expect(failed("1")).toEqual([]);
  expect(failed("3", "function f allow missing")).toEqual(["function f failed"]);
  expect(failed("4")).toEqual(["function f was not asked for 4"]);
  expect(failed("1", "function g")).toEqual(["function g was not asked for 1"]);
  const many = spaceOf("hourly from=1990-01-01");
  expect(() => bindMapping({ type: "function", name: "f" }, up, many)).toThrow(/of 298776 that is too often: 100000/);
  expect(["a", "b", "c"].map((key) => [...keysIn(edge.downstreamOf(subsetOf(up, [key])))])).toEqual([
    ["1"],
    ["1", "2"],
    [],
  ]);
});

test.each([
  [day, day, { type: "same" }],
  [hour, day, { type: "window", startOffset: 0, endOffset: 0 }],
  ["", day, { type: "all" }],
  [day, "", { type: "all" }],
  ["static eu us", "static us asia", { type: "same" }],
  ["static eu us", "static 1 2", { type: "all" }],
  ["dynamic a", "dynamic b", { type: "all" }],
  ["static eu us", day, { type: "all" }],
  [grid, "region: static eu us; date: daily from=2024-01-01", { type: "same" }],
  [hour, grid, { type: "dimension", name: "date", mapping: null }],
  [grid, "static eu us", { type: "dimension", name: "region", mapping: null }],
  [grid, "static asia", { type: "all" }],
  [
    grid,
    "date: hourly from=2024-01-01; kind: static x",
    { type: "dimensions", dimensions: [{ upstream: "date", downstream: "date", mapping: null }] },
  ],
])("P14 %s read by %s where nothing is said", (upstream, downstream, mapping) => {
  const read = (text: string) => (text === "" ? null : parsePartitions(text));
  expect(defaultMapping(read(upstream), read(downstream))).toEqual(mapping);
});

const definitions = [
  ...[day, "hourly from=2024-01-30", "weekly from=2023-12-01", "monthly from=2023-01-01"],
  ...['cron("0 7 */3 * *") from=2023-12-01', "daily from=2024-01-01 exclude=cron('0 0 * * 0,6') tz=Europe/Berlin"],
];
const mappings = [
  "window",
  "offset -1",
  "offset -3..-1",
  "offset -1..1",
  "offset 0..2",
  "last 1",
  "last 3",
  "last 30",
  "all",
  "latest",
];
const cases = fc.record({
  upstream: fc.constantFrom(...definitions),
  downstream: fc.constantFrom(...definitions),
  mapping: fc.constantFrom(...mappings),
  picks: fc.uniqueArray(fc.nat(40), { maxLength: 4 }),
});

test("what several read is what each reads, and who reads a partition is whoever finds it among what it reads", () => {
  fc.assert(
    fc.property(cases, ({ upstream, downstream, mapping, picks }) => {
      const [up, down] = [spaceOf(upstream), spaceOf(downstream)];
      const edge = bindMapping(parsePartitionMapping(mapping), up, down);
      const [inputs, readers] = [[...keysOf(up)], [...keysOf(down)]];
      const chosen = readers.filter((_, at) => picks.some((pick) => pick <= at && at < pick + 3));
      const whole = edge.upstreamOf(subsetOf(down, chosen));
      const each = chosen.map((key) => edge.upstreamOf(subsetOf(down, [key])));
      const none = edge.upstreamOf(subsetOf(down, []));
      expect(whole.subset.segments).toEqual(each.map((one) => one.subset).reduce(union, none.subset).segments);
      expect(new Set(missingKeys(whole.missing))).toEqual(
        new Set(each.flatMap((one) => [...missingKeys(one.missing)])),
      );
      const wanted = inputs.filter((_, at) => picks.some((pick) => pick <= at && at < pick + 2));
      const found = [...keysIn(edge.downstreamOf(subsetOf(up, wanted)))];
      const isReader = (key: string) => {
        const reads = edge.upstreamOf(subsetOf(down, [key])).subset;
        return !isEmptySubset(intersect(reads, subsetOf(up, wanted)));
      };
      expect(found).toEqual(readers.filter(isReader));
    }),
    { numRuns: 300 },
  );
});
