import { type EdgeCurve, isPlain, partWithin } from "./edge-curve.ts";
import { at, type Layout, nodeSize } from "./layout.ts";
import type { Bounds, Point } from "./viewport.ts";

const tile = 512;
/** How far a curve may leave the box of its bends. */
const bulge = 300;

/** Finds what is in a part of a graph without looking at the rest: nodes and edges by the tiles that they touch. */
export class SpatialIndex {
  readonly #layout: Layout;
  readonly #nodes = new Map<number, number[]>();
  readonly #edges = new Map<number, number[]>();
  readonly #columns: number;
  readonly #long: number[] = [];
  readonly #ends: Uint32Array;

  constructor(layout: Layout, edges: Uint32Array) {
    this.#layout = layout;
    this.#ends = edges;
    this.#columns = Math.ceil((layout.width + nodeSize.width) / tile) + 2;
    for (let node = 0; node < layout.x.length; node++) this.#add(this.#nodes, node, nodeBounds(layout, node));
    for (let edge = 0; edge < edges.length / 2; edge++) {
      const bounds = edgeBounds(layout, edges, edge);
      // an edge across many tiles would be in all of them; there are few, and each is looked at
      if ((bounds.right - bounds.left) * (bounds.bottom - bounds.top) > tile * tile * 40) this.#long.push(edge);
      else this.#add(this.#edges, edge, bounds);
    }
  }

  nodesIn(bounds: Bounds): ReadonlySet<number> {
    const found = this.#find(this.#nodes, bounds);
    for (const node of found) if (!touches(nodeBounds(this.#layout, node), bounds)) found.delete(node);
    return found;
  }

  edgesIn(bounds: Bounds): ReadonlySet<number> {
    const found = this.#find(this.#edges, bounds);
    for (const edge of found) if (!this.#crosses(edge, bounds)) found.delete(edge);
    for (const edge of this.#long) if (this.#crosses(edge, bounds)) found.add(edge);
    return found;
  }

  /** The node at a point, or null. */
  nodeAt(point: Point): number | null {
    for (const node of this.#nodes.get(this.#tileOf(point.x, point.y)) ?? []) {
      const { left, top, right, bottom } = nodeBounds(this.#layout, node);
      if (point.x >= left && point.x <= right && point.y >= top && point.y <= bottom) return node;
    }
    return null;
  }

  /** Whether an edge may be seen in `bounds`. */
  #crosses(edge: number, bounds: Bounds): boolean {
    const curve = curveOf(this.#layout, this.#ends, edge);
    if (curve !== null) return partWithin(curve, bounds) !== null;
    const { left, top, right, bottom } = edgeBounds(this.#layout, this.#ends, edge);
    return touches({ left: left - bulge, top: top - bulge, right: right + bulge, bottom: bottom + bulge }, bounds);
  }

  #tileOf(x: number, y: number): number {
    const column = Math.min(this.#columns - 1, Math.max(0, Math.floor(x / tile) + 1));
    return column + (Math.max(-1, Math.floor(y / tile)) + 1) * this.#columns;
  }

  #add(map: Map<number, number[]>, item: number, bounds: Bounds): void {
    this.#each(bounds, (key) => {
      const list = map.get(key);
      if (list) list.push(item);
      else map.set(key, [item]);
    });
  }

  #find(map: ReadonlyMap<number, readonly number[]>, bounds: Bounds): Set<number> {
    const found = new Set<number>();
    const { width, height } = this.#layout;
    const within = {
      left: Math.max(-tile, bounds.left),
      top: Math.max(-tile, bounds.top),
      right: Math.min(width + tile, bounds.right),
      bottom: Math.min(height + tile, bounds.bottom),
    };
    this.#each(within, (key) => {
      for (const item of map.get(key) ?? []) found.add(item);
    });
    return found;
  }

  #each({ left, top, right, bottom }: Bounds, use: (key: number) => void): void {
    const first = this.#tileOf(left, top);
    const last = this.#tileOf(right, bottom);
    const columns = (last % this.#columns) - (first % this.#columns);
    for (let row = first; row <= last; row += this.#columns)
      for (let column = 0; column <= columns; column++) use(row + column);
  }
}

/** The curve of an edge that goes straight from node to node; null for one that is led around others, or goes back. */
export function curveOf({ x, y, bendStart }: Layout, edges: Uint32Array, edge: number): EdgeCurve | null {
  if (at(bendStart, edge + 1) > at(bendStart, edge)) return null;
  const from = at(edges, 2 * edge);
  const to = at(edges, 2 * edge + 1);
  const curve = {
    startX: at(x, from) + nodeSize.width / 2,
    startY: at(y, from),
    endX: at(x, to) - nodeSize.width / 2,
    endY: at(y, to),
  };
  return isPlain(curve) ? curve : null;
}

function touches(a: Bounds, b: Bounds): boolean {
  return a.right >= b.left && a.left <= b.right && a.bottom >= b.top && a.top <= b.bottom;
}

function nodeBounds({ x, y }: Layout, node: number): Bounds {
  const { width, height } = nodeSize;
  return {
    left: at(x, node) - width / 2,
    top: at(y, node) - height / 2,
    right: at(x, node) + width / 2,
    bottom: at(y, node) + height / 2,
  };
}

function edgeBounds(layout: Layout, edges: Uint32Array, edge: number): Bounds {
  const { x, y, bends, bendStart } = layout;
  const from = at(edges, 2 * edge);
  const to = at(edges, 2 * edge + 1);
  let left = Math.min(at(x, from), at(x, to));
  let right = Math.max(at(x, from), at(x, to));
  let top = Math.min(at(y, from), at(y, to));
  let bottom = Math.max(at(y, from), at(y, to));
  for (let bend = at(bendStart, edge); bend < at(bendStart, edge + 1); bend++) {
    left = Math.min(left, at(bends, 2 * bend));
    right = Math.max(right, at(bends, 2 * bend));
    top = Math.min(top, at(bends, 2 * bend + 1));
    bottom = Math.max(bottom, at(bends, 2 * bend + 1));
  }
  return { left, top, right, bottom };
}
