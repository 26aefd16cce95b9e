import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { AssetKey } from "../../../cells/model/asset-key.ts";
import { isTerminal, mayRun, mayStep, type RunState, type StepState } from "../../../cells/model/run.ts";
import { openSqliteStore } from "../../../server/store/sqlite.ts";
import type { Lease, Store } from "../../../server/store/store.ts";
import { newFact, newRun, newStep } from "../../support/store-rows.ts";
import { copyEmptyStore } from "../../support/empty-store.ts";

const asset = AssetKey.of("n", "a");
const runIds = ["r0", "r1", "r2"];
const runStates: readonly RunState[] = [
  ...(["queued", "starting", "running", "cancelling"] as const),
  ...(["succeeded", "failed", "cancelled", "interrupted"] as const),
];
const stepStates: readonly StepState[] = ["waiting", "running", "committing", "succeeded", "failed", "cancelled"];

type Command =
  | { readonly type: "create" | "queued"; readonly run: string }
  | { readonly type: "change"; readonly run: string; readonly to: RunState; readonly fence: number | null }
  | { readonly type: "step"; readonly run: string; readonly to: StepState; readonly fence: number }
  | { readonly type: "commit"; readonly run: string; readonly fence: number }
  | { readonly type: "lease"; readonly run: string; readonly holder: string; readonly now: number }
  | { readonly type: "renew" | "release"; readonly lease: number; readonly now: number }
  | { readonly type: "tick"; readonly tick: number; readonly run: string | null }
  | { readonly type: "reopen" };

interface ModelRun {
  state: RunState;
  step: StepState;
  fence: number;
  holder: string | null;
  expiresAt: number;
}

/** What a store is to do, in the plainest way: one thread, objects in memory. */
class Model {
  readonly runs = new Map<string, ModelRun>();
  readonly ticks = new Map<number, string | null>();
  readonly leases: Lease[] = [];
  pointer: string | null = null;
  facts = 0;
  events = 0;

  apply(command: Command): unknown {
    switch (command.type) {
      case "create":
        return this.create(command.run);
      case "queued":
        return [...this.runs].filter(([, run]) => run.state === "queued").map(([id]) => id);
      case "change":
        return this.change(command.run, command.to, command.fence);
      case "step":
        return this.step(command.run, command.to, command.fence);
      case "commit":
        return this.commit(command.run, command.fence);
      case "lease":
        return this.lease(command.run, command.holder, command.now);
      case "renew": {
        const lease = this.leases[command.lease % Math.max(1, this.leases.length)];
        const run = lease === undefined ? undefined : this.runs.get(lease.run);
        if (lease === undefined || run === undefined) return "no lease yet";
        if (run.fence !== lease.fence || run.holder === null) return null;
        run.expiresAt = command.now + 10;
        return { ...lease, expiresAt: run.expiresAt };
      }
      case "release": {
        const lease = this.leases[command.lease % Math.max(1, this.leases.length)];
        const run = lease === undefined ? undefined : this.runs.get(lease.run);
        if (lease === undefined || run === undefined) return "no lease yet";
        if (run.fence === lease.fence) [run.holder, run.expiresAt] = [null, 0];
        return undefined;
      }
      case "tick": {
        if (this.ticks.has(command.tick)) return false;
        if (command.run !== null && this.create(command.run) === "run_conflict") return "run_conflict";
        this.ticks.set(command.tick, command.run);
        this.events++;
        return true;
      }
      case "reopen":
        return undefined;
    }
  }

  create(id: string): string {
    if (this.runs.has(id)) return "run_conflict";
    this.runs.set(id, { state: "queued", step: "waiting", fence: 0, holder: null, expiresAt: 0 });
    this.events++;
    return id;
  }

  fenced(run: ModelRun, fence: number): boolean {
    return run.fence === fence && (fence === 0 || run.holder !== null);
  }

  change(id: string, to: RunState, fence: number | null): unknown {
    const run = this.runs.get(id);
    if (run === undefined) return "not_found";
    if (fence !== null && !this.fenced(run, fence)) return "fence_lost";
    if (!mayRun(run.state, to)) return "run_conflict";
    run.state = to;
    this.events++;
    return to;
  }

  step(id: string, to: StepState, fence: number): unknown {
    const run = this.runs.get(id);
    if (!this.fenced(run ?? { state: "queued", step: "waiting", fence: 0, holder: null, expiresAt: 0 }, fence))
      return "fence_lost";
    if (run === undefined) return "not_found";
    if (!mayStep(run.step, to)) return "run_conflict";
    run.step = to;
    this.events++;
    return undefined;
  }

  commit(id: string, fence: number): unknown {
    const run = this.runs.get(id);
    if (!this.fenced(run ?? { state: "queued", step: "waiting", fence: 0, holder: null, expiresAt: 0 }, fence))
      return "fence_lost";
    if (run === undefined) return "not_found";
    if (isTerminal(run.state) || !mayStep(run.step, "succeeded")) return "run_conflict";
    run.step = "succeeded";
    this.pointer = id;
    this.events += 2;
    return ++this.facts;
  }

  lease(id: string, holder: string, now: number): unknown {
    const run = this.runs.get(id);
    if (run === undefined) return "not_found";
    if (run.holder !== null && run.expiresAt > now) return null;
    [run.fence, run.holder, run.expiresAt] = [run.fence + 1, holder, now + 10];
    this.leases.push({ run: id, fence: run.fence, holder, expiresAt: run.expiresAt });
    return this.leases.at(-1);
  }
}

