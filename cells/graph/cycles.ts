import type { Successors } from "./order.ts";

/**
 * Groups of nodes that depend on each other in a circle, a node that needs itself among them, each group and the list
 * ascending. Tarjan's algorithm (SIAM J. Comput. 1, 1972) without recursion, since a notebook may chain 10,000 cells.
 */
export function findCycles(next: Successors): number[][] {
  const index = new Int32Array(next.length).fill(-1);
  const low = new Int32Array(next.length);
  const onStack = new Uint8Array(next.length);
  const stack: number[] = [];
  const cycles: number[][] = [];
  let counter = 0;
  const enter = (node: number): { node: number; at: number } => {
    index[node] = low[node] = counter++;
    onStack[node] = 1;
    stack.push(node);
    return { node, at: 0 };
  };
  for (let root = 0; root < next.length; root++) {
    if (index[root] !== -1) continue;
    const frames = [enter(root)];
    for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
      const { node } = frame;
      const to = next[node]?.[frame.at++];
      if (to !== undefined) {
        if (index[to] === -1) frames.push(enter(to));
        else if (onStack[to]) low[node] = Math.min(low[node] ?? 0, index[to] ?? 0);
        continue;
      }
      frames.pop();
      const parent = frames.at(-1);
      if (parent) low[parent.node] = Math.min(low[parent.node] ?? 0, low[node] ?? 0);
      if (low[node] !== index[node]) continue;
      const members = stack.splice(stack.lastIndexOf(node));
      for (const member of members) onStack[member] = 0;
      if (members.length > 1 || next[node]?.includes(node)) cycles.push(members.sort((a, b) => a - b));
    }
  }
  return cycles.sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0));
}

/** The shortest way from `start` back to itself within `members`: `[start, …, start]`. Empty where there is none. */
export function cycleThrough(start: number, members: ReadonlySet<number>, next: Successors): number[] {
  const cameFrom = new Map<number, number>();
  const queue = [start];
  for (const node of queue) {
    for (const to of next[node] ?? []) {
      if (to === start) {
        const path = [start];
        for (let at = node; at !== start; at = cameFrom.get(at) ?? start) path.push(at);
        return [...path, start].reverse();
      }
      if (!members.has(to) || cameFrom.has(to)) continue;
      cameFrom.set(to, node);
      queue.push(to);
    }
  }
  return [];
}
