import type { GraphCell, NotebookGraph } from "../../cells/graph/graph.ts";
import type { Workspace } from "../../cells/graph/workspace.ts";
import { AssetKey } from "../../cells/model/asset-key.ts";
import type { HydratedOutput } from "../../cells/protocol/kernel.ts";
import type { FreshResults } from "./ports.ts";

/** What tells a run apart from its value: a cell that reads one of these is run, whatever the server has. */
const live = new Set(
  "display view visibility invalidation width dark now Mutable Generators Inputs @variable document window screen navigator location localStorage sessionStorage".split(
    " ",
  ),
);

/**
 * The JavaScript cells that need not run: every name is a fresh result that the server keeps, and neither the cell nor anything that
 * it hangs on shows something by itself, streams, or hears the reader (inputs, width, time): those are not in a memo key.
 */
export function hydratedCells(
  graph: NotebookGraph,
  workspace: Workspace,
  results: FreshResults,
): ReadonlyMap<number, readonly HydratedOutput[]> {
  const fresh = results(workspace, graph.path);
  const hydrated = new Map<number, readonly HydratedOutput[]>();
  if (fresh.size === 0) return hydrated;
  const cells = new Map(graph.cells.map((cell) => [cell.cell.id, cell]));
  const still = new Map<number, boolean>();
  /** Whether nothing that a cell hangs on changes by itself, and all of it is as the server had it. */
  const isStill = (id: number): boolean => {
    const known = still.get(id);
    if (known !== undefined) return known;
    // a member of a cycle is not
    still.set(id, false);
    const cell = cells.get(id);
    const answer =
      cell !== undefined &&
      isQuiet(cell) &&
      graph.edges.every((edge) => {
        if (edge.to !== id || edge.type !== "cell") return true;
        const result = fresh.get(AssetKey.of(graph.path, edge.name));
        const isVirtual = cells.get(edge.from)?.storage[edge.name] === "virtual";
        return (isVirtual || (result !== undefined && result.format !== "virtual")) && isStill(edge.from);
      });
    still.set(id, answer);
    return answer;
  };
  for (const cell of graph.cells) {
    const { compiled, options } = cell;
    if (!isScript(cell) || compiled.outputs.length === 0) continue;
    if (options.run !== "auto" && options.run !== "visible") continue;
    const outputs = compiled.outputs.flatMap(({ name }): readonly HydratedOutput[] => {
      const key = AssetKey.of(graph.path, name);
      const result = fresh.get(key);
      return result === undefined || result.format === "virtual"
        ? []
        : [{ name, key, version: result.sha256, format: result.format }];
    });
    if (outputs.length === compiled.outputs.length && isStill(cell.cell.id)) hydrated.set(cell.cell.id, outputs);
  }
  return hydrated;
}

/** Whether the server has a fresh result of every SQL cell, but for views, which nobody may need. */
export function hasFreshTables(graph: NotebookGraph, workspace: Workspace, results: FreshResults): boolean {
  const fresh = results(workspace, graph.path);
  return graph.cells.every(({ cell, compiled, storage }) => {
    if (cell.kind !== "sql" || compiled.body === null) return true;
    const [output] = compiled.outputs;
    if (output === undefined) return false;
    return storage[output.name] === "virtual" ? cell.hidden : fresh.has(AssetKey.of(graph.path, output.name));
  });
}

function isScript({ cell }: GraphCell): boolean {
  return cell.kind === "js" || cell.kind === "ts" || cell.kind === "ojs";
}

function isQuiet({ compiled }: GraphCell): boolean {
  return !compiled.autoview && !compiled.automutable && !compiled.inputs.some(({ name }) => live.has(name));
}
