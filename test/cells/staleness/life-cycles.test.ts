import { describe, expect, it } from "vitest";
import { suite } from "../../vectors/suites/dagster-staleness.ts";

const keys = ["alpha", "beta"];
const three = { type: "daily", start: "2020-01-01", end: "2020-01-04" };
const status = (states: Readonly<Record<string, string>>) => ({ expect: { status: states } });
const newData = (on: string) => ({
  category: "DATA",
  reason: "DEP_NEW_DATA_VERSION",
  dependency: on,
  child: { category: "DATA", reason: "NEW_DATA_VERSION", on },
});

const cases: readonly [name: string, assets: readonly object[], steps: readonly object[]][] = [
  [
    "V9 a run again with the same code and inputs changes nothing below",
    [
      { key: "a", deps: [], code_version: "1" },
      { key: "b", deps: ["a"], code_version: null },
    ],
    [{ materialize: ["a", "b"] }, { materialize: ["a"] }, status({ a: "FRESH", b: "FRESH" })],
  ],
  [
    "V10 many partitions to one: a cause for each that changed, and none once the data is as before",
    [
      { key: "a", deps: [], code_version: "1", partitions: { static: keys } },
      { key: "b", deps: ["a"], code_version: "1" },
      { key: "c", deps: ["b"], code_version: "1", partitions: { static: keys } },
    ],
    [
      { materialize: ["a/*"], data_version: { a: "1" } },
      { materialize: ["b"] },
      status({ "a/alpha": "FRESH", b: "FRESH", "c/alpha": "MISSING" }),
      { materialize: ["c/alpha", "c/beta"] },
      { materialize: ["a/alpha"], data_version: { a: "2" } },
      status({ b: "STALE", "c/alpha": "FRESH" }),
      { expect: { causes: { b: [newData("a/alpha")] } } },
      { materialize: ["a/beta"], data_version: { a: "2" } },
      { expect: { causes: { b: [newData("a/alpha"), newData("a/beta")] } } },
      { materialize: ["a/*"], data_version: { a: "1" } },
      status({ b: "FRESH" }),
      { materialize: ["a/*"], data_version: { a: "2" } },
      { materialize: ["b"] },
      status({ b: "FRESH", "c/alpha": "STALE", "c/beta": "STALE" }),
    ],
  ],
  [
    "V10 an input that is read whole is looked at, whatever its number of partitions",
    [
      { key: "a", deps: [], code_version: null, partitions: { static_count: 250 } },
      { key: "b", deps: [{ key: "a", mapping: "all" }], code_version: null },
    ],
    [
      { materialize: ["a/*"] },
      { materialize: ["b"] },
      status({ b: "FRESH" }),
      { materialize: ["a/7"] },
      status({ b: "STALE" }),
    ],
  ],
  [
    "V10 so is the one before of what reads itself",
    [
      {
        key: "a",
        deps: [{ key: "a", mapping: { start_offset: -1, end_offset: -1 } }],
        code_version: null,
        partitions: three,
      },
    ],
    [
      { materialize: ["a/2020-01-01", "a/2020-01-02", "a/2020-01-03"] },
      status({ "a/2020-01-01": "FRESH", "a/2020-01-03": "FRESH" }),
      { materialize: ["a/2020-01-02"] },
      status({ "a/2020-01-02": "FRESH", "a/2020-01-03": "STALE" }),
    ],
  ],
  [
    "A10 a view is looked through, and tells where its own code changed",
    [
      { key: "a", deps: [], code_version: null },
      { key: "v", deps: ["a"], code_version: "1", virtual: true },
      { key: "b", deps: ["v"], code_version: null },
    ],
    [
      { materialize: ["a"] },
      { materialize: ["v"] },
      { materialize: ["b"] },
      status({ v: "FRESH", b: "FRESH" }),
      { redefine: { v: { code_version: "2" } } },
      status({ v: "STALE", b: "STALE" }),
      { redefine: { v: { code_version: "1" } } },
      { materialize: ["a"] },
      status({ v: "FRESH", b: "STALE" }),
      { expect: { data_cause_includes: { b: ["a"] } } },
    ],
  ],
];

describe("life cycles", () => {
  it.each(cases)("%s", async (_, assets, steps) => {
    const [result] = await suite.run({ cases: [{ id: "x", assets, steps }] });
    expect(result?.got).toEqual(result?.expected);
  });
});
