import { describe, expect, it } from "vitest";
import { importCellId, neededCells } from "../../../cells/kernel/needed-cells.ts";
import { AssetKey } from "../../../cells/model/asset-key.ts";
import { notebookOf } from "../../server/engine/engine-process.ts";

const cells = notebookOf([
  { kind: "sql", output: "orders", source: "select 1 as price" },
  { source: "const limit = params.limit" },
  { kind: "sql", output: "dear", source: "from orders where price > ${limit}" },
  { source: "const total = [...dear].length, twice = (x) => x * 2" },
  { source: "const unrelated = 1" },
  { source: "const shown = twice(total)" },
]);

function needed(name: string, stored: readonly string[]): readonly (readonly [id: number, names: readonly string[]])[] {
  const target = cells.find(({ compiled }) => compiled.outputs.some((output) => output.name === name));
  if (target === undefined) throw new Error(`no cell defines ${name}`);
  const keys = new Set(stored.map((input) => AssetKey.of("test", input)));
  return neededCells({ path: "test.html", cells }, target, keys)
    .map(({ compiled }) => [compiled.id, compiled.outputs.map((output) => output.name)] as const)
    .sort(([a], [b]) => a - b);
}

describe("the cells that a kernel is told of", () => {
  it.each([
    [
      "dear",
      ["orders"],
      [
        [importCellId, ["orders"]],
        [2, ["limit"]],
        [3, ["dear"]],
      ],
    ],
    [
      "dear",
      ["orders", "limit"],
      [
        [importCellId, ["limit", "orders"]],
        [3, ["dear"]],
      ],
    ],
    [
      "dear",
      [],
      [
        [1, ["orders"]],
        [2, ["limit"]],
        [3, ["dear"]],
      ],
    ],
    [
      "total",
      ["dear"],
      [
        [importCellId, ["dear"]],
        [4, ["total", "twice"]],
      ],
    ],
    // twice is virtual, so that its cell runs, and total with it
    [
      "shown",
      ["total", "dear"],
      [
        [importCellId, ["dear"]],
        [4, ["total", "twice"]],
        [6, ["shown"]],
      ],
    ],
    ["unrelated", ["orders"], [[5, ["unrelated"]]]],
  ])("for %s with %j stored", (name, stored, expected) => expect(needed(name, stored)).toEqual(expected));
});
