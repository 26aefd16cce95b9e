import { expect, test } from "vitest";
import { AssetKey } from "../../../cells/model/asset-key.ts";
import { evaluateSelection } from "../../../cells/select/evaluate.ts";
import { parseSelection } from "../../../cells/select/parse.ts";
import { lineageOf } from "../../../cells/lineage/lineage.ts";
import { graphOf, workspaceOf } from "./notebooks.ts";

const key = (name: string) => AssetKey.of("team/n", name);

test("an order alone: in order, lineage and selection, and not in what is read", () => {
  const workspace = workspaceOf({
    "team/n.html": [
      ["sql", "select 1 as n", { output: "report", after: "load other/last" }],
      ["sql", "select 1 as n", { output: "load" }],
    ],
    "team/other/last.html": [["sql", "select 1", { output: "x" }]],
    "team/other.html": [["sql", "select 1 as n", { output: "last" }]],
  });
  expect(workspace.problems).toEqual([]);
  expect(workspace.assets.get(key("report"))).toMatchObject({
    sources: [],
    inputs: [],
    keysFrom: [],
    comesAfter: [key("load"), "team/other/last"],
  });
  expect(workspace.order.indexOf(key("load"))).toBeLessThan(workspace.order.indexOf(key("report")));
  expect(lineageOf(workspace).edges).toContainEqual({ from: key("load"), to: key("report") });
  expect(evaluateSelection(parseSelection("+report"), workspace)).toContain(key("load"));
});

test("a circle is one, an asset that is not there is told, and one that no run carries out", () => {
  const circular = workspaceOf({
    "team/n.html": [
      ["sql", "select 1 as n", { output: "a", after: "b" }],
      ["sql", "select * from a", { output: "b" }],
    ],
  });
  expect(circular.order).toEqual([]);
  expect(circular.problems[0]?.message).toContain("circle");
  const lost = workspaceOf({ "n.html": [["sql", "select 1", { output: "a", after: "other/x" }]] });
  expect(lost.problems.map(({ message }) => message)).toEqual([
    "asset other/x does not exist, after which cell 1 comes: there is no notebook other; correct the name",
  ]);
  const { problems } = graphOf("n.html", [
    ["sql", "select 1", { output: "view", store: "view" }],
    ["sql", "select 1", { output: "a", after: "view" }],
  ]);
  expect(problems.map(({ message }) => message)).toEqual([
    'invalid after: "view" (cell 2): view is never stored, so no run carries it out by itself; name what it reads, or store it',
  ]);
});
