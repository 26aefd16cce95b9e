import { describe, expect, it } from "vitest";
import { AssetKey } from "../../../cells/model/asset-key.ts";
import { evaluateSelection, selectNodes, type SelectContext } from "../../../cells/select/evaluate.ts";
import { parseSelection } from "../../../cells/select/parse.ts";
import { stalenessOf } from "../../../cells/staleness/staleness.ts";
import { buildWorkspace } from "../../../cells/graph/build-workspace.ts";
import { graphOf } from "../graph/notebooks.ts";
import { FakeFacts } from "../staleness/fake-facts.ts";

const workspace = buildWorkspace([
  graphOf(
    "sales.html",
    [
      ["sql", "select * from 'raw.csv'", { output: "orders", tags: "pii daily=yes", owners: "ann@x.org" }],
      ["sql", "select * from orders", { output: "recent", store: "view" }],
      ["sql", "select * from recent", { output: "totals", group: "finance", partitions: "daily from=2024-01-01" }],
    ],
    { tags: "core", schedule: "0 6 * * *" },
  ),
  graphOf("team/report.html", [
    ["js", 'const n = (await asset("/sales/totals")).length'],
    ["sql", "select 1 as a", { output: "orders", automation: "eager" }],
  ]),
]);
const facts = new FakeFacts();
facts.materialize(workspace, AssetKey.parse("sales/orders"), "1");
const context: SelectContext = {
  staleness: stalenessOf(workspace, facts),
  facts,
  changes: (key) => (key === "sales/recent" ? ["code"] : []),
  jobs: (key) => (key === "sales/totals" ? ["nightly"] : []),
};
const select = (text: string) => evaluateSelection(parseSelection(text), workspace, context);

describe("selections over a workspace", () => {
  it.each<[string, readonly string[]]>([
    ["", ["sales/orders", "sales/recent", "sales/totals", "team/report/n", "team/report/orders"]],
    ["sales/orders", ["sales/orders"]],
    ["orders", ["sales/orders", "team/report/orders"]],
    ["sales/*", ["sales/orders", "sales/recent", "sales/totals"]],
    ["key:/^team\\/.*s$/", ["team/report/orders"]],
    ["nothing", []],
    ["sales/orders+1", ["sales/orders", "sales/recent"]],
    ["+n", ["sales/orders", "sales/recent", "sales/totals", "team/report/n"]],
    ["file:raw.csv+1", ["sales/orders"]],
    ["tag:pii", ["sales/orders"]],
    ['tag:pii=""', ["sales/orders"]],
    ["tag:daily=yes", ["sales/orders"]],
    ["tag:daily=no", []],
    ["tag:<null>", ["team/report/n", "team/report/orders"]],
    ['owner:"ann@x.org"', ["sales/orders"]],
    ["owner:<null> and sales/*", ["sales/recent", "sales/totals"]],
    ["group:finance", ["sales/totals"]],
    ['group:"team/*"', ["team/report/n", "team/report/orders"]],
    ["kind:js", ["team/report/n"]],
    ["is:virtual", ["sales/recent"]],
    ["is:materialized", ["sales/orders"]],
    ["is:missing", ["sales/totals", "team/report/n", "team/report/orders"]],
    ["is:external", []],
    ["is:materializable - sales/*", ["team/report/n", "team/report/orders"]],
    ["is:changed", ["sales/recent"]],
    ["changed:code", ["sales/recent"]],
    ["status:fresh", ["sales/orders"]],
    ["column:a", ["sales/orders"]],
    ["not_materialized_in_hours:1 and sales/*", ["sales/totals"]],
    ["partitions:time", ["sales/totals"]],
    ["schedule:sales", ["sales/orders", "sales/recent", "sales/totals"]],
    ["automation_type:eager", ["team/report/orders"]],
    ["automation_type:none", ["team/report/n"]],
    ["job:nightly", ["sales/totals"]],
    ["code_location:sales", ["sales/orders", "sales/recent", "sales/totals"]],
    ["roots(*)", ["team/report/orders"]],
    ["roots(sales/*)", ["sales/orders"]],
    ["sinks(*)", ["team/report/n", "team/report/orders"]],
    ["sinks(sales/orders or sales/totals)", ["sales/totals"]],
  ])("%s", (text, keys) => {
    expect(select(text)).toEqual(keys);
  });

  it("files are nodes", () => {
    expect(selectNodes(parseSelection("+sales/orders"), workspace)).toEqual({
      assets: ["sales/orders"],
      files: ["raw.csv"],
    });
    expect(selectNodes(parseSelection("is:external"), workspace)).toEqual({ assets: [], files: ["raw.csv"] });
  });

  it("what is not known here is refused", () => {
    expect(() => evaluateSelection(parseSelection("status:stale"), workspace)).toThrow(/status: cannot be asked here/);
  });
});
