import { AppError } from "../../cells/errors.ts";
import type { Lineage, LineageEdge, LineageNode } from "../../cells/lineage/lineage.ts";
import { isRecord } from "../../cells/protocol/envelope.ts";

/** Reads a lineage as the API sends it. Throws `protocol` where it is none. Edges between nodes that are not there are left out. */
export function readLineage(answer: {
  readonly nodes: readonly unknown[];
  readonly edges: readonly unknown[];
}): Lineage {
  const nodes = answer.nodes.map(readNode);
  const ids = new Set(nodes.map(({ id }) => id));
  const edges = answer.edges.map(readEdge).filter(({ from, to }) => ids.has(from) && ids.has(to));
  return { nodes, edges };
}

function readNode(value: unknown): LineageNode {
  if (!isRecord(value)) throw new AppError("protocol", "a node of the lineage is no object; reload the page");
  const id = text(value["id"]);
  const key = text(value["key"]) ?? id;
  const type = value["type"];
  if (id === null || key === null || (type !== "asset" && type !== "file"))
    throw new AppError(
      "protocol",
      `a node of the lineage has no id or type: ${JSON.stringify(value).slice(0, 100)}; reload the page`,
    );
  return {
    id,
    type,
    key,
    name: text(value["name"]) ?? key,
    notebook: text(value["notebook"]),
    notebookTitle: text(value["notebookTitle"]),
    cell: number(value["cell"]),
    // the words of the core: a kind or status of a newer server is drawn as unknown
    kind: (text(value["kind"]) ?? "unknown") as LineageNode["kind"],
    virtual: value["virtual"] === true,
    status: text(value["status"]) as LineageNode["status"],
    reason: text(value["reason"]),
    rows: number(value["rows"]),
    bytes: number(value["bytes"]),
    lastRunAt: number(value["lastRunAt"]),
    ms: number(value["ms"]),
    group: text(value["group"]),
    tags: isRecord(value["tags"])
      ? Object.fromEntries(Object.entries(value["tags"]).map(([name, tag]) => [name, String(tag)]))
      : {},
  };
}

function readEdge(value: unknown): LineageEdge {
  const from = isRecord(value) ? text(value["from"]) : null;
  const to = isRecord(value) ? text(value["to"]) : null;
  if (from === null || to === null)
    throw new AppError("protocol", "an edge of the lineage has no ends; reload the page");
  return { from, to };
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function number(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}
