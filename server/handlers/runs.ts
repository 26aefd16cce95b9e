import { AppError } from "../../cells/errors.ts";
import type { PlanReport } from "../../cells/api/schema.ts";
import { AssetKey } from "../../cells/model/asset-key.ts";
import { isRunState, isTerminal, type RunState, runStates } from "../../cells/model/run.ts";
import type { Handlers } from "../http/define-routes.ts";
import type { OpenWorkspace } from "../open-workspace.ts";
import { cancelRun } from "../runner/cancel-run.ts";
import { type RetryMode, retryRequest } from "../planning/retry-run.ts";
import { known } from "./assets.ts";
import { existingRun, runReport, runSummary, startRun } from "./start-run.ts";
import { timeOf } from "./time.ts";

type Names = "plan" | "runs" | "startRun" | "run" | "runEvents" | "cancelRun" | "retryRun";

/** Plans and runs: asking, starting, watching, cancelling, doing again. */
export function runHandlers(workspace: OpenWorkspace): Pick<Handlers, Names> {
  const { planner, store, clock } = workspace;
  return {
    async plan({ select, partition, force, at }) {
      const { plan } = await planner.plan(
        { select: select ?? "", partition: partition ?? null, force: isSet(force), draft: false, params: {} },
        at === undefined ? clock.now() : timeOf(at),
      );
      return planReport(plan.steps);
    },
    async runs({ limit, before, beforeId, states, tags, asset }) {
      const key = asset === undefined ? undefined : AssetKey.parse(asset);
      const runs = await store.runs({
        limit: Math.min(Number(limit ?? 50), 1000),
        ...(before === undefined ? {} : { before: Number(before) }),
        ...(beforeId === undefined ? {} : { beforeId }),
        ...(states === undefined ? {} : { states: statesOf(states) }),
        ...(tags === undefined ? {} : { tags: tagsOf(tags) }),
        ...(key === undefined ? {} : { asset: key }),
      });
      // one that is gone may have runs
      if (runs.length === 0 && key !== undefined) await known(workspace, key);
      return { runs: await Promise.all(runs.map((run) => runSummary(workspace, run))) };
    },
    async startRun({ select, partition, params, force, draft, key, tags, priority }) {
      return startRun(
        workspace,
        {
          select: select ?? "",
          partition: partition ?? null,
          params: params ?? {},
          force: isSet(force),
          draft: isSet(draft),
          trigger: { type: "manual" },
          tags: tags ?? {},
          priority: priority ?? 0,
        },
        key,
      );
    },
    run: ({ id }) => runReport(workspace, id),
    async runEvents({ id, after }) {
      await existingRun(workspace, id);
      return { events: [...(await store.eventsAfter(Number(after ?? 0), 10_000, id))] };
    },
    async cancelRun({ id }) {
      await cancelRun(id, workspace);
      return { ok: true };
    },
    async retryRun({ id, fromFailure, from, all }) {
      const mode = modeOf(isSet(fromFailure), from, isSet(all));
      const run = await existingRun(workspace, id);
      if (!isTerminal(run.state))
        throw new AppError("run_conflict", `run ${id} is still ${run.state}; wait for it or cancel it first`, {
          data: { run: id },
        });
      const { workspace: graph } = await planner.effective(false, run.environment);
      return startRun(workspace, retryRequest(run, await store.steps(id), graph, mode));
    },
  };
}

/** A plan as `cellar plan` prints it. */
function planReport(
  steps: readonly {
    key: string;
    partition: string;
    action: "run" | "reuse" | "skip";
    reason: string;
    estimateMs: number | null;
  }[],
): PlanReport {
  return {
    steps: steps.map(({ key, partition, action, reason, estimateMs }) => ({
      key,
      partition: partition === "" ? null : partition,
      action,
      reason,
      estimateMs,
    })),
  };
}

/** `k=v&k`, each part percent-encoded: tags with their value, null where any will do. */
function tagsOf(text: string): readonly (readonly [string, string | null])[] {
  return text
    .split("&")
    .filter((part) => part !== "")
    .map((part) => {
      const [name = "", ...value] = part.split("=").map(decode);
      if (name === "")
        throw new AppError("usage", `not a tag: ${JSON.stringify(decode(part))}; write name=value, or a name alone`);
      return [name, value.length === 0 ? null : value.join("=")] as const;
    });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AppError("usage", `not percent-encoded: ${JSON.stringify(text)}; write tags as team=sales&tier=1`);
  }
}

function statesOf(text: string): readonly RunState[] {
  return text.split(",").map((word) => {
    if (isRunState(word)) return word;
    throw new AppError("usage", `no state of a run: ${JSON.stringify(word)}; there are ${runStates.join(", ")}`);
  });
}

function modeOf(fromFailure: boolean, from: string | undefined, all: boolean): RetryMode {
  const chosen: readonly RetryMode[] = [
    ...(fromFailure ? [{ type: "failure" } as const] : []),
    ...(from === undefined ? [] : [{ type: "from", key: from } as const]),
    ...(all ? [{ type: "all" } as const] : []),
  ];
  if (chosen.length > 1)
    throw new AppError("usage", "from failure, from an asset, and all go one at a time; leave all but one out");
  return chosen[0] ?? { type: "again" };
}

export function isSet(flag: boolean | "true" | "false" | undefined): boolean {
  return flag === true || flag === "true";
}
