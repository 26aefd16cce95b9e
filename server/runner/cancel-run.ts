import { AppError } from "../../cells/errors.ts";
import { isTerminal } from "../../cells/model/run.ts";
import type { Clock } from "../clock.ts";
import type { Queue } from "../queue/queue.ts";
import type { Lease, Store } from "../store/store.ts";

/** Ends a run that waits at once, and one that runs by its signal: the executor then ends its steps. Throws `run_conflict`. */
export async function cancelRun(
  id: string,
  parts: { readonly store: Store; readonly queue: Queue; readonly clock: Clock },
): Promise<void> {
  const { store, queue, clock } = parts;
  await queue.cancel(id);
  const run = await store.run(id);
  if (run === null)
    throw new AppError("not_found", `no run has the id ${id}; cellar runs shows those there are`, {
      data: { run: id },
    });
  if (isTerminal(run.state))
    throw new AppError("run_conflict", `run ${id} has already ended: ${run.state}`, { data: { run: id } });
  if (run.state !== "queued") return;
  const lease = await store.lease(id, "cancel", 5000, clock.now());
  // a worker took it a moment ago: the signal above ends it
  if (lease === null) return;
  await cancelSteps(store, lease, clock.now(), "the run was cancelled");
  await store.changeRun(id, "cancelled", { at: clock.now(), fence: lease.fence });
  await store.release(lease);
}

/** Ends every step of a run that has not ended. */
export async function cancelSteps(store: Store, lease: Lease, at: number, reason: string): Promise<void> {
  for (const step of await store.steps(lease.run)) {
    if (step.state !== "waiting" && step.state !== "running" && step.state !== "committing") continue;
    const key = { run: lease.run, asset: step.asset, partition: step.partition };
    if (step.state === "committing") await store.changeStep(key, "waiting", { at, fence: lease.fence });
    await store.changeStep(key, "cancelled", { at, fence: lease.fence, reason });
  }
}
