import { AppError } from "../../cells/errors.ts";
import type { AssetKey } from "../../cells/model/asset-key.ts";
import { problemOfKey } from "../../cells/partition/space.ts";
import type { OpenWorkspace } from "../open-workspace.ts";

/** Throws `usage` for a partition that an asset does not have: of one that it has, nothing may have been made yet. */
export async function hasPartition(
  { planner, partitions, clock }: Pick<OpenWorkspace, "planner" | "partitions" | "clock">,
  asset: AssetKey,
  partition: string,
  branch?: string,
): Promise<void> {
  const { workspace } = await planner.effective(false, branch);
  const node = workspace.assets.get(asset);
  if (node === undefined) return;
  if (node.options.partitions === null) {
    if (partition === "") return;
    throw new AppError(
      "usage",
      `${asset} has no partitions, so there is no partition ${JSON.stringify(partition)}; leave --partition out`,
      { data: { asset, partition } },
    );
  }
  const space = (await partitions.spaces(workspace, clock.now(), branch))(node);
  const problem = problemOfKey(space, partition);
  if (problem !== null)
    throw new AppError("usage", `${problem} (${asset}); cellar partitions ${asset} lists them`, {
      data: { asset, partition },
    });
}
