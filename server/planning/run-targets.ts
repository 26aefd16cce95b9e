import type { Workspace } from "../../cells/graph/workspace.ts";
import type { AssetKey } from "../../cells/model/asset-key.ts";
import { rebase, subsetOf } from "../../cells/partition/subset.ts";
import type { SpaceOf } from "../../cells/plan/spaces.ts";
import type { Targets } from "../../cells/plan/targets.ts";

/** The same partitions in the spaces of another instant. */
export function rebased(targets: Targets, workspace: Workspace, spaceOf: SpaceOf): Targets {
  return new Map(
    Array.from(targets).flatMap(([key, subset]) => {
      const node = workspace.assets.get(key);
      return node === undefined ? [] : [[key, rebase(subset, spaceOf(node))] as const];
    }),
  );
}

/** Slices by key as sets. Throws `usage` for one that its asset does not have. */
export function targetsOfSlices(
  workspace: Workspace,
  spaceOf: SpaceOf,
  slices: ReadonlyMap<AssetKey, readonly string[]>,
): Targets {
  return new Map(
    Array.from(slices).flatMap(([key, keys]) => {
      const node = workspace.assets.get(key);
      return node === undefined || node.options.partitions === null
        ? []
        : [[key, subsetOf(spaceOf(node), keys)] as const];
    }),
  );
}
