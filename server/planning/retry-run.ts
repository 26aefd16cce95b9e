import { keysSelection } from "../../cells/select/named.ts";
import { AppError } from "../../cells/errors.ts";
import type { Workspace } from "../../cells/graph/workspace.ts";
import type { AssetKey } from "../../cells/model/asset-key.ts";
import type { Run, Step } from "../../cells/model/run.ts";
import type { RunRequest } from "./planner.ts";

/** What a run is done again for. */
export type RetryMode =
  /** what it was asked for; what succeeded is reused where nothing changed */
  | { readonly type: "again" }
  /** what it was asked for, everything computed anew */
  | { readonly type: "all" }
  /** the steps that did not succeed: failed, blocked, cancelled, not begun */
  | { readonly type: "failure" }
  /** an asset of it and what depends on that, computed anew */
  | { readonly type: "from"; readonly key: string };

const done: ReadonlySet<Step["state"]> = new Set(["succeeded", "reused", "skipped"]);

/**
 * A request for a run that has ended, with its parameters, tags, priority and rules, and the code that is published now, since a
 * mistake in the code is what most retries follow. Throws `run_conflict` where nothing is left to do, `usage` for an asset that
 * the run has no step of.
 */
export function retryRequest(run: Run, steps: readonly Step[], workspace: Workspace, mode: RetryMode): RunRequest {
  const chosen = stepsOf(run, steps, workspace, mode);
  const byAsset = Map.groupBy(chosen, ({ asset }) => asset);
  const isWhole = mode.type === "again" || mode.type === "all";
  const sliced = Array.from(byAsset, ([asset, own]) => [asset, own.map(({ partition }) => partition)] as const).filter(
    ([, slices]) => slices.some((slice) => slice !== ""),
  );
  return {
    select: isWhole ? run.selection : keysSelection(byAsset.keys()),
    partition: run.partition,
    ...(sliced.length === 0 ? {} : { slices: new Map(sliced) }),
    params: { ...run.params },
    force: mode.type === "all" || mode.type === "from" || (run.force && isWhole),
    draft: false,
    ...(run.environment === undefined ? {} : { branch: run.environment }),
    ...(run.checksOnly === true ? { checksOnly: true } : {}),
    trigger: { type: "retry", of: run.id },
    tags: run.tags,
    priority: run.priority,
    rules: run.rules,
  };
}

function stepsOf(run: Run, steps: readonly Step[], workspace: Workspace, mode: RetryMode): readonly Step[] {
  if (mode.type === "failure") {
    const failed = steps.filter(({ state }) => !done.has(state));
    if (failed.length > 0) return failed;
    throw new AppError("run_conflict", `nothing failed in run ${run.id}; start it again without --from-failure`, {
      data: { run: run.id },
    });
  }
  if (mode.type !== "from") return steps;
  const keys = downstreamOf(mode.key, steps, workspace);
  if (keys === null)
    throw new AppError("usage", `run ${run.id} has no step of ${mode.key}; cellar logs ${run.id} shows those it has`, {
      data: { run: run.id, asset: mode.key },
    });
  return steps.filter(({ asset }) => keys.has(asset));
}

/** An asset of the steps and those that read it, also through others; null where it is not among them. */
function downstreamOf(key: string, steps: readonly Step[], workspace: Workspace): ReadonlySet<AssetKey> | null {
  const first = steps.find(({ asset }) => asset === key)?.asset;
  if (first === undefined) return null;
  const found = new Set([first]);
  const among = new Set(steps.map(({ asset }) => asset));
  for (const own of workspace.order) {
    const sources = workspace.assets.get(own)?.sources ?? [];
    if (among.has(own) && sources.some((source) => source.type === "asset" && found.has(source.key))) found.add(own);
  }
  return found;
}
