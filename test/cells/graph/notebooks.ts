import { buildGraph } from "../../../cells/graph/build.ts";
import type { NotebookGraph } from "../../../cells/graph/graph.ts";
import { buildWorkspace } from "../../../cells/graph/build-workspace.ts";
import type { Workspace } from "../../../cells/graph/workspace.ts";
import { toCell, type CellSpec } from "../../../cells/model/cell.ts";
import { emptyNotebook, type Notebook } from "../../../cells/model/notebook.ts";

/** A cell of a test: its kind, text and attributes; ids count from 1. */
export type Sketch = readonly [
  kind: "js" | "ts" | "ojs" | "sql" | "md",
  source: string,
  attributes?: CellSpec["attributes"],
];

/** A notebook of sketched cells. The attribute `output` is honoured as the file format does. */
function sketch(cells: readonly Sketch[], attributes: Notebook["attributes"] = {}): Notebook {
  return {
    ...emptyNotebook,
    id: attributes["id"] ?? null,
    attributes,
    cells: cells.map(([kind, source, own = {}], i) =>
      toCell({
        id: i + 1,
        kind,
        source,
        attributes: own,
        output: own["output"] ?? null,
        database: own["database"] ?? null,
      }),
    ),
  };
}

/** The graph of sketched cells. */
export function graphOf(path: string, cells: readonly Sketch[], attributes?: Notebook["attributes"]): NotebookGraph {
  return buildGraph(path, sketch(cells, attributes));
}

/** One workspace of sketched notebooks, by path. */
export function workspaceOf(notebooks: Readonly<Record<string, readonly Sketch[]>>): Workspace {
  return buildWorkspace(Object.entries(notebooks).map(([path, cells]) => graphOf(path, cells)));
}
