import type { Workspace } from "../../cells/graph/workspace.ts";
import { AssetKey } from "../../cells/model/asset-key.ts";
import { memoKeyOf } from "../../cells/staleness/version.ts";
import type { HydrationFact, HydrationFacts } from "./hydration.ts";

/**
 * The facts of a notebook's assets that are fresh: the memo key is that of the code as it now is, over the fresh facts of what it
 * reads in the notebook, and over assets of other notebooks and files as the server has them. Only assets without partitions, whose
 * result has not expired at `now`.
 */
export function freshFacts(
  workspace: Workspace,
  notebook: string,
  { facts, fileVersions }: HydrationFacts,
  now: number,
): ReadonlyMap<AssetKey, HydrationFact> {
  const latest = new Map(facts.flatMap((fact) => (fact.partition === "" ? [[fact.asset, fact] as const] : [])));
  const fresh = new Map<AssetKey, HydrationFact>();
  const own = notebook.replace(/\.html$/, "");
  for (const key of workspace.order) {
    const node = workspace.assets.get(key);
    const fact = latest.get(key);
    if (node?.notebook !== notebook || fact === undefined) continue;
    // by far the most facts that are not fresh have other code: their keys need not be made
    if (fact.codeVersion !== node.effectiveCodeVersion || (fact.expiresAt !== null && fact.expiresAt <= now)) continue;
    const memo = memoKeyOf(
      workspace,
      node,
      (source) => {
        if (source.type === "file") return fileVersions[source.file] ?? "";
        const read = AssetKey.notebook(source.key) === own ? fresh : latest;
        return read.get(source.key)?.dataVersion ?? null;
      },
      { partition: "", params: {}, engine: fact.engine },
    );
    if (memo === fact.memoKey) fresh.set(key, fact);
  }
  return fresh;
}
