import type { Storage } from "../graph/graph.ts";
import { sourceKey, type AssetNode, type Workspace } from "../graph/workspace.ts";
import { AssetKey } from "../model/asset-key.ts";

/** How an asset is cut, in Dagster's words. */
export type PartitionsKind = "none" | "static" | "dynamic" | "time" | "multipartitions";

/** What a selection can take: an asset with its attributes, or a file. `inputs` are ids of other nodes. */
export type SelectNode =
  | { readonly type: "file"; readonly id: string; readonly file: string; readonly inputs: readonly string[] }
  | {
      readonly type: "asset";
      readonly id: string;
      readonly key: AssetKey;
      readonly name: string;
      readonly inputs: readonly string[];
      readonly storage: Storage;
      /** its notebook's path without `.html`, or null */
      readonly notebook: string | null;
      readonly cell: number;
      readonly tags: Readonly<Record<string, string>>;
      readonly owners: readonly string[];
      readonly group: string | null;
      readonly kinds: readonly string[];
      readonly partitions: PartitionsKind;
      /** `none`, or `any` and what it is: `schedule`, `sensor`, `eager`, `on_missing`, `on_cron` */
      readonly automations: readonly string[];
    };

/** Every asset and file of a workspace as nodes, assets first, files in order of first use. */
export function assetNodes(workspace: Workspace): readonly SelectNode[] {
  const assets = [...workspace.assets.values()].map((node) => toNode(workspace, node));
  const files = new Set<string>();
  for (const { inputs } of workspace.assets.values())
    for (const input of inputs) if (input.type === "file") files.add(input.file);
  const fileNodes = [...files].map((file) => ({ type: "file", id: `file:${file}`, file, inputs: [] }) as const);
  return [...assets, ...fileNodes];
}

function toNode(workspace: Workspace, node: AssetNode): SelectNode {
  const notebook = AssetKey.notebook(node.key);
  const hasSchedule = (workspace.notebooks.get(node.notebook)?.options.schedule.length ?? 0) > 0;
  const automation = /^\w+/.exec(node.options.automation)?.[0] ?? "manual";
  const kinds = [
    ...(hasSchedule || automation === "on_cron" ? ["schedule"] : []),
    ...(node.options.sensor !== null ? ["sensor"] : []),
    ...(automation === "manual" ? [] : [automation]),
  ];
  return {
    type: "asset",
    id: node.key,
    key: node.key,
    name: node.name,
    inputs: [...node.inputs.map(sourceKey), ...node.comesAfter],
    storage: node.storage,
    notebook,
    cell: node.cell,
    tags: node.tags,
    owners: node.owners,
    group: node.group,
    kinds: [node.kind],
    partitions: partitionsKind(node.options.partitions),
    automations: kinds.length > 0 ? ["any", ...kinds] : ["none"],
  };
}

function partitionsKind(definition: string | null): PartitionsKind {
  if (definition === null) return "none";
  if (definition.includes(";")) return "multipartitions";
  const kind = /^\s*(?:\w+\s*:\s*)?(\w+)/.exec(definition)?.[1];
  return kind === "static" || kind === "dynamic" ? kind : "time";
}

/** The ids with those of every other asset of the same cell: a cell runs as a whole. In order of `nodes`. */
export function wholeCells(nodes: readonly SelectNode[], ids: Iterable<string>): readonly string[] {
  const wanted = new Set(ids);
  const cellOf = (node: SelectNode) => (node.type === "asset" ? `${node.notebook}#${node.cell}` : node.id);
  const cells = new Set(nodes.filter(({ id }) => wanted.has(id)).map(cellOf));
  return nodes.filter((node) => cells.has(cellOf(node))).map(({ id }) => id);
}
