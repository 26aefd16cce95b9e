/** Who comes after whom: `next[i]` lists the nodes that need node `i`. Nodes are 0 … n-1, in document order. */
export type Successors = readonly (readonly number[])[];

/**
 * The nodes in an order in which each stands after what it needs, smaller numbers first among equals. Nodes of `except`
 * (members of cycles) are left out and not waited for. O((nodes + edges) log nodes).
 */
export function topologicalOrder(next: Successors, except: ReadonlySet<number>): number[] {
  const waiting = new Int32Array(next.length);
  next.forEach((targets, from) => {
    if (except.has(from)) return;
    for (const to of targets) waiting[to] = (waiting[to] ?? 0) + 1;
  });
  const ready = new MinHeap();
  for (let i = 0; i < next.length; i++) if (waiting[i] === 0 && !except.has(i)) ready.push(i);
  const order: number[] = [];
  for (let node = ready.pop(); node !== null; node = ready.pop()) {
    order.push(node);
    for (const to of next[node] ?? []) {
      const left = (waiting[to] ?? 0) - 1;
      waiting[to] = left;
      if (left === 0 && !except.has(to)) ready.push(to);
    }
  }
  return order;
}

class MinHeap {
  private readonly items: number[] = [];

  push(item: number): void {
    const { items } = this;
    let at = items.length;
    for (let parent = (at - 1) >> 1; at > 0 && item < (items[parent] ?? 0); parent = (at - 1) >> 1) {
      items[at] = items[parent] ?? 0;
      at = parent;
    }
    items[at] = item;
  }

  pop(): number | null {
    const { items } = this;
    const top = items[0];
    const last = items.pop();
    if (top === undefined || last === undefined) return null;
    if (items.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      if ((items[child + 1] ?? Infinity) < (items[child] ?? 0)) child++;
      if ((items[child] ?? 0) >= last) break;
      items[at] = items[child] ?? 0;
      at = child;
    }
    items[at] = last;
    return top;
  }
}
