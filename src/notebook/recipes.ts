import { buildWorkspace } from "../../cells/graph/build-workspace.ts";
import type { GraphCell, NotebookGraph } from "../../cells/graph/graph.ts";
import { AssetKey } from "../../cells/model/asset-key.ts";
import type { HydrationRecipe } from "../host/ports.ts";
import type { ShownSlice } from "./shown-partition.ts";

/** What a host needs of the cells of a notebook so that it computes nothing that the server has. */
export interface Recipes {
  /** Null where the server's result cannot stand for one computed here. */
  recipe(cell: number): HydrationRecipe | null;
  /** For a hidden view without parameters: the code versions of the stored assets that read it; null for any other cell. */
  readers(cell: number): readonly string[] | null;
}

/**
 * Reads the recipes off a graph. A SQL cell has one where every relation that it reads is stored, is of another notebook, or is a view
 * without parameters of such: then its text, its parameters and the versions of what is stored say everything about its rows. Of an
 * asset with partitions it is about the one that `sliceOf` says is shown.
 */
export function recipesOf(
  graph: NotebookGraph,
  sliceOf: (cell: GraphCell) => ShownSlice | "none" | null = () => null,
): Recipes {
  const workspace = buildWorkspace([graph]);
  const cells = new Map(graph.cells.map((cell) => [cell.cell.id, cell]));
  const isView = (id: number): boolean => {
    const cell = cells.get(id);
    return cell !== undefined && Object.values(cell.storage).every((storage) => storage === "virtual");
  };

  /** Adds what a cell reads; false where something in it cannot be told by versions. */
  function collect(id: number, relations: Set<AssetKey>, files: Set<string>): boolean {
    for (const edge of graph.edges) {
      if (edge.to !== id) continue;
      if (edge.type === "file") files.add(edge.file);
      else if (edge.as === "value") continue;
      else if (edge.type === "asset") relations.add(edge.asset);
      else {
        const from = cells.get(edge.from);
        if (from?.cell.kind !== "sql") return false;
        if (!isView(edge.from)) relations.add(AssetKey.of(graph.path, edge.name));
        else if (from.compiled.inputs.length > 0 || !collect(edge.from, relations, files)) return false;
      }
    }
    return true;
  }

  return {
    recipe(id) {
      const cell = cells.get(id);
      const slice = cell === undefined ? "none" : sliceOf(cell);
      if (slice === "none") return null;
      const [output] = cell?.compiled.outputs ?? [];
      const node = output === undefined ? undefined : workspace.assets.get(AssetKey.of(graph.path, output.name));
      if (node === undefined || node.kind !== "sql" || node.storage === "virtual") return null;
      const relations = new Set<AssetKey>();
      const files = new Set<string>();
      return collect(id, relations, files)
        ? { codeVersion: node.effectiveCodeVersion, relations: [...relations], files: [...files], slice }
        : null;
    },
    readers(id) {
      const cell = cells.get(id);
      if (cell?.cell.kind !== "sql" || !cell.cell.hidden || cell.compiled.inputs.length > 0 || !isView(id)) return null;
      if (cell.compiled.volatile.length > 0 || cell.compiled.outputs.length === 0) return null;
      const versions: string[] = [];
      for (const edge of graph.edges) {
        if (edge.type !== "cell" || edge.from !== id) continue;
        const reader = cells.get(edge.to);
        const [output] = reader?.compiled.outputs ?? [];
        const node = output === undefined ? undefined : workspace.assets.get(AssetKey.of(graph.path, output.name));
        if (node === undefined || node.kind !== "sql" || node.storage === "virtual") return null;
        versions.push(node.effectiveCodeVersion);
      }
      return versions;
    },
  };
}
