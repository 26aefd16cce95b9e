import type { Edge, GraphCell, NotebookGraph } from "./graph.ts";

/** What changed from one state of a notebook to another: cell ids in document order. A cell may stand in several lists. */
export interface GraphDiff {
  readonly added: readonly number[];
  readonly removed: readonly number[];
  /** its code, or an option that changes its result, is another */
  readonly redefined: readonly number[];
  /** what it reads comes from elsewhere, or it reads more or less */
  readonly rewired: readonly number[];
  /** the names it defines are others */
  readonly renamed: readonly number[];
  /** in both, with the same code, wiring and names, wherever it now stands */
  readonly untouched: readonly number[];
}

/** Compares two states of one notebook; cells are the same by id. */
export function diffGraphs(before: NotebookGraph, after: NotebookGraph): GraphDiff {
  const old = new Map(before.cells.map((cell) => [cell.cell.id, cell]));
  const now = new Set(after.cells.map(({ cell }) => cell.id));
  const oldWiring = wiring(before.edges);
  const newWiring = wiring(after.edges);
  const added: number[] = [];
  const redefined: number[] = [];
  const rewired: number[] = [];
  const renamed: number[] = [];
  const untouched: number[] = [];
  for (const cell of after.cells) {
    const { id } = cell.cell;
    const previous = old.get(id);
    if (!previous) {
      added.push(id);
      continue;
    }
    const isRedefined = previous.codeVersion !== cell.codeVersion;
    const isRewired = oldWiring.get(id) !== newWiring.get(id);
    const isRenamed = names(previous) !== names(cell);
    if (isRedefined) redefined.push(id);
    if (isRewired) rewired.push(id);
    if (isRenamed) renamed.push(id);
    if (!isRedefined && !isRewired && !isRenamed) untouched.push(id);
  }
  const removed = before.cells.map(({ cell }) => cell.id).filter((id) => !now.has(id));
  return { added, removed, redefined, rewired, renamed, untouched };
}

function names(cell: GraphCell): string {
  return JSON.stringify(cell.compiled.outputs.map(({ name }) => name).sort());
}

/** One text per cell that is equal exactly where the cell reads the same things under the same names. */
function wiring(edges: readonly Edge[]): ReadonlyMap<number, string> {
  const lines = new Map<number, string[]>();
  for (const edge of edges) {
    const line = JSON.stringify(wire(edge));
    const list = lines.get(edge.to);
    if (list) list.push(line);
    else lines.set(edge.to, [line]);
  }
  return new Map([...lines].map(([id, list]) => [id, list.sort().join("\n")]));
}

function wire(edge: Edge): readonly (string | number)[] {
  switch (edge.type) {
    case "cell":
      return ["cell", edge.from, edge.name, edge.as];
    case "asset":
      return ["asset", edge.asset, edge.name, edge.as];
    case "file":
      return ["file", edge.file];
  }
}
