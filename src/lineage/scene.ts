import { sayAgo, sayRows } from "../shell/say.ts";
import { type Tone, toneOf } from "../shell/status.ts";
import type { LineageGraph } from "./lineage-graph.ts";
import type { Layout } from "./layout.ts";
import type { DrawnNode } from "./live-steps.ts";
import type { SpatialIndex } from "./spatial-index.ts";

/** Everything that a picture of a lineage shows, apart from where one looks. */
export interface Scene {
  readonly graph: LineageGraph;
  readonly layout: Layout;
  readonly index: SpatialIndex;
  /** what the node that is looked at hangs together with; null lights everything */
  readonly marks: Uint8Array | null;
  readonly focus: number | null;
  readonly now: number;
}

/** The state of a node in a word; "" for a file. */
export function stateOf(node: DrawnNode): string {
  return node.type === "file" ? "" : (node.live ?? node.status ?? (node.virtual ? "virtual" : "unknown"));
}

export function toneOfNode(node: DrawnNode): Tone {
  return toneOf(stateOf(node));
}

/** A node's second line: its state, its size, its age. */
export function detailOf(node: DrawnNode, now: number): string {
  if (node.type === "file") return node.key === node.name ? "file" : node.key;
  return [
    stateOf(node),
    node.rows === null ? "" : sayRows(node.rows),
    node.lastRunAt === null ? "" : sayAgo(node.lastRunAt, now).replace(" ago", ""),
  ]
    .filter((part) => part !== "")
    .join(" · ");
}

/** What a node is written in, in a few letters. */
export function kindLabel({ kind }: Pick<DrawnNode, "kind">): string {
  return kind === "file" ? "FILE" : kind === "python" ? "PY" : kind === "unknown" ? "?" : kind.toUpperCase();
}
