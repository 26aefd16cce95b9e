import { AppError } from "../../cells/errors.ts";
import type { AssetNode } from "../../cells/graph/workspace.ts";
import { dynamicNames } from "../../cells/partition/dynamic-names.ts";
import { parsePartitions } from "../../cells/partition/parse.ts";

/** The names of dynamic partitions that an asset has; none where its definition cannot be read. */
export function dynamicNamesOf({ options }: Pick<AssetNode, "options">): readonly string[] {
  try {
    return options.partitions === null ? [] : dynamicNames(parsePartitions(options.partitions));
  } catch (error) {
    // a definition that cannot be read is told as a problem of its notebook
    if (error instanceof AppError) return [];
    throw error;
  }
}
