import type { Workspace } from "../graph/workspace.ts";
import type { AssetKey } from "../model/asset-key.ts";
import type { BackfillBatch } from "../partition/backfill-levels.ts";
import { backfillSteps } from "../partition/backfill.ts";
import { said, type Mappings } from "../staleness/mapped.ts";
import type { SpaceOf } from "./spaces.ts";
import type { Targets } from "./targets.ts";

/** All of the targets, in an order in which whatever a partition reads comes before it; members of cycles last. */
export function* batchesOf(
  workspace: Workspace,
  targets: Targets,
  spaceOf: SpaceOf,
  mappings: Mappings,
): Generator<BackfillBatch, void> {
  const order = inOrder(workspace, new Set(targets.keys()));
  const isOrdered = new Set(workspace.order);
  const nodes = order.flatMap((key) => workspace.assets.get(key) ?? []);
  // without partitions the order of the assets is all there is to find
  const isPlain = nodes.every(({ options }) => options.partitions === null);
  const assets = (isPlain ? [] : nodes)
    .filter(({ key }) => isOrdered.has(key))
    .map((node) => ({
      key: node.key,
      space: spaceOf(node),
      inputs: node.sources.flatMap((source) =>
        source.type === "asset" && targets.has(source.key)
          ? [{ key: source.key, mapping: mappings.edge(node, source.key) === null ? null : said(node, source) }]
          : [],
      ),
    }));
  yield* backfillSteps(assets, targets);
  for (const { key } of nodes) {
    const subset = targets.get(key);
    if ((isPlain || !isOrdered.has(key)) && subset !== undefined) yield { asset: key, subset };
  }
}

/** Assets each after what it reads; members of cycles last, where their step says that it cannot run. */
export function inOrder(workspace: Workspace, some: ReadonlySet<AssetKey>): readonly AssetKey[] {
  const ordered = new Set(workspace.order);
  const rest = [...workspace.assets.keys()].filter((key) => !ordered.has(key));
  return [...workspace.order, ...rest].filter((key) => some.has(key));
}
