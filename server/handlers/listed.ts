import type { Workspace } from "../../cells/graph/workspace.ts";
import type { AssetKey } from "../../cells/model/asset-key.ts";
import { nothingSelected } from "../../cells/model/unknown-key.ts";
import { namedKeys } from "../../cells/select/named-keys.ts";
import { parseSelection } from "../../cells/select/parse.ts";
import type { Planner } from "../planning/planner.ts";

/**
 * The assets of which something is listed. A selection may well take none; throws `usage` where it names one that there is not, as
 * no line about it would say that all is well.
 */
export async function listed(
  planner: Planner,
  workspace: Workspace,
  select: string,
  now?: number,
  branch?: string,
): Promise<readonly AssetKey[]> {
  const keys = await planner.select(workspace, select, now, branch);
  if (select.trim() === "") return keys;
  const names = new Set(Array.from(workspace.assets.values(), ({ name }) => name));
  for (const named of namedKeys(parseSelection(select))) {
    const isThere = named.includes("/") ? workspace.assets.has(named as AssetKey) : names.has(named);
    if (!isThere) throw nothingSelected(named, named.includes("/") ? workspace.assets.keys() : names);
  }
  return keys;
}
