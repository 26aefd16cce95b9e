import { sourceKey, type AssetNode, type Workspace } from "../graph/workspace.ts";
import type { AssetKey } from "../model/asset-key.ts";
import type { CellKind } from "../model/cell.ts";
import type { Facts } from "../staleness/facts.ts";
import type { Staleness, StalenessStatus } from "../staleness/staleness.ts";

/** An asset or a file in the lineage: plain JSON, for command line, HTTP and page alike. */
export interface LineageNode {
  /** asset key, or `file:NAME` */
  readonly id: string;
  readonly type: "asset" | "file";
  /** asset key, or the file's path or URL */
  readonly key: string;
  readonly name: string;
  /** path of the notebook; null for a file */
  readonly notebook: string | null;
  readonly notebookTitle: string | null;
  readonly cell: number | null;
  readonly kind: CellKind | "file";
  readonly virtual: boolean;
  /** null for a file, and where nothing is known of the past */
  readonly status: StalenessStatus | null;
  readonly reason: string | null;
  readonly rows: number | null;
  readonly bytes: number | null;
  /** when the result was made, milliseconds since 1970 */
  readonly lastRunAt: number | null;
  /** how long that took */
  readonly ms: number | null;
  readonly group: string | null;
  readonly tags: Readonly<Record<string, string>>;
}

/** Data goes from one node to another; both are ids of nodes in the same lineage. */
export interface LineageEdge {
  readonly from: string;
  readonly to: string;
}

/** A graph of assets and files. Nodes stand after what they read; files first. */
export interface Lineage {
  readonly nodes: readonly LineageNode[];
  readonly edges: readonly LineageEdge[];
}

/** What to show, and what is known of it. */
export interface LineageOptions {
  /** assets to show; null or left out shows all */
  readonly keys?: readonly AssetKey[] | null;
  /** files to show; null or left out shows those that the shown assets read */
  readonly files?: readonly string[] | null;
  readonly staleness?: ReadonlyMap<AssetKey, Staleness>;
  /** read where `staleness` is left out */
  readonly facts?: Pick<Facts, "latest">;
}

/** The lineage of the assets asked for. Inputs that do not exist have no node. */
export function lineageOf(workspace: Workspace, options: LineageOptions = {}): Lineage {
  const asked = options.keys ? new Set(options.keys) : null;
  const ordered = new Set(workspace.order);
  const all = [...workspace.order, ...[...workspace.assets.keys()].filter((key) => !ordered.has(key))];
  const shown = all.flatMap((key) => (asked === null || asked.has(key) ? (workspace.assets.get(key) ?? []) : []));
  const read = shown.flatMap((node) => node.inputs.flatMap((input) => (input.type === "file" ? input.file : [])));
  const files = [...new Set(options.files ?? read)];
  const nodes = [...files.map(fileNode), ...shown.map((node) => assetNode(workspace, node, options))];
  const ids = new Set(nodes.map(({ id }) => id));
  const edges = shown.flatMap((node) =>
    [...new Set([...node.inputs.map(sourceKey), ...node.comesAfter])].flatMap((from) =>
      ids.has(from) ? { from, to: node.key } : [],
    ),
  );
  return { nodes, edges };
}

function assetNode(workspace: Workspace, node: AssetNode, { staleness, facts }: LineageOptions): LineageNode {
  const state = staleness?.get(node.key) ?? null;
  const latest = state ? state.latest : (facts?.latest(node.key, "") ?? null);
  return {
    id: node.key,
    type: "asset",
    key: node.key,
    name: node.name,
    notebook: node.notebook,
    notebookTitle: workspace.notebooks.get(node.notebook)?.title ?? null,
    cell: node.cell,
    kind: node.kind,
    virtual: node.storage === "virtual" || latest?.format === "virtual",
    status: state?.status ?? null,
    reason: state?.reason ?? null,
    rows: latest?.rows ?? null,
    bytes: latest?.bytes ?? null,
    lastRunAt: latest?.createdAt ?? null,
    ms: latest?.ms ?? null,
    group: node.group,
    tags: node.tags,
  };
}

function fileNode(file: string): LineageNode {
  return {
    id: `file:${file}`,
    type: "file",
    key: file,
    name: file.slice(file.lastIndexOf("/") + 1),
    notebook: null,
    notebookTitle: null,
    cell: null,
    kind: "file",
    virtual: false,
    status: null,
    reason: null,
    rows: null,
    bytes: null,
    lastRunAt: null,
    ms: null,
    group: null,
    tags: {},
  };
}
