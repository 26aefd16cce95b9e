import { describe, expect, it, test } from "vitest";
import { AssetKey } from "../../../cells/model/asset-key.ts";
import { toKernelCells } from "../../../cells/protocol/kernel-cells.ts";
import { graphOf, workspaceOf } from "./notebooks.ts";

const daily = "daily from=2026-01-01";
const several = `date: ${daily}; region: static eu us`;

describe("an asset that reads itself", () => {
  const complaint = (attributes: Readonly<Record<string, string>>) =>
    graphOf("n.html", [["sql", "select 1 as n from total", { output: "total", ...attributes }]]).problems.find(
      ({ code }) => code === "graph_cycle",
    );

  it.each([
    [daily, "offset -1"],
    [daily, "offset -7..-1"],
    [daily, "offset -1 allow missing"],
    ["static eu us", "map eu=us"],
    [several, "dimensions date offset -1, region same"],
    [several, "dimensions date offset -1"],
  ])("of %s by %s is no circle", (partitions, mapping) => {
    expect(complaint({ partitions, upstream: `total: ${mapping}` })).toBeUndefined();
  });

  const sentences: readonly (readonly [attributes: Readonly<Record<string, string>>, sentence: string])[] = [
    [{}, 'cut it into windows, as partitions="daily from=2026-01-01" upstream="total: offset -1"'],
    [{ partitions: "dily" }, "its partitions cannot be read, so nothing tells what is earlier; correct them first"],
    [{ partitions: daily }, 'say which of its earlier partitions each one reads: write upstream="total: offset -1"'],
    [{ partitions: daily, upstream: "total: last 7" }, 'write upstream="total: offset -6..-1", which is earlier alone'],
    [{ partitions: daily, upstream: "total: offset -2..0" }, 'write upstream="total: offset -2..-1"'],
    [{ partitions: daily, upstream: "total: same" }, 'write upstream="total: offset -1"'],
    [{ partitions: daily, upstream: "total: offset -1", store: "view" }, "it is never stored"],
    [{ partitions: "static eu us", upstream: "total: map us=eu" }, 'write upstream="total: map eu=us"'],
    [{ partitions: "dynamic customers" }, "none of the partitions of total is earlier than another"],
    [
      { partitions: several, upstream: "total: dimensions region same" },
      'write upstream="total: dimensions date offset -1, region same"',
    ],
  ];
  it.each(sentences)("%j is one, which says what to write, at the name", (attributes, sentence) => {
    const { message, span, cell } = complaint(attributes) ?? {};
    expect({ message, span, cell }).toEqual({
      message: expect.stringContaining(sentence) as string,
      span: { start: 19, end: 24 },
      cell: 1,
    });
  });

  test("JavaScript reads it by its name, and not by asset()", () => {
    const upstream = { partitions: daily, upstream: "t: offset -1", output: "t" };
    expect(graphOf("n.html", [["js", "[...(t ?? [])]", upstream]]).problems).toEqual([]);
    expect(graphOf("n.html", [["js", 'asset("n/t")', upstream]]).problems).toMatchObject([
      { message: "t reads itself by asset(); write t, which is its earlier result here" },
    ]);
  });

  test("a circle through another cell stays one", () => {
    const { problems } = graphOf("n.html", [
      ["sql", "select * from b", { output: "a", partitions: daily, upstream: "b: offset -1" }],
      ["sql", "select * from a", { output: "b", partitions: daily }],
    ]);
    expect(problems.map(({ code }) => code)).toEqual(["graph_cycle", "graph_cycle"]);
  });

  test("it has its place in the order, is among its own sources, and a kernel is told which name means what is earlier", () => {
    const notebooks = {
      "n.html": [
        ["sql", "select 1 as n from total", { output: "total", partitions: daily, upstream: "total: offset -1" }],
        ["js", "(count ?? 0) + 1", { output: "count", partitions: daily, upstream: "count: offset -1" }],
        ["sql", "select * from total", { output: "last" }],
      ],
    } as const;
    const workspace = workspaceOf(notebooks);
    const key = (name: string) => AssetKey.of("n", name);
    expect(workspace.order).toEqual([key("total"), key("count"), key("last")]);
    expect(workspace.assets.get(key("total"))).toMatchObject({ readsItself: true, sources: [{ key: key("total") }] });
    expect(workspace.assets.get(key("last"))?.readsItself).toBe(false);
    const [total, count, last] = toKernelCells(graphOf("n.html", notebooks["n.html"]));
    expect(total?.tables).toEqual([{ schema: null, name: "total", source: { type: "earlier", key: key("total") } }]);
    expect(count?.earlier).toBe(key("count"));
    expect(last?.tables).toEqual([{ schema: null, name: "total", source: { type: "cell", name: "total" } }]);
  });
});
