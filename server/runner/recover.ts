import type { Clock } from "../clock.ts";
import type { Store } from "../store/store.ts";
import { cancelSteps } from "./cancel-run.ts";

/**
 * Puts back into the queue what a server that died or stopped had begun: only this process has the workspace now, so no such run is
 * owned. What its steps committed stays; a step that was under way begins again. A run that was being cancelled is cancelled.
 */
export async function recoverRuns(store: Store, clock: Clock): Promise<readonly string[]> {
  const now = clock.now();
  for (const lease of await store.leases(now)) await store.release(lease);
  const found: string[] = [];
  for (const run of await store.runs({ limit: 10_000, states: ["starting", "running", "cancelling", "interrupted"] })) {
    if (run.state === "cancelling") {
      const lease = await store.lease(run.id, "recovery", 5000, now);
      if (lease === null) continue;
      await cancelSteps(store, lease, now, "the run was cancelled");
      await store.changeRun(run.id, "cancelled", { at: now, fence: lease.fence });
      await store.release(lease);
      continue;
    }
    // a run that is interrupted already: this was cut short the last time
    if (run.state !== "interrupted") await store.changeRun(run.id, "interrupted", { at: now });
    await store.changeRun(run.id, "queued", { at: now });
    found.push(run.id);
  }
  return found;
}
