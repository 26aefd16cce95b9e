import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AppError } from "../../../cells/errors.ts";
import type { BackfillAsset } from "../../../cells/partition/backfill-levels.ts";
import { backfillSteps, missingInputs } from "../../../cells/partition/backfill.ts";
import { bindMapping, missingKeys } from "../../../cells/partition/mapping.ts";
import { parsePartitionMapping } from "../../../cells/partition/parse-mapping.ts";
import { parsePartitionRange } from "../../../cells/partition/range.ts";
import {
  fullSubset,
  intersect,
  keysIn,
  subsetCount,
  subsetOf,
  type PartitionSubset,
} from "../../../cells/partition/subset.ts";
import { spaceOf } from "./spaces.ts";

/** `["orders", "daily from=…", {self: "offset -1"}]`; "" is the default mapping. */
type Row = readonly [key: string, partitions: string, inputs?: Readonly<Record<string, string>>];

function assetsOf(rows: readonly Row[]): readonly BackfillAsset[] {
  return rows.map(([key, partitions, inputs = {}]) => ({
    key,
    space: spaceOf(partitions),
    inputs: Object.entries(inputs).map(([input, text]) => ({
      key: input,
      mapping: text === "" ? null : parsePartitionMapping(text),
    })),
  }));
}

function everything(assets: readonly BackfillAsset[]): ReadonlyMap<string, PartitionSubset> {
  return new Map(assets.map(({ key, space }) => [key, fullSubset(space)]));
}

function listed(assets: readonly BackfillAsset[], target = everything(assets)): readonly string[] {
  return Array.from(backfillSteps(assets, target), ({ asset, subset }) => `${asset}: ${[...keysIn(subset)].join(" ")}`);
}

describe("B3 batches", () => {
  test("an asset is one batch, behind what it reads", () => {
    const assets = assetsOf([
      ["report", "weekly from=2024-01-14", { clean: "" }],
      ["clean", "daily from=2024-01-29", { raw: "" }],
      ["raw", "hourly from=2024-01-31T22:00"],
    ]);
    expect(listed(assets)).toEqual([
      "raw: 2024-01-31-22:00 2024-01-31-23:00",
      "clean: 2024-01-29 2024-01-30 2024-01-31",
      "report: 2024-01-14 2024-01-21",
    ]);
  });

  test("one that reads its own earlier windows goes window by window, gaps side by side", () => {
    const assets = assetsOf([["total", "daily from=2024-01-20", { total: "offset -1" }]]);
    const { space } = assets[0] ?? { space: spaceOf("") };
    const target = new Map([["total", subsetOf(space, ["2024-01-22", "2024-01-23", "2024-01-24", "2024-01-27"])]]);
    expect(listed(assets, target)).toEqual(["total: 2024-01-22 2024-01-27", "total: 2024-01-23", "total: 2024-01-24"]);
  });

  test("last 3 of itself is the two before", () => {
    const assets = assetsOf([["total", "daily from=2024-01-29", { total: "last 3" }]]);
    expect(listed(assets)).toEqual(["total: 2024-01-29", "total: 2024-01-30", "total: 2024-01-31"]);
  });

  test("by dimensions, all regions of a day go together", () => {
    const assets = assetsOf([
      [
        "total",
        "date: daily from=2024-01-30; region: static eu us",
        { total: "dimensions date offset -1..0, region same" },
      ],
    ]);
    expect(listed(assets)).toEqual(["total: 2024-01-30|eu 2024-01-30|us", "total: 2024-01-31|eu 2024-01-31|us"]);
  });

  test("two that read each other's earlier windows", () => {
    const assets = assetsOf([
      ["a", "daily from=2024-01-30", { b: "offset -1" }],
      ["b", "daily from=2024-01-30", { a: "same" }],
      ["c", "daily from=2024-01-30", { b: "same" }],
    ]);
    expect(listed(assets)).toEqual([
      ...["a: 2024-01-30", "b: 2024-01-30", "a: 2024-01-31", "c: 2024-01-30", "b: 2024-01-31", "c: 2024-01-31"],
    ]);
  });

  test("functions and dictionaries are asked key by key", () => {
    const answers = { a: { keys: ["b", "c"] }, b: { keys: [] }, c: { keys: [] } };
    const space = spaceOf("static a b c", "2024-02-01", {
      answers: new Map([["f", new Map(Object.entries(answers))]]),
    });
    const mapped: BackfillAsset = { key: "x", space, inputs: [{ key: "x", mapping: { type: "function", name: "f" } }] };
    expect(listed([mapped])).toEqual(["x: b c", "x: a"]);
    expect(listed(assetsOf([["x", "static a b c", { x: "map b=a c=b" }]]))).toEqual(["x: c", "x: b", "x: a"]);
    expect(listed(assetsOf([["x", "static a b c", { x: "specific b" }]]))).toEqual(["x: b", "x: a c"]);
  });

  test("what is not in the backfill is not waited for", () => {
    const assets = assetsOf([
      ["a", "daily from=2024-01-30", { b: "same" }],
      ["b", "daily from=2024-01-30", { a: "same" }],
    ]);
    const [a] = assets;
    expect(listed(assets, new Map(a ? [["a", fullSubset(a.space)]] : []))).toEqual(["a: 2024-01-30 2024-01-31"]);
  });

  test.each([
    [
      [["a", "daily from=2024-01-30", { b: "same" }] as const, ["b", "daily from=2024-01-30", { a: "same" }] as const],
      "partitions need each other: a (2024-01-30), b (2024-01-30); map the input to earlier windows, as offset -1",
    ],
    [
      [["a", "daily from=2024-01-30", { a: "offset -1..1" }] as const],
      "partitions need each other: a (2024-01-30); map the input to earlier windows, as offset -1",
    ],
    [
      [["a", "static x y", { a: "map x=y y=x" }] as const],
      "partitions need each other: a (x), a (y); map the input to earlier windows, as offset -1",
    ],
    [
      [["a", "static x y", { a: "all" }] as const],
      "partitions need each other: a (x); map the input to earlier windows, as offset -1",
    ],
  ])("that cannot be ordered %#", (rows, message) => {
    expect(() => listed(assetsOf(rows))).toThrow(new AppError("graph_cycle", message));
  });

  test("a partition that does not exist", () => {
    const assets = assetsOf([["a", "daily from=2024-01-30"]]);
    const target = new Map(assets.map(({ key, space }) => [key, subsetOf(space, ["2024-02-03"])]));
    expect(() => listed(assets, target)).toThrow(
      new AppError("usage", 'a has no partition "2024-02-03" by now; leave it out'),
    );
  });
});

