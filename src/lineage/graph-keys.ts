import type { LineageGraph } from "./lineage-graph.ts";
import { at, type Layout } from "./layout.ts";

/** What a key does to a lineage. */
export type GraphKey =
  | { readonly type: "focus"; readonly node: number | null }
  | { readonly type: "open" }
  | { readonly type: "pan"; readonly dx: number; readonly dy: number }
  | { readonly type: "zoom"; readonly factor: number }
  | { readonly type: "fit" };

const panPixels = 80;

/**
 * Arrows go along the edges (left to an input, right to a reader) and up and down among nodes of a column; with shift they pan.
 * Null: the key means nothing here.
 */
export function graphKey(
  event: Pick<KeyboardEvent, "key" | "shiftKey" | "ctrlKey" | "metaKey" | "altKey">,
  graph: LineageGraph,
  layout: Layout,
  focus: number | null,
): GraphKey | null {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  switch (event.key) {
    case "+":
    case "=":
      return { type: "zoom", factor: 1.25 };
    case "-":
    case "_":
      return { type: "zoom", factor: 0.8 };
    case "0":
      return { type: "fit" };
    case "Enter":
      return focus === null ? null : { type: "open" };
    case "Escape":
      return focus === null ? null : { type: "focus", node: null };
    case "Home":
      return { type: "focus", node: 0 };
    case "End":
      return { type: "focus", node: graph.nodes.length - 1 };
    case "ArrowLeft":
      return event.shiftKey
        ? { type: "pan", dx: panPixels, dy: 0 }
        : step(layout, focus, focus === null ? [] : (graph.inputs[focus] ?? []));
    case "ArrowRight":
      return event.shiftKey
        ? { type: "pan", dx: -panPixels, dy: 0 }
        : step(layout, focus, focus === null ? [] : (graph.readers[focus] ?? []));
    case "ArrowUp":
      return event.shiftKey
        ? { type: "pan", dx: 0, dy: panPixels }
        : { type: "focus", node: beside(graph, layout, focus, -1) };
    case "ArrowDown":
      return event.shiftKey
        ? { type: "pan", dx: 0, dy: -panPixels }
        : { type: "focus", node: beside(graph, layout, focus, 1) };
    default:
      return null;
  }
}

/** The node among `others` at about the same height; where there is none the focus stays. */
function step({ y }: Layout, focus: number | null, others: readonly number[]): GraphKey {
  if (focus === null) return { type: "focus", node: 0 };
  const [first, ...rest] = others;
  if (first === undefined) return { type: "focus", node: focus };
  const distance = (node: number): number => Math.abs(at(y, node) - at(y, focus));
  return {
    type: "focus",
    node: rest.reduce((nearest, node) => (distance(node) < distance(nearest) ? node : nearest), first),
  };
}

/** The next node above or below in the same column; at its end the focus stays. */
function beside({ nodes }: LineageGraph, { x, y }: Layout, focus: number | null, direction: 1 | -1): number {
  if (focus === null) return 0;
  let best = focus;
  for (const node of nodes.keys()) {
    const ahead = (at(y, node) - at(y, focus)) * direction;
    if (ahead <= 0 || Math.abs(at(x, node) - at(x, focus)) > 1) continue;
    if (best === focus || ahead < (at(y, best) - at(y, focus)) * direction) best = node;
  }
  return best;
}
