import type { RunReport, RunSummary } from "../../cells/api/schema.ts";
import { AppError } from "../../cells/errors.ts";
import type { Run } from "../../cells/model/run.ts";
import type { OpenWorkspace } from "../open-workspace.ts";
import { outcomesOfSteps } from "./check-outcomes.ts";
import { queuedRun } from "../queue/queue.ts";
import type { RunRequest } from "../planning/planner.ts";

/** Plans a run, stores it and sends it to the queue; with `key`, one that was made with it before stands. */
export async function startRun(workspace: OpenWorkspace, request: RunRequest, key?: string): Promise<RunReport> {
  const { planner, store, queue } = workspace;
  const run = await planner.newRun(request);
  const id = await store.createRun(run, key);
  if (id === run.run.id) await queue.send(queuedRun(run.run));
  return runReport(workspace, id);
}

/** The run with an id. Throws `not_found`. */
export async function existingRun({ store }: Pick<OpenWorkspace, "store">, id: string): Promise<Run> {
  const run = await store.run(id);
  if (run === null)
    throw new AppError("not_found", `no run has the id ${id}; cellar runs shows those there are`, {
      data: { run: id },
    });
  return run;
}

/** A run with its steps, and what it and they wait for. */
export async function runReport(workspace: OpenWorkspace, id: string): Promise<RunReport> {
  const run = await existingRun(workspace, id);
  const { store } = workspace;
  const [steps, results] = await Promise.all([store.steps(id), store.checkResults({ by: "run", run: id })]);
  const checks = outcomesOfSteps(id, steps, results);
  return {
    ...(await runSummary(workspace, run)),
    steps: steps.map((step) => ({
      key: step.asset,
      partition: step.partition === "" ? null : step.partition,
      state: step.state,
      attempt: step.attempt,
      reason: step.reason,
      waitsFor: step.state === "waiting" ? workspace.poolSlots.whyWaiting(id, step.asset, step.partition) : null,
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

/** A run as lists have it. */
export async function runSummary(
  { queue, poolSlots }: Pick<OpenWorkspace, "queue" | "poolSlots">,
  run: Run,
): Promise<RunSummary> {
  const { id, state, trigger, selection, partition, tags, priority, createdAt, startedAt, endedAt, error } = run;
  const waitsFor =
    state === "queued" ? await queue.whyWaiting(id) : state === "running" ? poolSlots.waitingOf(id) : null;
  return {
    run: id,
    ...{ state, trigger, selection, partition, priority, waitsFor, createdAt, startedAt, endedAt, error },
    tags: { ...tags },
  };
}