test("P15 what is required but nonexistent is told apart", () => {
  const assets = assetsOf([
    ["raw", "daily from=2024-01-30"],
    ["clean", "daily from=2024-01-28", { raw: "" }],
    ["loose", "daily from=2024-01-28", { raw: "window allow missing" }],
  ]);
  const found = Array.from(missingInputs(assets, everything(assets)), ({ asset, input, missing }) => [
    asset,
    input,
    [...missingKeys(missing)],
  ]);
  expect(found).toEqual([["clean", "raw", ["2024-01-28", "2024-01-29"]]]);
});

const partitions = ["daily from=2024-01-10", "hourly from=2024-01-30", "weekly from=2023-12-01", "static x y", ""];
const graphs = fc
  .array(
    fc.record({
      partitions: fc.constantFrom(...partitions),
      inputs: fc.array(fc.nat(10), { maxLength: 3 }),
      mapping: fc.constantFrom("", "all", "latest"),
      self: fc.constantFrom("", "offset -1", "offset -2..-1", "last 3"),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((nodes) =>
    assetsOf(
      nodes.map(({ partitions: text, inputs, mapping, self }, at): Row => {
        const others = inputs.filter((input) => input < at).map((input) => [`a${input}`, mapping] as const);
        const own = text.includes("from=") && self !== "" ? [[`a${at}`, self] as const] : [];
        return [`a${at}`, text, Object.fromEntries([...others, ...own])];
      }),
    ).toReversed(),
  );

test("every partition stands in one batch, and whatever it reads in an earlier one", () => {
  fc.assert(
    fc.property(graphs, fc.nat(20), (assets, skip) => {
      const target = new Map(
        [...everything(assets)].map(([key, subset]) => [key, subsetOf(subset.space, [...keysIn(subset, skip)])]),
      );
      const left = new Map(target);
      for (const { asset, subset } of backfillSteps(assets, target)) {
        const own = left.get(asset);
        if (own === undefined) throw new Error(asset);
        expect(subsetCount(intersect(own, subset))).toBe(subsetCount(subset));
        const spec = assets.find(({ key }) => key === asset);
        for (const { key, mapping } of spec?.inputs ?? []) {
          const needed = left.get(key);
          if (spec === undefined || needed === undefined) continue;
          const edge = bindMapping(mapping, needed.space, spec.space);
          for (const partition of keysIn(subset)) {
            const reads = edge.upstreamOf(subsetOf(spec.space, [partition])).subset;
            const waits = [...keysIn(intersect(reads, needed))].filter((other) => key !== asset || other !== partition);
            expect(waits).toEqual([]);
          }
        }
        left.set(
          asset,
          subsetOf(
            own.space,
            [...keysIn(own)].filter((key) => ![...keysIn(subset)].includes(key)),
          ),
        );
      }
      expect([...left.values()].every(({ segments }) => segments.length === 0)).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test("a range stays together", () => {
  const assets = assetsOf([["a", "daily from=2024-01-01"]]);
  const { space } = assets[0] ?? { space: spaceOf("") };
  const [batch] = backfillSteps(assets, new Map([["a", parsePartitionRange(space, "2024-01-03..2024-01-20")]]));
  expect(batch?.subset.segments).toEqual([{ from: 2, to: 20, rest: null }]);
});
