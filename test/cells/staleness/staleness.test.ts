import { describe, expect, it } from "vitest";
import type { Workspace } from "../../../cells/graph/workspace.ts";
import { AssetKey } from "../../../cells/model/asset-key.ts";
import { stalenessOf } from "../../../cells/staleness/staleness.ts";
import { rootCauses } from "../../../cells/staleness/cause.ts";
import { graphOf, workspaceOf, type Sketch } from "../graph/notebooks.ts";
import { buildWorkspace } from "../../../cells/graph/build-workspace.ts";
import { FakeFacts, nine } from "./fake-facts.ts";

const key = (text: string) => AssetKey.parse(text);
const chain = (orders = "select 1 as id", totals = "select count(*) as n from orders"): Workspace =>
  workspaceOf({
    "sales.html": [
      ["sql", orders, { output: "orders" }],
      ["sql", totals, { output: "totals" }],
      ["sql", "select * from totals", { output: "report" }],
    ],
  });
const told = (workspace: Workspace, facts: FakeFacts) =>
  [...stalenessOf(workspace, facts)].map(([asset, { status, reason }]) => `${asset}: ${status}, ${reason}`);

function materialized(workspace: Workspace): FakeFacts {
  const facts = new FakeFacts();
  for (const asset of workspace.order) facts.materialize(workspace, asset, `${asset}@1`);
  facts.now = nine + 2 * 60_000;
  return facts;
}

describe("staleness", () => {
  it("V4 nothing was ever materialized", () => {
    expect(told(chain(), new FakeFacts())).toEqual([
      "sales/orders: missing, never materialized",
      "sales/totals: missing, never materialized",
      "sales/report: missing, never materialized",
    ]);
  });

  it("V7 a change of code is not yet one of the data below it", () => {
    const facts = materialized(chain());
    expect(told(chain("select 2 as id"), facts)).toEqual([
      "sales/orders: stale, orders is stale: its code changed",
      "sales/totals: fresh, will change: orders is stale",
      "sales/report: fresh, will change: orders is stale",
    ]);
  });

  it("V5 newer data of an input, with its time; V8 the old data again makes it fresh", () => {
    const workspace = chain();
    const facts = materialized(workspace);
    facts.materialize(workspace, key("sales/orders"), "sales/orders@2");
    expect(told(workspace, facts)).toEqual([
      "sales/orders: fresh, up to date (09:02)",
      "sales/totals: stale, totals is stale: orders has newer data (09:02)",
      "sales/report: fresh, will change: totals is stale",
    ]);
    expect(rootCauses(stalenessOf(workspace, facts).get(key("sales/totals"))?.causes ?? [])).toEqual([
      { type: "materialized", asset: "sales/orders", at: facts.now },
    ]);
    facts.materialize(workspace, key("sales/orders"), "sales/orders@1");
    expect(told(workspace, facts).slice(1)).toEqual([
      "sales/totals: fresh, up to date (09:00)",
      "sales/report: fresh, up to date (09:00)",
    ]);
  });

  it("V9 a run that gives the same data changes nothing below", () => {
    const workspace = chain();
    const facts = materialized(workspace);
    facts.materialize(workspace, key("sales/orders"), "sales/orders@1");
    expect([...stalenessOf(workspace, facts).values()].map(({ status }) => status)).toEqual([
      "fresh",
      "fresh",
      "fresh",
    ]);
  });

  it("V8 code that goes back without a run is fresh, and after a run can be reused", () => {
    const [old, edited] = [chain(), chain("select 2 as id")];
    const facts = materialized(old);
    facts.materialize(edited, key("sales/orders"), "sales/orders@2");
    const back = stalenessOf(old, facts).get(key("sales/orders"));
    expect([back?.status, back?.reason, back?.reusable?.dataVersion]).toEqual([
      "stale",
      "orders is stale: its code changed; an earlier result fits and can be reused without a run",
      "sales/orders@1",
    ]);
  });

  it("V5 an input more, an input less", () => {
    const facts = materialized(chain());
    expect(told(chain(undefined, "select 1 as n"), facts)[1]).toBe(
      "sales/totals: stale, totals is stale: its code changed and it no longer reads orders",
    );
    const more = materialized(chain(undefined, "select 1 as n"));
    expect(told(chain(), more)[1]).toBe(
      "sales/totals: stale, totals is stale: its code changed and it now reads orders",
    );
  });

  it("A10 views are looked through", () => {
    const workspace = workspaceOf({
      "n.html": [
        ["sql", "select 1 as id", { output: "a" }],
        ["sql", "select * from a", { output: "v", store: "view" }],
        ["sql", "select * from v", { output: "b" }],
      ],
    });
    const facts = new FakeFacts();
    facts.materialize(workspace, key("n/a"), "1");
    facts.materialize(workspace, key("n/b"), "1");
    expect(told(workspace, facts)).toEqual([
      "n/a: fresh, up to date (09:00)",
      "n/v: virtual, computed when it is read",
      "n/b: fresh, up to date (09:00)",
    ]);
    facts.materialize(workspace, key("n/a"), "2");
    expect(told(workspace, facts)[2]).toBe("n/b: stale, b is stale: a has newer data (09:00)");
  });

  it("files, params, time, engine and failure", () => {
    const cells: readonly Sketch[] = [["js", 'const a = (await FileAttachment("a.csv").text()).length + params.least']];
    const workspace = (least: number) => buildWorkspace([graphOf("n.html", cells, { params: `{"least": ${least}}` })]);
    const facts = new FakeFacts();
    facts.files.set("a.csv", "v1");
    facts.materialize(workspace(1), key("n/a"), "1", { expiresAt: nine + 60_000 });
    const now = (least = 1) => told(workspace(least), facts)[0];
    expect(now()).toBe("n/a: fresh, up to date (09:00)");
    expect(now(2)).toBe("n/a: stale, a is stale: its params changed");
    facts.files.set("a.csv", "v2");
    expect(now()).toBe("n/a: stale, a is stale: file a.csv changed");
    facts.files.set("a.csv", "v1");
    facts.engine = "duckdb 1.6";
    expect(now()).toBe("n/a: stale, a is stale: it was made by duckdb 1.5.5");
    facts.engine = "duckdb 1.5";
    facts.now = nine + 25 * 3_600_000;
    expect(now()).toBe("n/a: stale, a is stale: its result was good until 2026-01-31 09:01");
    facts.fail(key("n/a"), "out of memory");
    expect(now()).toBe("n/a: failed, failed at 10:00: out of memory");
  });

  it("renaming a notebook changes the key and nothing else", () => {
    const cells: readonly Sketch[] = [
      ["sql", "select 1 as id", { output: "a" }],
      ["sql", "select * from a", { output: "b" }],
    ];
    const [before, after] = [workspaceOf({ "old.html": cells }), workspaceOf({ "new/name.html": cells })];
    const facts = materialized(before);
    for (const asset of before.order) {
      const fact = facts.latest(asset, "");
      if (fact) facts.adopt({ ...fact, asset: AssetKey.of("new/name", AssetKey.name(asset)) });
    }
    expect([...stalenessOf(after, facts).values()].map(({ status }) => status)).toEqual(["fresh", "fresh"]);
  });
});
