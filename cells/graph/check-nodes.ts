import { sha256Hex } from "../data/sha256.ts";
import { AssetKey } from "../model/asset-key.ts";
import type { Expectation, Rule } from "../model/check.ts";
import type { GraphCell, NotebookGraph } from "./graph.ts";
import { resolveAsset } from "./reference.ts";
import type { AssetInput, AssetNode, CheckNode } from "./workspace.ts";

/** Makes the nodes of check cells, each under the name that is given, the same way as those of assets are made. */
type MakeNodes = (
  graph: NotebookGraph,
  cells: readonly GraphCell[],
  nameOf: (cell: GraphCell) => string,
) => readonly AssetNode[];

/** The key of the asset that a cell of the notebook at `path` checks by `check="…"`. */
export function checkedAsset(path: string, check: string): AssetKey {
  return check.includes("/") ? (check as AssetKey) : AssetKey.of(path, check);
}

/** How a cell is called among the checks of its asset: by its first output, or by its number. */
export function checkName({ cell, compiled }: GraphCell): string {
  return compiled.outputs[0]?.name ?? `cell ${cell.id}`;
}

/** Every check of every asset there is. What checks something else is told by the notebook's problems. */
export function checkNodes(
  graphs: readonly NotebookGraph[],
  assets: ReadonlyMap<AssetKey, AssetNode>,
  make: MakeNodes,
): ReadonlyMap<AssetKey, readonly CheckNode[]> {
  const checks = new Map<AssetKey, CheckNode[]>();
  const add = (check: CheckNode): void => {
    const list = checks.get(check.asset);
    if (list) list.push(check);
    else checks.set(check.asset, [check]);
  };
  for (const asset of assets.values()) for (const rule of asset.options.expect) add(ruleCheck(asset, rule));
  for (const graph of graphs) {
    const cells = graph.cells.filter(({ options }) => options.check !== null);
    if (cells.length === 0) continue;
    const nodes = make(graph, cells, checkName);
    for (const [at, cell] of cells.entries()) {
      const node = nodes[at];
      const asset = assets.get(checkedAsset(graph.path, cell.options.check ?? ""));
      if (node === undefined || asset === undefined || asset.notebook !== graph.path) continue;
      add(cellCheck(asset, cell, node, checks.get(asset.key) ?? []));
    }
  }
  return checks;
}

function cellCheck(asset: AssetNode, cell: GraphCell, node: AssetNode, before: readonly CheckNode[]): CheckNode {
  const name = checkName(cell);
  const { severity, blocking, description } = cell.options;
  return {
    asset: asset.key,
    name: before.some((other) => other.name === name) ? `cell ${cell.cell.id}` : name,
    severity,
    blocking,
    description,
    rule: null,
    node: { ...sliced(node, asset), storage: "stored" },
  };
}

function ruleCheck(asset: AssetNode, rule: Expectation): CheckNode {
  const { notebook, notebookId, cell, name, tags, owners, group } = asset;
  const inputs = targetOf(asset, rule.rule);
  const codeVersion = sha256Hex(JSON.stringify(["cellar.expect.1", name, rule.text]));
  const node: AssetNode = {
    ...{ notebook, notebookId, cell, name, tags, owners, group, codeVersion, inputs },
    key: `${asset.key}#${rule.name}` as AssetKey,
    kind: "sql",
    storage: "stored",
    effectiveCodeVersion: codeVersion,
    sources: inputs.map((input) => ({ ...input, label: input.type === "asset" ? input.name : input.file })),
    readsItself: false,
    keysFrom: [],
    comesAfter: [],
    paramsOf: [],
    volatile: [],
    // what the asset reads of its own earlier partitions is not what is checked
    options: { ...asset.options, upstream: without(asset.options.upstream, asset.name) },
    description: null,
    problem: null,
  };
  return {
    asset: asset.key,
    name: rule.name,
    severity: rule.severity,
    blocking: asset.options.blocking,
    description: rule.text,
    rule,
    node: sliced(node, asset),
  };
}

/** What the SQL of a rule reads beside the asset itself. */
function targetOf(asset: AssetNode, rule: Rule): readonly AssetInput[] {
  if (rule.type !== "relationship") return [];
  const { schema, name } = rule.to;
  const key = schema === null ? AssetKey.of(asset.notebook, name) : resolveAsset(asset.notebook, schema, name);
  return key === null ? [] : [{ type: "asset", key, name: schema === null ? name : `${schema}.${name}` }];
}

/** A check with the partitions of its asset, which is among what it reads. */
function sliced(node: AssetNode, asset: AssetNode): AssetNode {
  const own = { type: "asset", key: asset.key, name: asset.name } as const;
  const isRead = node.sources.some((source) => source.type === "asset" && source.key === asset.key);
  const label = node.sources.some((source) => source.label === asset.name) ? `${asset.name}#checked` : asset.name;
  return {
    ...node,
    options: { ...node.options, partitions: asset.options.partitions },
    inputs: node.inputs.some((input) => input.type === "asset" && input.key === asset.key)
      ? node.inputs
      : [...node.inputs, own],
    sources: isRead ? node.sources : [...node.sources, { type: "asset", key: asset.key, label }],
  };
}

function without(record: Readonly<Record<string, string>>, name: string): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => key !== name));
}
