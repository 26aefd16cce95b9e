import type { Lineage, LineageNode } from "../../cells/lineage/lineage.ts";
import { at } from "./layout.ts";

/** A lineage by numbers, for walking and drawing it quickly. */
export interface LineageGraph {
  readonly nodes: readonly LineageNode[];
  readonly indexOf: ReadonlyMap<string, number>;
  /** from, to, from, to, … */
  readonly edges: Uint32Array;
  /** node → the nodes that it reads */
  readonly inputs: readonly (readonly number[])[];
  /** node → the nodes that read it */
  readonly readers: readonly (readonly number[])[];
}

export function toGraph({ nodes, edges }: Lineage): LineageGraph {
  const indexOf = new Map(nodes.map(({ id }, index) => [id, index]));
  const pairs = new Uint32Array(edges.length * 2);
  const inputs: number[][] = nodes.map(() => []);
  const readers: number[][] = nodes.map(() => []);
  let length = 0;
  for (const { from, to } of edges) {
    const a = indexOf.get(from);
    const b = indexOf.get(to);
    // what reads its own earlier partitions is no line of the picture
    if (a === undefined || b === undefined || a === b) continue;
    pairs[length++] = a;
    pairs[length++] = b;
    inputs[b]?.push(a);
    readers[a]?.push(b);
  }
  return { nodes, indexOf, edges: pairs.subarray(0, length), inputs, readers };
}

/** Whether two graphs have the same shape, so that the layout of one serves the other. */
export function sameShape(a: LineageGraph, b: LineageGraph): boolean {
  return (
    a.nodes.length === b.nodes.length &&
    a.edges.length === b.edges.length &&
    a.nodes.every(({ id }, index) => b.nodes[index]?.id === id) &&
    a.edges.every((node, index) => b.edges[index] === node)
  );
}

/** Marks of what a node hangs together with: 1 above it (down to the sources), 2 below it (to the sinks), 3 itself. */
export function reachOf(graph: Pick<LineageGraph, "nodes" | "inputs" | "readers">, node: number): Uint8Array {
  const marks = new Uint8Array(graph.nodes.length);
  const walk = (lists: readonly (readonly number[])[], mark: number): void => {
    const queue = [node];
    for (let next = 0; next < queue.length; next++)
      for (const other of lists[at(queue, next)] ?? [])
        if ((at(marks, other) & mark) === 0) {
          marks[other] = at(marks, other) | mark;
          queue.push(other);
        }
  };
  walk(graph.inputs, 1);
  walk(graph.readers, 2);
  marks[node] = 3;
  return marks;
}

/** Whether an edge is on a way from a source to a sink through the node that `marks` are of. */
export function isLit(marks: Uint8Array, from: number, to: number): boolean {
  return (at(marks, from) & at(marks, to) & 1) !== 0 || (at(marks, from) & at(marks, to) & 2) !== 0;
}
