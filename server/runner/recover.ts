import { AppError, encodeError } from "../../cells/errors.ts";
import type { Run, StepState } from "../../cells/model/run.ts";
import type { Clock } from "../clock.ts";
import type { Lease, Store } from "../store/store.ts";
import { cancelSteps } from "./cancel-run.ts";

/** a run that the server died over this often, without a step that ended in between, is not taken up again */
const usualDeaths = 3;
const leaseMs = 5_000;

/**
 * Puts back into the queue what a server that died or stopped had begun: only this process has the workspace now, so no such run is
 * owned. What its steps committed stays; a step that was under way begins again. A run that was being cancelled is cancelled, and
 * one that was under way at `mostDeaths` deaths of the server in a row, with nothing done in between, fails: it may be their cause.
 */
export async function recoverRuns(store: Store, clock: Clock, mostDeaths = usualDeaths): Promise<readonly string[]> {
  const now = clock.now();
  for (const lease of await store.leases(now)) await store.release(lease);
  const found: string[] = [];
  for (const run of await store.runs({ limit: 10_000, states: ["starting", "running", "cancelling", "interrupted"] })) {
    const deaths = run.state === "starting" || run.state === "running" ? 1 + (await deathsOf(store, run)) : 0;
    if (run.state === "cancelling" || deaths >= mostDeaths) {
      const lease = await store.lease(run.id, "recovery", leaseMs, now);
      if (lease === null) continue;
      if (run.state === "cancelling") await cancel(store, lease, now);
      else await fail(store, lease, deaths, now);
      await store.release(lease);
      continue;
    }
    // a run that is interrupted already: its server stopped, or this was cut short the last time
    if (run.state !== "interrupted")
      await store.changeRun(run.id, "interrupted", {
        at: now,
        error: encodeError(new AppError("runner_died", "the server died while this run was under way; it goes on")),
      });
    await store.changeRun(run.id, "queued", { at: now });
    found.push(run.id);
  }
  return found;
}

async function cancel(store: Store, lease: Lease, at: number): Promise<void> {
  await cancelSteps(store, lease, at, "the run was cancelled");
  await store.changeRun(lease.run, "cancelled", { at, fence: lease.fence });
}

/** Ends a run that is not tried again: what was under way failed, what had not begun is cancelled. */
async function fail(store: Store, lease: Lease, deaths: number, at: number): Promise<void> {
  const { run, fence } = lease;
  const suspects = (await store.steps(run)).filter(({ state }) => state === "running" || state === "committing");
  const names = suspects.map(({ asset }) => asset).join(", ");
  const error = encodeError(
    new AppError(
      "runner_died",
      `the server died ${deaths} times while this run ${names === "" ? "began" : `computed ${names}`}, so it is not tried again; look at the server's log and its memory, then start the run again`,
    ),
  );
  for (const { asset, partition } of suspects)
    await store.changeStep({ run, asset, partition }, "failed", {
      at,
      fence,
      error: { ...error, cell: null, line: null, column: null },
    });
  await cancelSteps(store, lease, at, "the run was ended");
  await store.changeRun(run, "failed", { at, fence, error });
}

/** How often the server died over a run since a step of it ended. A server that was stopped is none. */
async function deathsOf(store: Store, run: Run): Promise<number> {
  let deaths = 0;
  let after = 0;
  for (;;) {
    const page = await store.eventsAfter(after, eventsAtOnce, run.id);
    for (const { seq, event } of page) {
      if (event.type === "run_changed" && event.state === "interrupted" && event.error?.code === "runner_died")
        deaths++;
      if (event.type === "step_changed" && endedStates.has(event.state)) deaths = 0;
      after = seq;
    }
    if (page.length < eventsAtOnce) return deaths;
  }
}

const eventsAtOnce = 10_000;
const endedStates: ReadonlySet<StepState> = new Set(["succeeded", "reused", "failed", "blocked"]);
