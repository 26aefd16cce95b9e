import { describe, expect, it, test } from "vitest";
import { AssetKey } from "../../../cells/model/asset-key.ts";
import { graphOf, workspaceOf } from "./notebooks.ts";

describe("partitions that are the values of a column", () => {
  const complaint = (partitions: string) => {
    const { problems } = graphOf("team/n.html", [
      ["sql", "select 1 as region", { output: "regions" }],
      ["sql", "select 1 as region", { output: "view", store: "view" }],
      ["sql", "select 1 as region", { output: "days", partitions: "daily from=2026-01-01" }],
      ["sql", "select 1 as n", { output: "total", partitions }],
    ]);
    return problems.map(({ message, span }) => ({ message, at: span && partitions.slice(span.start, span.end) }));
  };

  it.each(["static from regions.region", "static from geo.regions.region", 'static "from" regions.region'])(
    "%s is well written",
    (partitions) => {
      expect(complaint(partitions)).toEqual([]);
    },
  );

  it.each([
    ["static from", "static from takes one column of an asset"],
    ["static from regions", "static from takes one column of an asset"],
    ["static from a b", "static from takes one column of an asset"],
    ["static from regoins.region", "this notebook defines no asset regoins; did you mean regions?"],
    ["static from total.region", "the keys of total cannot be its own values"],
    ["static from view.region", "view is never stored, so its column region has no values to take; store it"],
    ["day: daily from=2026-01-01; r: static from days.region", "days has partitions itself"],
    ['static from "../../x".regions.region', "leaves the workspace"],
  ])("%s is refused in a sentence, with its place", (partitions, sentence) => {
    const [first] = complaint(partitions);
    expect(first?.message).toContain(sentence);
    if (!sentence.startsWith("static from")) expect(first?.at).toBe(partitions.split(" ").at(-1));
  });

  test("the asset comes before, and its data do not go into it; a circle of both is one", () => {
    const key = (name: string) => AssetKey.of("team/n", name);
    const cells = (source: string) =>
      ({
        "team/n.html": [
          ["sql", "select 1 as n", { output: "total", partitions: "static from regions.region" }],
          ["sql", source, { output: "regions" }],
        ],
      }) as const;
    const workspace = workspaceOf(cells("select 1 as region"));
    expect(workspace.order).toEqual([key("regions"), key("total")]);
    expect(workspace.assets.get(key("total"))).toMatchObject({
      keysFrom: [key("regions")],
      sources: [],
      options: { partitions: "static from /team/n.regions.region" },
    });
    expect(workspaceOf(cells("select * from total")).order).toEqual([]);
  });
});