/** The same on a store; leases that it gave are kept as the model keeps them. */
async function apply(store: Store, command: Command, leases: Lease[]): Promise<unknown> {
  switch (command.type) {
    case "create":
      return store.createRun({ run: newRun(command.run), steps: [newStep(command.run, asset)] });
    case "queued":
      return (await store.queued()).map((run) => run.run);
    case "change": {
      const fence = command.fence === null ? {} : { fence: command.fence };
      return (await store.changeRun(command.run, command.to, { at: 1, ...fence })).state;
    }
    case "step":
      return store.changeStep({ run: command.run, asset, partition: "" }, command.to, { at: 1, fence: command.fence });
    case "commit": {
      const { run, fence } = command;
      const fact = { fence, materialization: newFact(run, asset), attempt: 1, reason: "", at: 1 };
      return (await store.commit(fact)).seq;
    }
    case "lease": {
      const lease = await store.lease(command.run, command.holder, 10, command.now);
      if (lease !== null) leases.push(lease);
      return lease;
    }
    case "renew":
    case "release": {
      const lease = leases[command.lease % Math.max(1, leases.length)];
      if (lease === undefined) return "no lease yet";
      return command.type === "renew" ? store.renew(lease, 10, command.now) : store.release(lease);
    }
    case "tick": {
      const run = command.run === null ? null : { run: newRun(command.run), steps: [newStep(command.run, asset)] };
      return store.decideTick({ schedule: "s", tick: command.tick, decision: "run", reason: "due", at: 1, run });
    }
    case "reopen":
      return undefined;
  }
}

const run = fc.constantFrom(...runIds);
const fence = fc.integer({ min: 0, max: 3 });
const now = fc.integer({ min: 0, max: 40 });
const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ type: fc.constantFrom("create" as const, "queued" as const), run }),
  fc.record({
    type: fc.constant("change" as const),
    run,
    to: fc.constantFrom(...runStates),
    fence: fc.option(fence),
  }),
  fc.record({ type: fc.constant("step" as const), run, to: fc.constantFrom(...stepStates), fence }),
  fc.record({ type: fc.constant("commit" as const), run, fence }),
  fc.record({ type: fc.constant("lease" as const), run, holder: fc.constantFrom("a", "b"), now }),
  fc.record({ type: fc.constantFrom("renew" as const, "release" as const), lease: fc.nat(5), now }),
  fc.record({ type: fc.constant("tick" as const), tick: fc.nat(3), run: fc.option(run) }),
  fc.record({ type: fc.constant("reopen" as const) }),
);

/** Commands that lead somewhere: plain random ones seldom get a run as far as a commit. */
const path: fc.Arbitrary<readonly Command[]> = run.map((id) => [
  { type: "create", run: id },
  { type: "lease", run: id, holder: "a", now: 0 },
  { type: "change", run: id, to: "starting", fence: 1 },
  { type: "change", run: id, to: "running", fence: 1 },
  { type: "step", run: id, to: "running", fence: 1 },
  { type: "step", run: id, to: "committing", fence: 1 },
  { type: "commit", run: id, fence: 1 },
]);

const commands = fc
  .array(
    fc.oneof(
      command.map((one) => [one]),
      path,
    ),
    { maxLength: 30 },
  )
  .chain((groups) => fc.tuple(fc.constant(groups.flat()), fc.array(fc.boolean(), { minLength: 60, maxLength: 60 })))
  .map(([all, kept]) => all.filter((_, i) => kept[i % kept.length]));

test(
  "P3 P5 P7 any sequence of writes, awaited or together, leaves what the plain model has",
  { timeout: 120_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(commands, fc.boolean(), async (all, together) => {
        const folder = mkdtempSync(join(tmpdir(), "cellar-model-"));
        await copyEmptyStore(join(folder, "store.db"));
        let store = await openSqliteStore(join(folder, "store.db"), { clock: () => 1 });
        try {
          const model = new Model();
          const leases: Lease[] = [];
          const told = async (work: Promise<unknown>): Promise<unknown> =>
            work.catch((error: unknown) => (error instanceof Error && "code" in error ? error.code : error));
          // leases are named by those given before, and reading looks past what is under way
          const alone = (one: Command): boolean => ["lease", "renew", "release", "reopen", "queued"].includes(one.type);
          let pending: Promise<unknown>[] = [];
          let expected: unknown[] = [];
          const settle = async (): Promise<void> => {
            expect(await Promise.all(pending)).toEqual(expected);
            [pending, expected] = [[], []];
          };
          for (const one of all) {
            if (alone(one)) await settle();
            if (one.type === "reopen") {
              await store.close();
              store = await openSqliteStore(join(folder, "store.db"), { clock: () => 1 });
            }
            pending.push(told(apply(store, one, leases)));
            expected.push(model.apply(one));
            if (alone(one) || !together) await settle();
          }
          await settle();
          const states = await Promise.all(
            [...model.runs.keys()].map(async (id) => [(await store.run(id))?.state, (await store.steps(id))[0]?.state]),
          );
          expect(states).toEqual([...model.runs.values()].map((r) => [r.state, r.step]));
          const live = [...model.runs].filter(([, r]) => r.holder !== null && r.expiresAt > 5).map(([id]) => id);
          expect((await store.leases(5)).map((lease) => lease.run)).toEqual(live.sort());
          expect((await store.pointers()).map((fact) => fact.run)).toEqual(
            model.pointer === null ? [] : [model.pointer],
          );
          expect(new Map((await store.ticks("s", 99)).map((t) => [t.tick, t.run]))).toEqual(model.ticks);
          const log = await store.eventsAfter(0, 1e6);
          expect(log.map((event) => event.seq)).toEqual(Array.from({ length: model.events }, (_, i) => i + 1));
        } finally {
          await store.close();
          await rm(folder, { recursive: true });
        }
      }),
      { numRuns: 150 },
    );
  },
);
