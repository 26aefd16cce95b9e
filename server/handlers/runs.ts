import { AppError } from "../../cells/errors.ts";
import type { CheckOutcome, PlanReport, RunReport, RunSummary } from "../../cells/api/schema.ts";
import { isTerminal, type Run, type Step } from "../../cells/model/run.ts";
import { nextTick } from "../../cells/schedule/cron.ts";
import type { Handlers } from "../http/define-routes.ts";
import type { OpenWorkspace } from "../open-workspace.ts";
import { queuedRun } from "../queue/queue.ts";
import type { RunRequest } from "../runner/plan-run.ts";
import { cancelRun } from "../runner/cancel-run.ts";
import { schedulesOf } from "../scheduler/scheduler.ts";
import { outcomesOfSteps } from "./check-outcomes.ts";
import { timeOf } from "./time.ts";

type Names = "plan" | "runs" | "startRun" | "run" | "runEvents" | "cancelRun" | "retryRun" | "schedules";

/** Plans and runs: asking, starting, watching, cancelling, doing again. */
export function runHandlers(workspace: OpenWorkspace): Pick<Handlers, Names> {
  const { planner, store, clock } = workspace;
  const report = (id: string): Promise<RunReport> => reportOfRun(workspace, id);
  const start = (request: RunRequest, key?: string) => startRun(workspace, request, key);
  return {
    async plan({ select, partition, force, at }) {
      const { plan } = await planner.plan(
        { select: select ?? "", partition: partition ?? null, force: isSet(force), draft: false, params: {} },
        at === undefined ? clock.now() : timeOf(at),
      );
      return planReport(plan.steps);
    },
    async runs({ limit, before, beforeId }) {
      const runs = await store.runs({
        limit: Math.min(Number(limit ?? 50), 1000),
        ...(before === undefined ? {} : { before: Number(before) }),
        ...(beforeId === undefined ? {} : { beforeId }),
      });
      return { runs: runs.map(summaryOf) };
    },
    async startRun({ select, partition, params, force, draft, key }) {
      return start(
        {
          select: select ?? "",
          partition: partition ?? null,
          params: params ?? {},
          force: isSet(force),
          draft: isSet(draft),
          trigger: { type: "manual" },
        },
        key,
      );
    },
    run: ({ id }) => report(id),
    async runEvents({ id, after }) {
      await existing(workspace, id);
      return { events: [...(await store.eventsAfter(Number(after ?? 0), 10_000, id))] };
    },
    async cancelRun({ id }) {
      await cancelRun(id, workspace);
      return { ok: true };
    },
    async retryRun({ id, fromFailure }) {
      const run = await existing(workspace, id);
      if (!isTerminal(run.state))
        throw new AppError("run_conflict", `run ${id} is still ${run.state}; wait for it or cancel it first`, {
          data: { run: id },
        });
      const steps = await store.steps(id);
      const failed = steps.filter(({ state }) => state === "failed" || state === "blocked" || state === "cancelled");
      if (isSet(fromFailure) && failed.length === 0)
        throw new AppError("run_conflict", `nothing failed in run ${id}; start it again without --from-failure`, {
          data: { run: id },
        });
      const again = isSet(fromFailure) ? Map.groupBy(failed, ({ asset }) => asset) : null;
      const slices =
        again === null
          ? {}
          : { slices: new Map(Array.from(again, ([asset, own]) => [asset, own.map(({ partition }) => partition)])) };
      return start({
        select: again === null ? run.selection : Array.from(again.keys(), (asset) => `key:"${asset}"`).join(" or "),
        partition: run.partition,
        ...slices,
        params: { ...run.params },
        force: run.force && !isSet(fromFailure),
        ...(run.checksOnly === true ? { checksOnly: true } : {}),
        draft: false,
        ...(run.environment === undefined ? {} : { branch: run.environment }),
        trigger: { type: "retry", of: id },
      });
    },
    async schedules() {
      const published = schedulesOf(await store.published());
      return {
        schedules: await Promise.all(
          published.map(async ({ id, path, options }) => ({
            notebook: path,
            crons: [...options.schedule],
            timezone: options.timezone,
            catchup: options.catchup.type === "count" ? String(options.catchup.count) : options.catchup.type,
            nextTick: nextTick(options.schedule, options.timezone, clock.now()),
            ticks: (await store.ticks(id, 50)).map((tick) => ({ ...tick })),
          })),
        ),
      };
    },
  };
}

/** Plans a run, keeps it, and sends it to the queue. With `key`, a second call starts nothing and reports the first one's run. */
export async function startRun(workspace: OpenWorkspace, request: RunRequest, key?: string): Promise<RunReport> {
  const { planner, store, queue } = workspace;
  const run = await planner.newRun(request);
  const id = await store.createRun(run, key);
  if (id === run.run.id) await queue.send(queuedRun(run.run));
  return reportOfRun(workspace, id);
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

/** A run as `cellar run` prints it. Throws `not_found`. */
export async function reportOfRun(workspace: Pick<OpenWorkspace, "store">, id: string): Promise<RunReport> {
  const { store } = workspace;
  const run = await existing(workspace, id);
  const [steps, results] = await Promise.all([store.steps(id), store.checkResults({ by: "run", run: id })]);
  return reportOf(run, steps, outcomesOfSteps(id, steps, results));
}

function reportOf(run: Run, steps: readonly Step[], checks: ReadonlyMap<Step, CheckOutcome[]>): RunReport {
  return {
    ...summaryOf(run),
    steps: steps.map((step) => ({
      key: step.asset,
      partition: step.partition === "" ? null : step.partition,
      state: step.state,
      attempt: step.attempt,
      reason: step.reason,
      rows: step.rows,
      bytes: step.bytes,
      ms: step.ms,
      dataVersion: step.dataVersion,
      checks: checks.get(step) ?? [],
      error: step.error,
      startedAt: step.startedAt,
      endedAt: step.endedAt,
    })),
  };
}

function summaryOf(run: Run): RunSummary {
  const { id, state, trigger, selection, createdAt, startedAt, endedAt, error } = run;
  return { run: id, state, trigger, selection, createdAt, startedAt, endedAt, error };
}

async function existing({ store }: Pick<OpenWorkspace, "store">, id: string): Promise<Run> {
  const run = await store.run(id);
  if (run === null)
    throw new AppError("not_found", `no run has the id ${id}; cellar runs shows those there are`, {
      data: { run: id },
    });
  return run;
}

export function isSet(flag: boolean | "true" | "false" | undefined): boolean {
  return flag === true || flag === "true";
}
