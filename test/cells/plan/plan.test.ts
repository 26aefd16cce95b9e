import { describe, expect, it } from "vitest";
import type { Workspace } from "../../../cells/graph/workspace.ts";
import { AssetKey } from "../../../cells/model/asset-key.ts";
import { explainPlan } from "../../../cells/plan/explain.ts";
import { makePlan, type PlanRequest } from "../../../cells/plan/plan.ts";
import { workspaceOf, type Sketch } from "../graph/notebooks.ts";
import { FakeFacts, nine } from "../staleness/fake-facts.ts";

const key = (name: string) => AssetKey.parse(`n/${name}`);
const sql = (output: string, source: string, attributes: Readonly<Record<string, string>> = {}): Sketch => [
  "sql",
  source,
  { output, ...attributes },
];
const chain = (orders = "select 1 as id") =>
  workspaceOf({
    "n.html": [
      sql("orders", orders),
      sql("recent", "select * from orders", { store: "view" }),
      sql("totals", "select count(*) as n from recent"),
      sql("report", "select * from totals"),
      sql("other", "select 5 as x"),
    ],
  });

function materialized(workspace: Workspace): FakeFacts {
  const facts = new FakeFacts();
  for (const asset of workspace.order)
    if (workspace.assets.get(asset)?.storage !== "virtual") facts.materialize(workspace, asset, `${asset}@1`);
  facts.now = nine + 2 * 60_000;
  return facts;
}

const told = (request: Omit<PlanRequest, "keys"> & { readonly keys?: readonly string[] }) =>
  makePlan({ ...request, keys: request.keys?.map(key) ?? null }).steps.map(
    ({ key: asset, action, reason }) => `${asset}: ${action}, ${reason}`,
  );

describe("what a plan does", () => {
  it("everything, where nothing exists; views give no step", () => {
    const workspace = chain();
    expect(told({ workspace, facts: new FakeFacts() })).toEqual([
      "n/orders: run, never materialized",
      "n/totals: run, never materialized",
      "n/report: run, never materialized",
      "n/other: run, never materialized",
    ]);
  });

  it("nothing, where all is fresh", () => {
    const workspace = chain();
    expect(told({ workspace, facts: materialized(workspace) })).toEqual([
      "n/orders: reuse, up to date (09:00)",
      "n/totals: reuse, up to date (09:00)",
      "n/report: reuse, up to date (09:00)",
      "n/other: reuse, up to date (09:00)",
    ]);
  });

  it("what changed, and what is behind it with a chance of reuse", () => {
    expect(told({ workspace: chain("select 2 as id"), facts: materialized(chain()) })).toEqual([
      "n/orders: run, its code changed",
      "n/totals: run, orders will be rebuilt first; reused if its data come out the same",
      "n/report: run, totals will be rebuilt first; reused if its data come out the same",
      "n/other: reuse, up to date (09:00)",
    ]);
  });

  it("an earlier result is reused, and what is behind it is told at once", () => {
    const [old, edited] = [chain(), chain("select 2 as id")];
    const facts = materialized(old);
    for (const name of ["orders", "totals", "report"]) facts.materialize(edited, key(name), `${name}@2`);
    expect(told({ workspace: old, facts })).toEqual([
      "n/orders: reuse, the result of 09:00 has the same code and inputs",
      "n/totals: reuse, the result of 09:00 has the same code and inputs",
      "n/report: reuse, the result of 09:00 has the same code and inputs",
      "n/other: reuse, up to date (09:00)",
    ]);
  });

  it("ancestors without data are added; those that are stale are not run, and it is said", () => {
    const workspace = chain("select 2 as id");
    expect(told({ workspace, facts: new FakeFacts(), keys: ["totals"] })).toEqual([
      "n/orders: run, needed by totals; never materialized",
      "n/totals: run, never materialized",
    ]);
    expect(told({ workspace, facts: materialized(chain()), keys: ["totals"] })).toEqual([
      "n/totals: reuse, up to date (09:00); orders is stale and was not asked for, so it stays as it is",
    ]);
    expect(told({ workspace, facts: new FakeFacts(), keys: ["recent"] })).toEqual([
      "n/orders: run, needed by recent; never materialized",
    ]);
  });

  it("force runs what was asked for", () => {
    const workspace = chain();
    expect(told({ workspace, facts: materialized(workspace), keys: ["orders", "totals"], force: true })).toEqual([
      "n/orders: run, forced",
      "n/totals: run, forced",
    ]);
  });

  it("a failure runs again, a cell that cannot run says why", () => {
    const workspace = chain();
    const facts = materialized(workspace);
    facts.fail(key("other"), "out of memory");
    expect(told({ workspace, facts, keys: ["other"] })).toEqual([
      "n/other: run, its last run failed at 09:02: out of memory",
    ]);
    const circle = workspaceOf({ "n.html": [sql("a", "select * from b"), sql("b", "select * from a")] });
    expect(told({ workspace: circle, facts: new FakeFacts(), keys: ["a"] }).at(0)).toMatch(
      /^n\/a: run, cannot run: cells depend on each other/,
    );
  });

  it("in one line", () => {
    const workspace = chain("select 2 as id");
    const facts = materialized(chain());
    facts.medians.set(key("orders"), 11_700);
    expect(explainPlan(makePlan({ workspace, facts, keys: null }))).toBe(
      "3 to run, 1 reused; about 12 s and 2 that never ran",
    );
    expect(explainPlan({ steps: [] })).toBe("nothing to do");
  });
});
