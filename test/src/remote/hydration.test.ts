import { describe, expect, test } from "vitest";
import { AssetKey } from "../../../cells/model/asset-key.ts";
import type { HydrationRequest } from "../../../src/host/ports.ts";
import { findResult, type HydrationFact, type HydrationFacts } from "../../../src/remote/hydration.ts";

const fact: HydrationFact = {
  seq: 1,
  asset: "team/sales/monthly",
  partition: "",
  run: "r",
  codeVersion: "code",
  dataVersion: "data",
  inputs: { "team/sales/orders": "v1", "team/other/rates": "v2", "file:team/a.csv": "f1" },
  bound: "[]",
  memoKey: "m",
  format: "parquet",
  sha256: "0".repeat(64),
  bytes: 10,
  rows: 3,
  schema: [{ name: "a", type: "INTEGER" }],
  ms: 5,
  engine: "duckdb 1.5.5",
  createdAt: 100,
  expiresAt: null,
};
const rates: HydrationFact = { ...fact, seq: 2, asset: "team/other/rates", dataVersion: "v2", inputs: {} };
const held: HydrationFacts = { facts: [fact, rates], fileVersions: { "team/a.csv": "f1" } };
const orders = AssetKey.of("team/sales", "orders");
const request: HydrationRequest = {
  output: "monthly",
  recipe: {
    codeVersion: "code",
    relations: [orders, AssetKey.of("team/other", "rates")],
    files: ["team/a.csv"],
    slice: null,
  },
  bound: "[]",
  versions: new Map([[orders, "v1"]]),
};
const path = "team/sales.html";

describe("finding what need not be computed", () => {
  test("the server's result is found where everything is equal", () => {
    expect(findResult(path, held, request, 200)).toEqual({
      format: "parquet",
      sha256: fact.sha256,
      dataVersion: "data",
      rows: 3,
      bytes: 10,
      schema: fact.schema,
      createdAt: 100,
    });
  });

  const only = (changed: HydrationFact): HydrationFacts => ({ ...held, facts: [changed, rates] });
  const differences: readonly (readonly [name: string, facts: HydrationFacts, request: HydrationRequest])[] = [
    ["other code", held, { ...request, recipe: { ...request.recipe, codeVersion: "other" } }],
    ["other parameters", held, { ...request, bound: "[1]" }],
    ["another output", held, { ...request, output: "yearly" }],
    ["an input with other data", held, { ...request, versions: new Map([[orders, "v9"]]) }],
    ["an input that was computed here", held, { ...request, versions: new Map([[orders, null]]) }],
    ["an input that is not known", held, { ...request, versions: new Map() }],
    [
      "an input of another notebook that has newer data",
      { ...held, facts: [fact, { ...rates, dataVersion: "v3" }] },
      request,
    ],
    ["an input of another notebook that is gone", { ...held, facts: [fact] }, request],
    ["a file that changed", { ...held, fileVersions: { "team/a.csv": "f2" } }, request],
    ["a file that is gone", { ...held, fileVersions: {} }, request],
    ["a result without bytes", only({ ...fact, format: "virtual" }), request],
    ["a JSON value", only({ ...fact, format: "json" }), request],
    ["a result that expired", only({ ...fact, expiresAt: 150 }), request],
    ["a partition", only({ ...fact, partition: "2026-01-01" }), request],
    ["nothing", { facts: [], fileVersions: {} }, request],
  ];
  test.each(differences)("%s is computed anew", (_name, facts, asked) =>
    expect(findResult(path, facts, asked, 200)).toBe(null),
  );
});
