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
    ["js", "", { sensor: "inbox: file inbox/*.csv", select: "sales/recent+" }],
    ["js", "({run: {}})", { sensor: "any" }],
  ]),
]);
const facts = new FakeFacts();
facts.materialize(workspace, AssetKey.parse("sales/orders"), "1");
const context: SelectContext = {
  staleness: stalenessOf(workspace, facts),
  facts,
  changes: (key) => (key === "sales/recent" ? ["code"] : []),
  jobs: new Map([
    ["nightly", { select: "sales/totals", schedule: ["0 6 * * *"] }],
    ["both", { select: "job:nightly or n", schedule: [] }],
    ["behind", { select: "is:missing and sales/*", schedule: [] }],
    ["self", { select: "orders or job:self", schedule: [] }],
    ["ping", { select: "job:pong", schedule: [] }],
    ["pong", { select: "job:ping+", schedule: [] }],
    ["lost", { select: "job:nightli", schedule: [] }],
    ["inbox-runs", { select: "sensor:inbox", schedule: [] }],
  ]),
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
    ["schedule:nightly", ["sales/totals"]],
    ['schedule:"job:nightly"', ["sales/totals"]],
    ['schedule:"sales.html"', ["sales/orders", "sales/recent", "sales/totals"]],
    ["schedule:<null>", ["team/report/n", "team/report/orders"]],
    ["job:nightly", ["sales/totals"]],
    ["1+job:nightly", ["sales/recent", "sales/totals"]],
    ["job:both", ["sales/totals", "team/report/n"]],
    ["job:behind", ["sales/totals"]],
    ["sensor:inbox", ["sales/recent", "sales/totals", "team/report/n"]],
    ['sensor:"team/report/inbox"', ["sales/recent", "sales/totals", "team/report/n"]],
    ["job:inbox-runs - n", ["sales/recent", "sales/totals"]],
    ["sensor:any", ["team/report/n", "team/report/orders"]],
    ["sensor:<null>", ["sales/orders"]],
    ["notebook:sales", ["sales/orders", "sales/recent", "sales/totals"]],
    ['notebook:"team/report.html"', ["team/report/n", "team/report/orders"]],
    // of the folder there is no notebook
    ["notebook:team", []],
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

  it.each([
    ["job:nightyl", 'no job is named "nightyl"; did you mean nightly? cellar jobs shows those there are'],
    ["job:lost", 'no job is named "nightli"; did you mean nightly? cellar jobs shows those there are'],
    ["sensor:inbx", 'no sensor is named "inbx"; did you mean inbox? cellar sensors shows those there are'],
    [
      "schedule:sale",
      'nothing named "sale" runs by the clock; did you mean sales? cellar schedules shows those there are',
    ],
    ["job:self", "job:self selects itself; let one of them name keys, tags or groups instead"],
    [
      "orders and job:ping",
      "job:ping selects job:pong selects job:ping: a circle; let one of them name keys, tags or groups instead",
    ],
  ])("%s is refused", (text, message) => {
    expect(() => select(text)).toThrow(message);
  });

  it("where no job is known, none can be asked", () => {
    expect(() => evaluateSelection(parseSelection("job:nightly"), workspace)).toThrow(/^job: cannot be asked here/);
    expect(() => evaluateSelection(parseSelection("job:x"), workspace, { jobs: new Map() })).toThrow(
      'no job is named "x"; cellar.json has no jobs; give it some, as "jobs": {"nightly": {"select": "tag:daily"}}',
    );
    expect(evaluateSelection(parseSelection("job:<null>"), workspace, { jobs: new Map() })).toHaveLength(5);
  });

  it("names that each name the one before twice are looked up once", () => {
    const jobs = new Map(
      Array.from({ length: 150 }, (_, i) => [
        `j${i}`,
        { select: i === 0 ? "sales/orders" : `job:j${i - 1} or roots(job:j${i - 1})`, schedule: [] },
      ]),
    );
    expect(evaluateSelection(parseSelection("job:j149"), workspace, { jobs })).toEqual(["sales/orders"]);
    expect(() => evaluateSelection(parseSelection("job:j250"), workspace, { jobs: chain(251) })).toThrow(/names deep/);
  });
});

function chain(length: number): ReadonlyMap<string, { readonly select: string; readonly schedule: readonly string[] }> {
  return new Map(
    Array.from({ length }, (_, i) => [`j${i}`, { select: i === 0 ? "n" : `job:j${i - 1}`, schedule: [] }]),
  );
}
