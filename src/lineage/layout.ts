/** Size of a node and the room around it, in units of the graph. */
export const nodeSize = { width: 216, height: 50, gapX: 64, gapY: 14 } as const;

/** A graph without names: nodes are numbers, edges pairs of them. */
export interface LayoutRequest {
  readonly id: number;
  readonly nodes: number;
  /** from, to, from, to, … */
  readonly edges: Uint32Array;
  /** width of the place that the picture is for, in its heights */
  readonly aspect: number;
}

/** Where things are: `x`, `y` the middle of each node, `points` the bends of each edge between its ends. */
export interface Layout {
  readonly x: Float32Array;
  readonly y: Float32Array;
  /** x, y, x, y, … of all bends; those of edge `i` from `bendStart[i]` to `bendStart[i + 1]`, counted in pairs */
  readonly bends: Float32Array;
  readonly bendStart: Uint32Array;
  readonly width: number;
  readonly height: number;
}

export type LayoutAnswer =
  | { readonly type: "layout"; readonly id: number; readonly layout: Layout }
  | { readonly type: "failed"; readonly id: number; readonly message: string };

/** One part of a graph that hangs together, with its nodes and edges numbered from 0. */
export interface Part {
  /** part's node → graph's node, ascending */
  readonly nodes: readonly number[];
  readonly edges: readonly (readonly [from: number, to: number])[];
  /** part's edge → graph's edge */
  readonly edgeOf: readonly number[];
}

/** A part, laid out from its own corner: `bends` by edge. */
export interface PartLayout {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly bends: readonly (readonly number[])[];
  readonly width: number;
  readonly height: number;
}

/** Cuts a graph into the parts that hang together, in order of their first node. */
export function partsOf({ nodes, edges }: Pick<LayoutRequest, "nodes" | "edges">): readonly Part[] {
  const parent = Uint32Array.from({ length: nodes }, (_, node) => node);
  const rootOf = (node: number): number => {
    let root = node;
    while (at(parent, root) !== root) root = at(parent, root);
    for (let next = node; next !== root;) {
      const up = at(parent, next);
      parent[next] = root;
      next = up;
    }
    return root;
  };
  for (let edge = 0; edge < edges.length; edge += 2) {
    const from = rootOf(at(edges, edge));
    const to = rootOf(at(edges, edge + 1));
    // the smaller number wins, so that a part is known by its first node
    parent[Math.max(from, to)] = Math.min(from, to);
  }
  const parts = new Map<number, { nodes: number[]; edges: [number, number][]; edgeOf: number[] }>();
  const within = new Uint32Array(nodes);
  for (let node = 0; node < nodes; node++) {
    const root = rootOf(node);
    const part = parts.get(root) ?? { nodes: [], edges: [], edgeOf: [] };
    parts.set(root, part);
    within[node] = part.nodes.push(node) - 1;
  }
  for (let edge = 0; edge < edges.length; edge += 2) {
    const part = parts.get(rootOf(at(edges, edge)));
    part?.edges.push([at(within, at(edges, edge)), at(within, at(edges, edge + 1))]);
    part?.edgeOf.push(edge / 2);
  }
  return [...parts.values()];
}

/** Puts laid-out parts side by side and below each other, about as wide as their place is for its height. */
export function pack(request: Omit<LayoutRequest, "id">, parts: readonly (readonly [Part, PartLayout])[]): Layout {
  const { gapX, gapY } = nodeSize;
  const area = parts.reduce((sum, [, { width, height }]) => sum + (width + gapX) * (height + 2 * gapY), 0);
  const widest = parts.reduce((most, [, { width }]) => Math.max(most, width), 0);
  const shelfWidth = Math.max(widest, Math.sqrt(area * request.aspect));
  const x = new Float32Array(request.nodes);
  const y = new Float32Array(request.nodes);
  const bends: (readonly number[])[] = Array.from({ length: request.edges.length / 2 }, () => []);
  let left = 0;
  let top = 0;
  let shelf = 0;
  let width = 0;
  for (const [part, laid] of parts) {
    if (left > 0 && left + laid.width > shelfWidth) {
      top += shelf + 2 * gapY;
      left = 0;
      shelf = 0;
    }
    for (const [index, node] of part.nodes.entries()) {
      x[node] = left + at(laid.x, index);
      y[node] = top + at(laid.y, index);
    }
    for (const [index, edge] of part.edgeOf.entries())
      bends[edge] = (laid.bends[index] ?? []).map((value, i) => value + (i % 2 === 0 ? left : top));
    left += laid.width + gapX;
    shelf = Math.max(shelf, laid.height);
    width = Math.max(width, left - gapX);
  }
  const bendStart = new Uint32Array(bends.length + 1);
  for (const [edge, of] of bends.entries()) bendStart[edge + 1] = at(bendStart, edge) + of.length / 2;
  return { x, y, bends: Float32Array.from(bends.flat()), bendStart, width, height: top + shelf };
}

/** An element that is known to be there. */
export function at(values: Readonly<Record<number, number>>, index: number): number {
  return values[index] ?? 0;
}
