import { AppError } from "../errors.ts";
import type { AssetNode, Workspace } from "../graph/workspace.ts";
import { mappedName, type OpenPartitions } from "../partition/open-partitions.ts";
import { parsePartitions } from "../partition/parse.ts";
import { toSpace, type PartitionSpace } from "../partition/space.ts";

/** Gives the partitions of an asset at one instant. */
export type SpaceOf = (node: AssetNode) => PartitionSpace;

/**
 * The partitions of a workspace's assets at `at` (milliseconds since 1970), with what they leave open; each space is made once. The
 * function throws `attribute_invalid` for a definition that has no partitions to speak of.
 */
export function spacesOf(
  workspace: Workspace,
  { at, dynamic, answers }: OpenPartitions & { readonly at: number },
): SpaceOf {
  const known = new Map<string, PartitionSpace>();
  let whole: PartitionSpace | null = null;
  return (node) => {
    if (node.options.partitions === null) return (whole ??= toSpace(null, { at, timezone: "UTC" }));
    const timezone = workspace.notebooks.get(node.notebook)?.options.timezone ?? "UTC";
    const text = node.options.partitions;
    const mapped = answers?.get(mappedName(node.notebook, text));
    const name = JSON.stringify(mapped === undefined ? [text, timezone] : [text, timezone, node.notebook]);
    let space = known.get(name);
    if (space === undefined) {
      space = toSpace(parsePartitions(text), {
        ...{ at, timezone },
        ...(dynamic === undefined ? {} : { dynamic }),
        ...(mapped === undefined ? {} : { answers: mapped }),
      });
      known.set(name, space);
    }
    return space;
  };
}

/** What is wrong with the definition of an asset's partitions, or null. */
export function problemOfPartitions(node: AssetNode, spaceOf: SpaceOf): string | null {
  try {
    spaceOf(node);
    return null;
  } catch (error) {
    if (error instanceof AppError) return error.message;
    throw error;
  }
}
