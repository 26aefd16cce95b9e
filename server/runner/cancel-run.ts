import { AppError } from "../../cells/errors.ts";
import { isTerminal } from "../../cells/model/run.ts";
import type { Clock } from "../clock.ts";
import type { Queue } from "../queue/queue.ts";
import type { Lease, Store } from "../store/store.ts";

/**
 * Ends a run that waits at once, and one that runs by its signal: the executor then ends its steps. Resolves once the wish is
 * durable: a server that dies meanwhile does not take the run up again. Throws `run_conflict`.
 */
export async function cancelRun(
  id: string,
  parts: { readonly store: Store; readonly queue: Queue; readonly clock: Clock },
): Promise<void> {
  const { store, queue, clock } = parts;
  const found = await store.run(id);
  if (found === null)
    throw new AppError("not_found", `no run has the id ${id}; cellar runs shows those there are`, {
      data: { run: id },
    });
  if (isTerminal(found.state))
    throw new AppError("run_conflict", `run ${id} has already ended: ${found.state}`, { data: { run: id } });
  await queue.cancel(id);
  if (found.state === "queued") {
    const lease = await store.lease(id, "cancel", 5000, clock.now());
    if (lease !== null) {
      await cancelSteps(store, lease, clock.now(), "the run was cancelled");
      await store.changeRun(id, "cancelled", { at: clock.now(), fence: lease.fence });
      await store.release(lease);
      return;
    }
  }
  // a worker has it: the signal ends its work, and this is kept whether or not it gets so far
  for (;;) {
    const next = Promise.withResolvers<void>();
    const unsubscribe = store.onEvents(() => next.resolve());
    try {
      const state = (await store.run(id))?.state ?? "cancelled";
      if (state === "cancelling" || state === "cancelled") return;
      if (isTerminal(state))
        throw new AppError("run_conflict", `run ${id} ended before it could be cancelled: ${state}`, {
          data: { run: id },
        });
      if (state === "queued") await next.promise;
      else await store.changeRun(id, "cancelling", { at: clock.now() });
    } catch (error) {
      // it went on meanwhile: look again
      if (!(error instanceof AppError && error.code === "run_conflict" && error.data["to"] === "cancelling"))
        throw error;
    } finally {
      unsubscribe();
    }
  }
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
