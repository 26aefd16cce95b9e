import type { NotebookGraph } from "./graph.ts";

/** Ids of the cells that this cell needs, directly or through others, in document order, itself left out. */
export function upstreamOf(graph: NotebookGraph, id: number): readonly number[] {
  return reach(graph, id, (from, to) => [to, from]);
}

/** Ids of the cells that need this cell, directly or through others, in document order, itself left out. */
export function downstreamOf(graph: NotebookGraph, id: number): readonly number[] {
  return reach(graph, id, (from, to) => [from, to]);
}

function reach(
  graph: NotebookGraph,
  start: number,
  direct: (from: number, to: number) => readonly [number, number],
): readonly number[] {
  const next = new Map<number, number[]>();
  for (const edge of graph.edges) {
    if (edge.type !== "cell") continue;
    const [from, to] = direct(edge.from, edge.to);
    const targets = next.get(from);
    if (targets) targets.push(to);
    else next.set(from, [to]);
  }
  const seen = new Set([start]);
  for (const node of seen) for (const to of next.get(node) ?? []) seen.add(to);
  seen.delete(start);
  return graph.cells.filter(({ cell }) => seen.has(cell.id)).map(({ cell }) => cell.id);
}
