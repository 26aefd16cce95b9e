import type { AutomationEvent, AutomationFact } from "../../cells/automation/events.ts";
import { AssetKey } from "../../cells/model/asset-key.ts";
import { isBackfillEnded } from "../../cells/model/backfill.ts";
import type { SubsetJson } from "../../cells/partition/subset-json.ts";
import { jobTargetOf } from "../jobs/job-request.ts";
import type { Store, StoredEvent } from "../store/store.ts";

/**
 * What of the log automation minds, in its order. Runs begin with the event that created them; what a step made and what it found
 * again are updates alike, with new data where the data version is another than the one before.
 */
export async function toAutomationEvents(
  store: Pick<Store, "runTargets" | "stepUpdates" | "run" | "backfill" | "promotions" | "materializations">,
  events: readonly StoredEvent[],
): Promise<readonly AutomationEvent[]> {
  const begun = events.flatMap(({ event }) =>
    event.type === "run_changed" && event.state === "queued" ? [event.run] : [],
  );
  const updated = events.flatMap(({ event }) =>
    event.type === "step_changed" && (event.state === "succeeded" || event.state === "reused") ? [event] : [],
  );
  const runs = begun.length === 0 ? new Map<string, never>() : await store.runTargets(begun);
  const found = updated.length === 0 ? [] : await store.stepUpdates(updated);
  const updates = new Map(updated.map((event, i) => [event, found[i] ?? null]));
  const failed = new Set(
    events.flatMap(({ event }) => (event.type === "step_changed" && event.state === "failed" ? event.run : [])),
  );
  // what happens in a branch is nothing that readers of what is published see
  const inBranches = new Set<string>();
  for (const run of failed) if ((await store.run(run))?.environment !== undefined) inBranches.add(run);
  const backfills = new Map<string, Readonly<Record<string, SubsetJson>>>();
  for (const { event } of events)
    if (event.type === "backfill_changed" && event.state === "requested")
      backfills.set(event.backfill, await targetsOf(store, event.backfill));
  const promoted = new Map<StoredEvent, readonly AutomationFact[]>();
  for (const event of events) {
    const facts = await factsOfPromotion(store, event);
    if (facts.length > 0) promoted.set(event, facts);
  }
  const factOf = ({ event }: StoredEvent): AutomationFact | null => {
    if (event.type === "run_changed") {
      const { run, state } = event;
      if (state === "queued") {
        const known = runs.get(run);
        return known === undefined
          ? null
          : {
              type: "run_started",
              run,
              targets: { ...known.targets, ...jobTargetOf(known.tags) },
              tags: known.tags,
            };
      }
      return state === "succeeded" || state === "failed" || state === "cancelled"
        ? { type: "run_ended", run, state }
        : null;
    }
    if (event.type === "checked") {
      const { run, partition, status } = event;
      const key = `check:${AssetKey.of(AssetKey.notebook(event.asset), event.check)}`;
      return { type: "checked", key, partitions: [partition], passed: status === "passed", run };
    }
    if (event.type === "backfill_changed") {
      const { backfill, state } = event;
      const targets = backfills.get(backfill);
      if (targets !== undefined) return { type: "backfill_started", backfill, targets };
      return isBackfillEnded(state) ? { type: "backfill_ended", backfill } : null;
    }
    if (event.type === "signalled") {
      const { name, asset: key, partitions, value } = event;
      return { type: "signal", name, key, partitions, value };
    }
    if (event.type === "wiped") return { type: "deleted", key: event.asset, partitions: event.partitions };
    if (event.type !== "step_changed") return null;
    const { run, asset: key, partition } = event;
    if (event.state === "failed" && inBranches.has(run)) return null;
    if (event.state === "failed") return { type: "step_failed", run, key, partitions: [partition] };
    const update = updates.get(event) ?? null;
    if (update === null) return null;
    const { codeVersion, dataVersion, before } = update;
    return {
      type: "materialized",
      key,
      partitions: [partition],
      run,
      codeVersion,
      isNewData: dataVersion !== before,
    };
  };
  return events.flatMap((event) => {
    const fact = factOf(event);
    const facts = promoted.get(event) ?? (fact === null ? [] : [fact]);
    return facts.map((each) => ({ ...each, position: event.seq, at: event.at }));
  });
}

async function targetsOf(store: Pick<Store, "backfill">, id: string): Promise<Readonly<Record<string, SubsetJson>>> {
  const targets = (await store.backfill(id))?.targets ?? {};
  return Object.fromEntries(Object.entries(targets).map(([key, { partitions }]) => [key, partitions as SubsetJson]));
}

/** What readers see otherwise since a branch was promoted or rolled back: updates without a run, all at once. */
async function factsOfPromotion(
  store: Pick<Store, "promotions" | "materializations">,
  { at, event }: StoredEvent,
): Promise<readonly AutomationFact[]> {
  if (event.type !== "branch_changed" || (event.change !== "promoted" && event.change !== "rolled_back")) return [];
  const isBack = event.change === "rolled_back";
  const promotions = await store.promotions(event.branch);
  const moves = promotions
    .filter((promotion) => (isBack ? promotion.rolledBackAt : promotion.at) === at)
    .flatMap((promotion) => promotion.moves);
  const facts: AutomationFact[] = [];
  for (const { asset, partition, from, to } of moves) {
    const [before, now] = isBack ? [to, from] : [from, to];
    if (now === null) {
      facts.push({ type: "deleted", key: asset, partitions: [partition] });
      continue;
    }
    const fact = await factBySeq(store, asset, partition, now);
    const old = before === null ? null : await factBySeq(store, asset, partition, before);
    const isNewData = fact === null || old === null || fact.dataVersion !== old.dataVersion;
    const codeVersion = fact?.codeVersion ?? null;
    facts.push({ type: "materialized", key: asset, partitions: [partition], run: null, codeVersion, isNewData });
  }
  return facts;
}

/** Null where it is no part of what was ever published: what a branch made that was rolled back. */
async function factBySeq(store: Pick<Store, "materializations">, asset: AssetKey, partition: string, seq: number) {
  const [fact] = await store.materializations({ asset, partition, limit: 1, before: seq + 1 });
  return fact?.seq === seq ? fact : null;
}

/** Whether an event may make the graph of automation another. */
export function changesGraph({ event }: StoredEvent): boolean {
  return graphEvents.has(event.type);
}

const graphEvents: ReadonlySet<StoredEvent["event"]["type"]> = new Set([
  "notebook_published",
  "notebook_unpublished",
  "automation_paused",
  "partitions_changed",
]);
