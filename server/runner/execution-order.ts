import type { AssetNode, Workspace } from "../../cells/graph/workspace.ts";
import type { AssetKey } from "../../cells/model/asset-key.ts";

/**
 * The given assets so that each stands after those it depends on, and those of one notebook together as far as that goes: a change
 * of notebook gives the kernel new cells. Of those that may start, larger `priority` first. What the checks of an asset read
 * beside it comes before it too, unless that depends on the asset. Linear in assets and edges where all have one priority.
 */
export function executionOrder(workspace: Workspace, keys: ReadonlySet<AssetKey>): readonly AssetNode[] {
  const nodes = workspace.order.flatMap((key) =>
    keys.has(key) ? [workspace.assets.get(key)].filter((node) => node !== undefined) : [],
  );
  const checked = readByChecks(workspace, nodes);
  const waitsFor = new Map<AssetKey, number>();
  const readers = new Map<AssetKey, AssetNode[]>();
  for (const node of nodes) {
    const read = node.sources.flatMap((source) =>
      source.type === "asset" && source.key !== node.key && keys.has(source.key) ? [source.key] : [],
    );
    const others = node.comesAfter.filter((key) => keys.has(key) && !read.includes(key));
    const before = [...read, ...others, ...(checked.get(node.key) ?? []).filter((key) => !read.includes(key))];
    waitsFor.set(node.key, before.length);
    for (const key of before) readers.set(key, [...(readers.get(key) ?? []), node]);
  }
  const ready = new Map<string, AssetNode[]>();
  const makeReady = (node: AssetNode) => {
    const queue = ready.get(node.notebook);
    if (queue === undefined) ready.set(node.notebook, [node]);
    else queue.splice(placeOf(node, queue), 0, node);
  };
  for (const node of nodes) if (waitsFor.get(node.key) === 0) makeReady(node);
  const order: AssetNode[] = [];
  while (ready.size > 0) {
    const [notebook, queue] = mostUrgent(ready);
    for (let node = queue.shift(); node !== undefined; node = queue.shift()) {
      order.push(node);
      for (const reader of readers.get(node.key) ?? []) {
        const left = (waitsFor.get(reader.key) ?? 0) - 1;
        waitsFor.set(reader.key, left);
        if (left === 0) makeReady(reader);
      }
    }
    ready.delete(notebook);
  }
  return order;
}

/** Behind those of the same priority. */
function placeOf(node: AssetNode, queue: readonly AssetNode[]): number {
  const last = queue.at(-1);
  if (last === undefined || last.options.priority >= node.options.priority) return queue.length;
  return queue.findIndex((other) => other.options.priority < node.options.priority);
}

/** The notebook whose first asset has the largest priority; of several the first. */
function mostUrgent(ready: ReadonlyMap<string, AssetNode[]>): readonly [string, AssetNode[]] {
  let best: readonly [string, AssetNode[]] = ["", []];
  let priority = -Infinity;
  for (const [notebook, queue] of ready) {
    const own = queue[0]?.options.priority ?? 0;
    if (own > priority) [best, priority] = [[notebook, queue], own];
  }
  return best;
}

/** The assets that checks read beside the one that they check. */
export function readBesideChecked(workspace: Workspace, asset: AssetKey): readonly AssetKey[] {
  const read = (workspace.checks.get(asset) ?? []).flatMap(({ node }) =>
    node.sources.flatMap((source) => (source.type === "asset" && source.key !== asset ? [source.key] : [])),
  );
  return [...new Set(read)];
}

/** As `readBesideChecked`, of each asset, without what would close a circle. */
function readByChecks(workspace: Workspace, nodes: readonly AssetNode[]): ReadonlyMap<AssetKey, readonly AssetKey[]> {
  const present = new Map(nodes.map((node) => [node.key, node]));
  const found = new Map<AssetKey, AssetKey[]>();
  const dependsOn = (key: AssetKey, wanted: AssetKey, seen = new Set<AssetKey>()): boolean => {
    if (key === wanted) return true;
    if (seen.has(key)) return false;
    seen.add(key);
    const sources = present.get(key)?.sources ?? [];
    const before = [
      ...sources.flatMap((source) => (source.type === "asset" ? [source.key] : [])),
      ...(present.get(key)?.comesAfter ?? []),
      ...(found.get(key) ?? []),
    ];
    return before.some((next) => dependsOn(next, wanted, seen));
  };
  for (const { key } of nodes)
    for (const source of readBesideChecked(workspace, key)) {
      if (!present.has(source) || dependsOn(source, key)) continue;
      found.set(key, [...(found.get(key) ?? []), source]);
    }
  return found;
}
