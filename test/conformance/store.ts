// Long because it is the one list of what every store promises, in the order of the port.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AssetKey } from "../../cells/model/asset-key.ts";
import type { Backfill } from "../../cells/model/backfill.ts";
import type { Materialization } from "../../cells/model/materialization.ts";
import type { StepError } from "../../cells/model/run.ts";
import type { LogEvent, RetainRule, Share, Store } from "../../server/store/store.ts";
import { newFact, newResult, newRun, newStep } from "../support/store-rows.ts";

/** A backend under test: `open` again after `close` finds what was written. */
export interface StoreBackend {
  /** opens the same database each time; `clock` is the store's own */
  open(clock: () => number): Promise<Store>;
  /** removes it */
  remove(): Promise<void>;
}

const day = 24 * 60 * 60 * 1000;
const orders = AssetKey.of("sales", "orders");
const totals = AssetKey.of("sales", "totals");

const logged = (text: string, run = "r1"): LogEvent => ({
  type: "log",
  run,
  asset: null,
  cell: null,
  level: "info",
  text,
});

const failure: StepError = {
  name: "AppError",
  code: "query_failed",
  message: "no column price",
  data: { column: "price" },
  cell: 2,
  line: 1,
  column: 8,
};

const share: Share = {
  id: "s1",
  tokenHash: "h1",
  selection: "+sales/orders",
  run: null,
  snapshot: null,
  withData: true,
  createdAt: 5,
  expiresAt: 500,
  revokedAt: null,
};

const backfill: Backfill = {
  id: "b1",
  state: "requested",
  request: {
    select: "orders",
    partition: "*",
    only: ["missing"],
    params: { region: "eu" },
    force: false,
    chunk: 2,
    retryOf: null,
  },
  targets: { [orders]: { count: 3, partitions: { dimensions: [""], parts: [{ keys: ["a..c"], rest: null }] } } },
  total: 3,
  createdAt: 7,
  startedAt: null,
  endedAt: null,
  error: null,
};

/** What every store promises. */
export function describeStore(name: string, backend: () => StoreBackend): void {
  describe(`store: ${name}`, () => {
    let under: StoreBackend;
    let store: Store;
    let now = 0;

    beforeEach(async () => {
      now = 1000;
      under = backend();
      store = await under.open(() => now);
    });
    afterEach(async () => {
      await store.close();
      await under.remove();
    });

    const reopen = async (): Promise<void> => {
      await store.close();
      store = await under.open(() => now);
    };
    const log = async (): Promise<readonly LogEvent[]> => (await store.eventsAfter(0, 1e6)).map((e) => e.event);
    const code = async (work: Promise<unknown>): Promise<unknown> =>
      work.then(
        () => "done",
        (error: unknown) => (error instanceof Error && "code" in error ? error.code : error),
      );
    /** A run that is running under a lease; its steps are waiting. */
    const begin = async (id: string, assets: readonly AssetKey[], partitions: readonly string[] = [""]) => {
      const steps = assets.flatMap((asset) => partitions.map((partition) => newStep(id, asset, { partition })));
      await store.createRun({ run: newRun(id), steps });
      const lease = await store.lease(id, "w1", 1000, 0);
      if (lease === null) throw new Error("the run is held");
      await store.changeRun(id, "starting", { at: 1100, fence: lease.fence });
      await store.changeRun(id, "running", { at: 1200, fence: lease.fence });
      return lease;
    };
    const committing = async (run: string, fence: number, asset: AssetKey, partition = ""): Promise<void> => {
      await store.changeStep({ run, asset, partition }, "running", { at: 1300, fence });
      await store.changeStep({ run, asset, partition }, "committing", { at: 1400, fence });
    };
    const materialize = async (run: string, fence: number, asset: AssetKey, change: Partial<Materialization> = {}) => {
      await committing(run, fence, asset, change.partition ?? "");
      return store.commit({ fence, materialization: newFact(run, asset, change), attempt: 1, reason: "new", at: 1500 });
    };

    describe("notebooks", () => {
      test("a published notebook is there after a restart, and its text stays by its hash when another follows", async () => {
        const first = { path: "sales.html", id: "n1", revision: "h1", text: "<notebook>é", publishedAt: 1 };
        const second = { ...first, revision: "h2", text: "<notebook>2", publishedAt: 2 };
        await store.publish(first);
        await store.publish(second);
        await store.publish({ ...first, path: "a.html", id: "n2" });
        await reopen();
        expect(await store.published()).toEqual([{ ...first, path: "a.html", id: "n2" }, second]);
        expect([await store.revision("h1"), await store.revision("h2"), await store.revision("h3")]).toEqual([
          "<notebook>é",
          "<notebook>2",
          null,
        ]);
        expect(await log()).toEqual([
          { type: "notebook_published", path: "sales.html", revision: "h1" },
          { type: "notebook_published", path: "sales.html", revision: "h2" },
          { type: "notebook_published", path: "a.html", revision: "h1" },
        ]);
      });

      test("a notebook is unpublished once", async () => {
        await store.publish({ path: "a.html", id: "a", revision: "h", text: "t", publishedAt: 1 });
        expect([await store.unpublish("a.html", 2), await store.unpublish("a.html", 3)]).toEqual([true, false]);
        expect(await store.published()).toEqual([]);
        expect((await log()).at(-1)).toEqual({ type: "notebook_unpublished", path: "a.html" });
      });

      test("the text of a draft that is run is kept without an event", async () => {
        await store.keepRevision({ path: "a.html", revision: "h", text: "draft", at: 1 });
        await store.keepRevision({ path: "b.html", revision: "h", text: "draft", at: 2 });
        expect([await store.revision("h"), await store.published(), await log()]).toEqual(["draft", [], []]);
      });
    });

    describe("runs", () => {
      test("a run and its steps come back as they were, steps in their order", async () => {
        const run = newRun("r1", {
          trigger: { type: "schedule", schedule: "sales", tick: 7 },
          partition: "2026-01-31",
          force: true,
          tags: { team: "ops" },
          priority: -2,
          rules: { timeoutMs: 60_000, retries: 2, retryDelayMs: 1000, retryFrom: "all" },
        });
        const steps = [newStep("r1", totals), newStep("r1", orders, { partition: "eu", state: "skipped" })];
        await store.createRun({ run, steps });
        await reopen();
        expect([await store.run("r1"), await store.steps("r1"), await store.run("r2")]).toEqual([run, steps, null]);
        expect(await log()).toEqual([
          { type: "run_changed", run: "r1", state: "queued", error: null },
          {
            type: "step_changed",
            ...{ run: "r1", asset: orders, partition: "eu", state: "skipped", attempt: 1 },
            ...{ reason: "it was never materialized", error: null },
          },
        ]);
      });

      test("D7 a key makes one run within a day, whatever is asked with it", async () => {
        const make = (id: string): Promise<string> => store.createRun({ run: newRun(id), steps: [] }, "key");
        expect(await Promise.all([make("r1"), make("r2")])).toEqual(["r1", "r1"]);
        now += day - 1;
        expect(await make("r3")).toBe("r1");
        now += 1;
        expect(await make("r4")).toBe("r4");
        expect((await store.runs({ limit: 10 })).map((run) => run.id)).toEqual(["r4", "r1"]);
      });

      test("P1 a write that fails half way leaves nothing, and its neighbours in the commit stand", async () => {
        const [first, half, alone, last] = await Promise.all([
          store.append([logged("a")], 1),
          code(store.createRun({ run: newRun("r1"), steps: [newStep("r1", orders), newStep("none", orders)] })),
          code(store.createRun({ run: newRun("r2"), steps: [] })),
          store.append([logged("b")], 1),
        ]);
        expect([first, half, alone, last]).toEqual([1, "internal", "done", 3]);
        expect(await code(store.createRun({ run: newRun("r3"), steps: [newStep("none", orders)] }))).toBe("internal");
        expect((await store.runs({ limit: 9 })).map((run) => run.id)).toEqual(["r2"]);
        expect([await store.steps("r1"), (await log()).length]).toEqual([[], 3]);
      });

      test("an id makes one run, and the second attempt changes nothing", async () => {
        await store.createRun({ run: newRun("r1"), steps: [] });
        expect(await code(store.createRun({ run: newRun("r1"), steps: [newStep("r1", orders)] }))).toBe("run_conflict");
        expect([await store.steps("r1"), (await log()).length]).toEqual([[], 1]);
      });

      test("runs are listed newest first, in pages that miss none of a millisecond, and by state", async () => {
        for (const [id, createdAt] of [
          ["a", 1],
          ["b", 2],
          ["c", 2],
          ["d", 2],
          ["e", 3],
        ] as const)
          await store.createRun({ run: newRun(id, { createdAt }), steps: [] });
        await store.changeRun("c", "cancelled", { at: 5 });
        const ids = async (query: Parameters<Store["runs"]>[0]): Promise<string> =>
          (await store.runs(query)).map((run) => run.id).join("");
        expect([
          await ids({ limit: 9 }),
          await ids({ limit: 2 }),
          await ids({ limit: 2, beforeId: "d" }),
          await ids({ limit: 2, beforeId: "b" }),
          await ids({ limit: 9, before: 2 }),
          await ids({ limit: 9, states: ["cancelled"] }),
          await ids({ limit: 9, states: [] }),
        ]).toEqual(["edcba", "ed", "cb", "a", "a", "c", ""]);
        expect(await code(store.runs({ limit: 9, beforeId: "none" }))).toBe("not_found");
      });

      test("a run changes its state along the table only, and says what happened and when", async () => {
        const lease = await begin("r1", [orders]);
        const { fence } = lease;
        const error = { name: "AppError", code: "runner_died" as const, message: "it died", data: { pid: 7 } };
        const interrupted = await store.changeRun("r1", "interrupted", { at: 1600, error });
        expect(interrupted).toEqual(newRun("r1", { state: "interrupted", startedAt: 1100, endedAt: 1600, error }));
        expect(await store.run("r1")).toEqual(interrupted);
        expect(await code(store.changeRun("r1", "running", { at: 1700, fence }))).toBe("run_conflict");
        expect(await code(store.changeRun("none", "running", { at: 1700 }))).toBe("not_found");
        expect(await store.changeRun("r1", "queued", { at: 1800 })).toEqual(newRun("r1", { startedAt: 1100 }));
        expect((await log()).map((event) => (event.type === "run_changed" ? event.state : event.type))).toEqual([
          ...["queued", "starting", "running", "interrupted", "queued"],
        ]);
      });

      test("of two that change the same state at once, one does", async () => {
        await store.createRun({ run: newRun("r1"), steps: [] });
        const tried = await Promise.all([
          code(store.changeRun("r1", "starting", { at: 1 })),
          code(store.changeRun("r1", "cancelled", { at: 1 })),
        ]);
        expect(tried).toEqual(["done", "run_conflict"]);
      });

      test("runs are listed by tag, tag and value, several of them, and by an asset of theirs", async () => {
        await store.createRun({
          run: newRun("a", { tags: { team: "ops", tier: "1" } }),
          steps: [newStep("a", orders)],
        });
        await store.createRun({ run: newRun("b", { tags: { team: "web" } }), steps: [newStep("b", totals)] });
        await store.createRun({ run: newRun("c"), steps: [newStep("c", orders, { partition: "eu" })] });
        await store.enqueue({ run: "c", priority: 0, tags: { team: "ops" } });
        await store.enqueue({ run: "b", priority: 0, tags: {} });
        const ids = async (query: Partial<Parameters<Store["runs"]>[0]>): Promise<string> =>
          (await store.runs({ limit: 9, ...query })).map((run) => run.id).join("");
        expect([
          await ids({ tags: [["team", null]] }),
          await ids({ tags: [["team", "ops"]] }),
          await ids({
            tags: [
              ["team", "ops"],
              ["tier", null],
            ],
          }),
          await ids({ tags: [["team", "web"]] }),
          await ids({ asset: orders }),
          await ids({ asset: orders, tags: [["tier", "1"]], states: ["queued"] }),
        ]).toEqual(["ca", "ca", "a", "", "ca", "a"]);
      });

      test("queued runs wait by priority, then in the order of their making; a restart finds them", async () => {
        await store.createRun({ run: newRun("a", { tags: { pool: "db" } }), steps: [] });
        await store.createRun({ run: newRun("b"), steps: [] });
        await store.createRun({ run: newRun("c", { priority: 5 }), steps: [] });
        await store.createRun({ run: newRun("d"), steps: [] });
        await store.enqueue({ run: "d", priority: 0.5, tags: { user: "ada" } });
        await store.changeRun("b", "starting", { at: 1 });
        await reopen();
        expect(await store.queued()).toEqual([
          { run: "c", priority: 5, tags: {} },
          { run: "d", priority: 0.5, tags: { user: "ada" } },
          { run: "a", priority: 0, tags: { pool: "db" } },
        ]);
        expect(await code(store.enqueue({ run: "b", priority: 1, tags: {} }))).toBe("run_conflict");
        expect(await code(store.enqueue({ run: "x", priority: 1, tags: {} }))).toBe("not_found");
      });
    });

    describe("steps", () => {
      test("a step keeps what an attempt found, and its error only while that is its state", async () => {
        const { fence } = await begin("r1", [orders]);
        const step = { run: "r1", asset: orders, partition: "" };
        await store.changeStep(step, "running", { at: 10, fence, reason: "the code changed" });
        await store.changeStep(step, "waiting", { at: 20, fence, error: failure, attempt: 2 });
        expect(await store.steps("r1")).toEqual([
          newStep("r1", orders, { attempt: 2, reason: "the code changed", error: failure }),
        ]);
        await store.changeStep(step, "running", { at: 30, fence });
        await store.changeStep(step, "committing", { at: 40, fence, rows: 3, bytes: 4, ms: 1.5, dataVersion: "d" });
        await store.changeStep(step, "succeeded", { at: 50, fence, rows: null });
        const done = { state: "succeeded", startedAt: 30, endedAt: 50 } as const;
        expect(await store.steps("r1")).toEqual([
          newStep("r1", orders, {
            ...{ ...done, attempt: 2, reason: "the code changed", bytes: 4, ms: 1.5, dataVersion: "d" },
          }),
        ]);
        expect(await code(store.changeStep(step, "running", { at: 60, fence }))).toBe("run_conflict");
        expect(await code(store.changeStep({ ...step, asset: totals }, "running", { at: 60, fence }))).toBe(
          "not_found",
        );
      });

      test("steps that a later plan finds come after the others, each once", async () => {
        await store.createRun({ run: newRun("r1"), steps: [newStep("r1", orders)] });
        const late = [newStep("r1", totals), newStep("r1", orders, { reason: "again" }), newStep("r1", totals)];
        await store.addSteps(late);
        await store.addSteps(late);
        expect(await store.steps("r1")).toEqual([newStep("r1", orders), newStep("r1", totals)]);
        expect(await code(store.addSteps([newStep("none", orders)]))).toBe("not_found");
      });

      test("ten thousand steps are one run", async () => {
        const steps = Array.from({ length: 10_000 }, (_, i) => newStep("r1", orders, { partition: String(i) }));
        await store.createRun({ run: newRun("r1"), steps });
        expect(await store.steps("r1")).toEqual(steps);
      });
    });

    describe("leases", () => {
      beforeEach(() => store.createRun({ run: newRun("r1"), steps: [newStep("r1", orders)] }));

      test("one holds a run until its time is over; each taking has a larger fence", async () => {
        const first = await store.lease("r1", "a", 100, 0);
        expect(first).toEqual({ run: "r1", fence: 1, holder: "a", expiresAt: 100 });
        expect([await store.lease("r1", "b", 100, 99), await store.lease("r1", "a", 100, 99)]).toEqual([null, null]);
        expect([await store.leases(99), await store.leases(100)]).toEqual([[first], []]);
        expect(await store.lease("r1", "b", 100, 100)).toEqual({ run: "r1", fence: 2, holder: "b", expiresAt: 200 });
        expect(await code(store.lease("none", "a", 1, 0))).toBe("not_found");
      });

      test("a lease is renewed until another has the run", async () => {
        const first = await store.lease("r1", "a", 100, 0);
        if (first === null) throw new Error("not leased");
        expect(await store.renew(first, 100, 50)).toEqual({ ...first, expiresAt: 150 });
        expect(await store.renew(first, 100, 500)).toEqual({ ...first, expiresAt: 600 });
        await store.lease("r1", "b", 100, 600);
        expect(await store.renew(first, 100, 610)).toBeNull();
      });

      test("a lease that was given back can be taken at once, and is worth nothing to who had it", async () => {
        const first = await store.lease("r1", "a", 100, 0);
        if (first === null) throw new Error("not leased");
        await store.release(first);
        expect(await store.leases(1)).toEqual([]);
        expect(await store.renew(first, 100, 1)).toBeNull();
        expect(await code(store.changeRun("r1", "starting", { at: 1, fence: first.fence }))).toBe("fence_lost");
        const second = await store.lease("r1", "b", 100, 1);
        expect(second?.fence).toBe(2);
        await store.release(first);
        expect(await store.leases(2)).toEqual([second]);
      });

      test("P3 who holds an older fence writes nothing", async () => {
        const first = await store.lease("r1", "a", 100, 0);
        const second = await store.lease("r1", "b", 100, 100);
        if (first === null || second === null) throw new Error("not leased");
        await store.changeRun("r1", "starting", { at: 1, fence: second.fence });
        await store.changeRun("r1", "running", { at: 1, fence: second.fence });
        const { fence } = first;
        await committing("r1", second.fence, orders);
        const before = await log();
        expect([
          await code(store.changeRun("r1", "failed", { at: 1, fence })),
          await code(store.changeStep({ run: "r1", asset: orders, partition: "" }, "failed", { at: 1, fence })),
          await code(store.commit({ fence, materialization: newFact("r1", orders), attempt: 1, reason: "new", at: 1 })),
          await code(store.reuse({ fence, run: "r1", asset: orders, partition: "", fact: 1, reason: "same", at: 1 })),
        ]).toEqual(Array(4).fill("fence_lost"));
        expect([await log(), await store.pointers()]).toEqual([before, []]);
      });

      test("a run that nobody took has fence 0", async () => {
        const step = { run: "r1", asset: orders, partition: "" };
        expect(await code(store.changeStep(step, "cancelled", { at: 1, fence: 1 }))).toBe("fence_lost");
        expect(await code(store.changeStep(step, "cancelled", { at: 1, fence: 0 }))).toBe("done");
      });
    });

    describe("facts", () => {
      test("a commit writes fact, step, events and pointer together", async () => {
        const { fence } = await begin("r1", [orders]);
        await committing("r1", fence, orders);
        const { length } = await log();
        const materialization = newFact("r1", orders, { expiresAt: 9 });
        const fact = await store.commit({ fence, materialization, attempt: 3, reason: "new", at: 1500 });
        expect(fact).toEqual({ ...materialization, seq: 1 });
        await reopen();
        const done = { state: "succeeded", startedAt: 1300, endedAt: 1500 } as const;
        expect(await store.steps("r1")).toEqual([
          newStep("r1", orders, {
            ...{ ...done, attempt: 3, reason: "new", rows: 2, bytes: 10, ms: 12.5, dataVersion: "d1" },
          }),
        ]);
        expect(await store.pointers()).toEqual([fact]);
        expect(await store.materializations({ asset: orders, limit: 9 })).toEqual([fact]);
        expect((await log()).slice(length)).toEqual([
          {
            type: "materialized",
            ...{ run: "r1", asset: orders, partition: "", seqOfFact: 1, dataVersion: "d1", rows: 2 },
          },
          {
            type: "step_changed",
            ...{ run: "r1", asset: orders, partition: "", state: "succeeded", attempt: 3, reason: "new", error: null },
          },
        ]);
      });

      test("what checks said is written with the fact, with an event each", async () => {
        const { fence } = await begin("r1", [orders]);
        await committing("r1", fence, orders);
        const { length } = await log();
        const checks = [
          newResult("r1", orders, { check: "cheap", rows: { sha256: "cd".repeat(32), bytes: 7, rows: 2 } }),
          newResult("r1", orders, { check: "rows", status: "passed", failing: 0, severity: "warn" }),
        ];
        const details = {
          statistics: [{ name: "price", nulls: 1, min: "0", max: "9", distinct: null }],
          metadata: { mean: { type: "number", value: 2.5 } },
        } as const;
        const commit = { fence, materialization: newFact("r1", orders), attempt: 1, reason: "new", at: 9 };
        const { seq } = await store.commit({ ...commit, checks, details });
        await reopen();
        const stored = checks.map((check, i) => ({ ...check, seq: i + 1, fact: seq })).toReversed();
        expect(await store.checkResults({ by: "asset", asset: orders, limit: 9 })).toEqual(stored);
        expect(await store.checkResults({ by: "asset", asset: orders, limit: 1 })).toEqual(stored.slice(0, 1));
        expect(await store.checkResults({ by: "run", run: "r1" })).toEqual(stored);
        expect(await store.checkResults({ by: "facts", facts: [seq] })).toEqual(stored);
        expect(await store.checkResults({ by: "memo", keys: ["memo cheap"] })).toEqual(stored.slice(1));
        expect(await store.failingChecks([orders, totals])).toEqual(stored.slice(1));
        expect(await store.failingChecks([totals])).toEqual([]);
        expect(await store.factDetails([seq])).toEqual(
          new Map([[seq, { ...details, refused: false, retired: false }]]),
        );
        expect(await store.referencedFiles()).toEqual(new Set(["ab".repeat(32), "cd".repeat(32)]));
        expect((await log()).slice(length + 2)).toEqual(
          checks.map(({ run, asset, partition, check, status, severity, blocking, failing }) => ({
            ...{ type: "checked", run, asset, partition, check, status, severity, blocking, failing },
          })),
        );
        expect((await store.steps("r1"))[0]?.checks).toEqual(["cheap", "rows"]);
      });

      test("a refused fact is kept and seen by nobody, until its checks let it through", async () => {
        const first = await begin("r1", [orders]);
        const good = await materialize("r1", first.fence, orders, { memoKey: "m1" });
        const second = await begin("r2", [orders]);
        await committing("r2", second.fence, orders);
        const commit = { fence: second.fence, materialization: newFact("r2", orders, { memoKey: "m2" }), attempt: 1 };
        const refused = await store.commit({ ...commit, reason: "new", at: 9, refusal: failure });
        await reopen();
        expect((await store.steps("r2"))[0]).toMatchObject({ state: "failed", error: failure, dataVersion: "d1" });
        expect(await store.pointers()).toEqual([good]);
        expect(await store.byMemoKeys(["m1", "m2"])).toEqual([good]);
        expect(await store.byMemoKeys(["m2"], { refused: true })).toEqual([refused]);
        expect(await store.materializationsOfRun("r2")).toEqual([]);
        expect((await store.factDetails([refused.seq])).get(refused.seq)?.refused).toBe(true);
        expect((await store.failures()).map(({ asset }) => asset)).toEqual([orders]);
        const third = await begin("r3", [orders]);
        const reuse = { ...third, run: "r3", asset: orders, partition: "", fact: refused.seq, reason: "again", at: 10 };
        await store.reuse({ ...reuse, standing: ["cheap"] });
        expect(await store.pointers()).toEqual([refused]);
        expect(await store.byMemoKeys(["m2"])).toEqual([refused]);
        expect(await store.failures()).toEqual([]);
      });

      test("a found fact that a check refuses fails its step and moves nothing", async () => {
        const first = await begin("r1", [orders]);
        const fact = await materialize("r1", first.fence, orders);
        const { fence } = await begin("r2", [totals]);
        const step = { run: "r2", asset: totals, partition: "" };
        await store.changeStep(step, "running", { at: 1, fence });
        const checks = [newResult("r2", totals)];
        await store.reuse({ ...step, fence, fact: fact.seq, reason: "found", at: 2, checks, refusal: failure });
        expect((await store.steps("r2"))[0]).toMatchObject({ state: "failed", error: failure });
        expect(await store.pointers()).toEqual([fact]);
        expect(await store.checkResults({ by: "run", run: "r2" })).toMatchObject([{ asset: totals, fact: fact.seq }]);
      });

      test("freshness is what was last said of it, an event a change; a success is a move of what readers see", async () => {
        const { fence } = await begin("r1", [orders]);
        await materialize("r1", fence, orders);
        const last = await store.lastSuccesses([orders, totals]);
        expect([...last.keys()]).toEqual([orders]);
        const { length } = await log();
        const change = { asset: orders, from: "unknown", to: "pass", reason: "in time" } as const;
        await store.changeFreshness([change, { ...change, asset: totals }], 5);
        await store.changeFreshness([{ asset: totals, from: "pass", to: null, reason: "no policy" }], 6);
        await reopen();
        expect(await store.freshness()).toEqual(new Map([[orders, "pass"]]));
        expect((await log()).slice(length)).toEqual([
          { type: "freshness_changed", ...change },
          { type: "freshness_changed", ...change, asset: totals },
        ]);
      });

      test("P3 a step commits once, in its turn, and while its run is under way", async () => {
        const { fence } = await begin("r1", [orders, totals]);
        const commit = (asset: AssetKey): Promise<unknown> =>
          code(store.commit({ fence, materialization: newFact("r1", asset), attempt: 1, reason: "new", at: 1 }));
        expect(await commit(orders)).toBe("run_conflict");
        await committing("r1", fence, orders);
        expect(await Promise.all([commit(orders), commit(orders)])).toEqual(["done", "run_conflict"]);
        expect(await commit(AssetKey.of("sales", "other"))).toBe("not_found");
        await committing("r1", fence, totals);
        await store.changeRun("r1", "interrupted", { at: 1 });
        expect(await commit(totals)).toBe("run_conflict");
        expect((await store.pointers()).map((fact) => fact.asset)).toEqual([orders]);
      });

      test("a reused fact is what readers see, also where another asset made it", async () => {
        const { fence } = await begin("r1", [orders]);
        const fact = await materialize("r1", fence, orders);
        const second = await begin("r2", [totals]);
        await store.reuse({
          ...{ fence: second.fence, run: "r2", asset: totals, partition: "", fact: fact.seq },
          ...{ reason: "same code and inputs", at: 1600 },
        });
        const seen = { ...fact, asset: totals };
        expect(await store.pointers([totals])).toEqual([seen]);
        expect(await store.materializationsOfRun("r2")).toEqual([seen]);
        expect(await store.materializations({ asset: totals, limit: 9 })).toEqual([]);
        expect(await store.steps("r2")).toEqual([
          newStep("r2", totals, {
            ...{ state: "reused", reason: "same code and inputs", rows: 2, bytes: 10, dataVersion: "d1" },
            endedAt: 1600,
          }),
        ]);
        expect((await log()).at(-1)).toEqual({
          type: "step_changed",
          ...{ run: "r2", asset: totals, partition: "", state: "reused", attempt: 1 },
          ...{ reason: "same code and inputs", error: null },
        });
        expect(
          await code(store.reuse({ fence: 1, run: "r2", asset: totals, partition: "", fact: 99, reason: "", at: 1 })),
        ).toBe("run_conflict");
      });

      test("a reuse of a fact that does not exist changes nothing", async () => {
        const { fence } = await begin("r1", [orders]);
        const reuse = { fence, run: "r1", asset: orders, partition: "", fact: 99, reason: "", at: 1 };
        expect(await code(store.reuse(reuse))).toBe("not_found");
        expect(await store.steps("r1")).toEqual([newStep("r1", orders)]);
      });

      test("history is newest first, in pages, by partition; the pointer is the latest", async () => {
        const partitions = ["a", "b"];
        const made: Materialization[] = [];
        for (const run of ["r1", "r2", "r3"]) {
          const { fence } = await begin(run, [orders], partitions);
          for (const partition of partitions) made.push(await materialize(run, fence, orders, { partition }));
        }
        const [a1, , a2, , a3, b3] = made;
        const newest = made.toReversed();
        expect(await store.materializations({ asset: orders, limit: 4 })).toEqual(newest.slice(0, 4));
        expect(await store.materializations({ asset: orders, limit: 4, before: 3 })).toEqual(newest.slice(4));
        expect(await store.materializations({ asset: orders, partition: "a", limit: 9 })).toEqual([a3, a2, a1]);
        expect(await store.materializations({ asset: totals, limit: 9 })).toEqual([]);
        expect(await store.pointers([orders, orders, totals])).toEqual([a3, b3]);
        expect(await store.pointers([])).toEqual([]);
        expect(await store.pointersAfter(orders, "a", 9)).toEqual([b3]);
        expect(await store.pointersBehind(orders, a3?.seq ?? 0, 9)).toEqual([b3]);
        expect(await store.lastPointers(orders, 1)).toEqual([b3]);
        expect(await store.lastPointers(orders, 9)).toEqual([a3, b3]);
        const versions = [a3, b3].map((fact) => [fact?.partition, fact?.dataVersion] as const);
        expect([...(await store.dataVersions(orders))]).toEqual(versions);
        expect(await store.wideAssets([totals, orders], 1)).toEqual(new Set([orders]));
        expect(await store.wideAssets([totals, orders], 2)).toEqual(new Set());
        expect(await store.materializationsOfRun("r1")).toEqual(made.slice(0, 2));
      });

      test("a memo key finds its newest fact", async () => {
        const made: Materialization[] = [];
        for (const [run, memoKey] of [
          ["r1", "k1"],
          ["r2", "k1"],
          ["r3", "k2"],
        ] as const) {
          const { fence } = await begin(run, [orders]);
          made.push(await materialize(run, fence, orders, { memoKey }));
        }
        expect(await store.byMemoKeys(["k2", "none", "k1", "k2"])).toEqual([made[2], made[1]]);
        expect(await store.byMemoKeys([])).toEqual([]);
        expect(await store.byMemoKeys(Array.from({ length: 5000 }, (_, i) => `k${i}`))).toEqual([made[1], made[2]]);
      });

      test("a failure stands until something succeeds after it", async () => {
        const fail = async (run: string, partition: string): Promise<void> => {
          const { fence } = await begin(run, [orders], [partition]);
          const step = { run, asset: orders, partition };
          await store.changeStep(step, "running", { at: 10, fence });
          await store.changeStep(step, "failed", { at: 20, fence, error: failure });
        };
        await fail("r1", "a");
        await fail("r2", "a");
        await fail("r3", "b");
        const b = { asset: orders, partition: "b", at: 20, error: failure, run: "r3" };
        expect(await store.failures()).toEqual([{ ...b, partition: "a", run: "r2" }, b]);
        const { fence } = await begin("r4", [orders], ["a"]);
        const fact = await materialize("r4", fence, orders, { partition: "a" });
        expect(await store.failures()).toEqual([b]);
        const again = await begin("r5", [orders], ["b"]);
        await store.reuse({
          ...{ fence: again.fence, run: "r5", asset: orders, partition: "b", fact: fact.seq, reason: "", at: 1 },
        });
        expect(await store.failures()).toEqual([]);
        await fail("r6", "b");
        expect(await store.failures()).toEqual([{ ...b, run: "r6" }]);
        expect((await store.pointers()).length).toBe(2);
      });

      test("a duration is the median of an asset's last ten computations", async () => {
        expect(await store.durations()).toEqual(new Map());
        for (const [i, ms] of [9000, 9000, 1, 2, 3, 4, 5, 6, 7, 8, 100, 200].entries()) {
          const { fence } = await begin(`r${i}`, i === 11 ? [orders, totals] : [orders]);
          await materialize(`r${i}`, fence, orders, { ms });
          if (i === 11) await materialize(`r${i}`, fence, totals, { ms: 7 });
        }
        expect(await store.durations()).toEqual(
          new Map([
            [orders, 5.5],
            [totals, 7],
          ]),
        );
        const kept = await store.durations();
        await reopen();
        expect(await store.durations()).toEqual(kept);
      });

      test("the files that facts name are kept, of virtual assets there are none", async () => {
        const { fence } = await begin("r1", [orders, totals], ["a", "b"]);
        await materialize("r1", fence, orders, { partition: "a", sha256: "aa" });
        await materialize("r1", fence, orders, { partition: "b", sha256: "aa" });
        await materialize("r1", fence, totals, { partition: "a", sha256: "bb" });
        await materialize("r1", fence, totals, { partition: "b", format: "virtual", sha256: "", bytes: 0 });
        expect(await store.referencedFiles()).toEqual(new Set(["aa", "bb"]));
      });
    });

    describe("retention", () => {
      const versions = (asset: AssetKey, count: number): RetainRule => ({
        asset,
        retention: { type: "versions", count },
      });
      /** Runs that have ended, each with one fact of `orders`, whose file and memo key have the run's name. */
      const history = async (names: readonly string[], partition = ""): Promise<readonly Materialization[]> => {
        const made: Materialization[] = [];
        for (const [i, run] of names.entries()) {
          const { fence } = await begin(run, [orders], [partition]);
          const change = { partition, sha256: run, memoKey: run, createdAt: 1000 * (i + 1) };
          made.push(await materialize(run, fence, orders, change));
          await store.changeRun(run, "succeeded", { at: 9, fence });
        }
        return made;
      };

      test("the latest versions of each partition are kept, older ones stay in the history without their files", async () => {
        const a = await history(["a1", "a2", "a3"], "a");
        await history(["b1", "b2"], "b");
        expect(await store.retire([versions(orders, 2), versions(totals, 1)], 50)).toBe(1);
        expect(await store.retire([versions(orders, 2)], 60)).toBe(0);
        await reopen();
        expect(await store.referencedFiles()).toEqual(new Set(["a2", "a3", "b1", "b2"]));
        expect(await store.referencedFiles(50)).toEqual(new Set(["a1", "a2", "a3", "b1", "b2"]));
        expect(await store.referencedFiles(51)).toEqual(new Set(["a2", "a3", "b1", "b2"]));
        expect(await store.materializations({ asset: orders, partition: "a", limit: 9 })).toEqual(a.toReversed());
        expect((await store.byMemoKeys(["a1", "a2"])).map(({ memoKey }) => memoKey)).toEqual(["a2"]);
      });

      test("what is older than its age is retired, but never what readers see", async () => {
        await history(["r1", "r2", "r3"]);
        expect(await store.retire([{ asset: orders, retention: { type: "age", ms: 500 } }], 3499)).toBe(2);
        expect(await store.retire([{ asset: orders, retention: { type: "age", ms: 0 } }], 99_999)).toBe(0);
        expect(await store.referencedFiles()).toEqual(new Set(["r3"]));
      });

      test("a fact that another asset's readers see, that a run under way found, or that a link shows frozen, stays", async () => {
        const [first, second] = await history(["r1", "r2", "r3", "r4"]);
        const other = await begin("r5", [totals]);
        const found = { fence: other.fence, run: "r5", asset: totals, partition: "", reason: "same", at: 1 };
        await store.reuse({ ...found, fact: first?.seq ?? 0 });
        const waiting = await begin("r6", [totals]);
        await store.reuse({ ...found, fence: waiting.fence, run: "r6", fact: second?.seq ?? 0 });
        await store.addShare({ ...share, run: "r3" });
        await store.addShare({ ...share, id: "s2", tokenHash: "h2", run: "r1", withData: false });
        expect(await store.oldestRunUnderWay()).toBe(1000);
        // r5 is under way and holds the first, readers of totals see the second, the link shows the third
        expect(await store.retire([versions(orders, 1)], 10)).toBe(0);
        await store.changeRun("r5", "succeeded", { at: 1, fence: other.fence });
        expect(await store.retire([versions(orders, 1)], 10)).toBe(1);
        await store.changeRun("r6", "succeeded", { at: 1, fence: waiting.fence });
        expect(await store.retire([versions(orders, 1)], 499)).toBe(0);
        expect(await store.retire([versions(orders, 1)], 500)).toBe(1);
        expect(await store.referencedFiles()).toEqual(new Set(["r2", "r4"]));
        expect(await store.oldestRunUnderWay()).toBeNull();
      });

      test("a fact that was found before it was retired is kept again once it is reused", async () => {
        const [first] = await history(["r1", "r2"]);
        expect(await store.retire([versions(orders, 1)], 10)).toBe(1);
        const { fence } = await begin("r3", [orders]);
        const seq = first?.seq ?? 0;
        await store.reuse({ fence, run: "r3", asset: orders, partition: "", fact: seq, reason: "same", at: 11 });
        expect(await store.referencedFiles()).toEqual(new Set(["r1", "r2"]));
        expect((await store.byMemoKeys(["r1"])).map(({ seq }) => seq)).toEqual([seq]);
      });
    });

    describe("schedules", () => {
      const tick = (at: number, run: string | null) => ({
        ...{ schedule: "s", tick: at, decision: run === null ? ("skipped" as const) : ("run" as const) },
        ...{
          reason: "due",
          at: at + 5,
          run: run === null ? null : { run: newRun(run), steps: [newStep(run, orders)] },
        },
      });

      test("P5 a tick is decided once, with its run or not at all", async () => {
        await store.beginSchedule("s", "0 * * * *", 50);
        const decided = await Promise.all([
          store.decideTick(tick(100, "r1")),
          store.decideTick(tick(100, "r2")),
          store.decideTick(tick(200, null)),
        ]);
        expect(decided).toEqual([true, false, true]);
        expect((await store.runs({ limit: 9 })).map((run) => run.id)).toEqual(["r1"]);
        expect(await store.steps("r1")).toEqual([newStep("r1", orders)]);
        expect(await store.ticks("s", 9)).toEqual([
          { tick: 200, decision: "skipped", reason: "due", run: null, decidedAt: 205 },
          { tick: 100, decision: "run", reason: "due", run: "r1", decidedAt: 105 },
        ]);
        expect(await store.ticks("s", 1)).toEqual([
          { tick: 200, decision: "skipped", reason: "due", run: null, decidedAt: 205 },
        ]);
        expect((await log()).map((event) => event.type)).toEqual(["run_changed", "tick_decided", "tick_decided"]);
      });

      test("P5 a tick whose run cannot be made is not decided", async () => {
        await store.createRun({ run: newRun("r1"), steps: [] });
        expect(await code(store.decideTick(tick(100, "r1")))).toBe("run_conflict");
        expect(await store.ticks("s", 9)).toEqual([]);
        expect(await store.decideTick(tick(100, "r2"))).toBe(true);
      });

      test("P5 ticks are decided together, all of them or none", async () => {
        await store.createRun({ run: newRun("taken"), steps: [] });
        const { length } = await log();
        expect(await code(store.decideTicks([tick(100, "r1"), tick(200, null), tick(300, "taken")]))).toBe(
          "run_conflict",
        );
        expect([await store.ticks("s", 9), await store.run("r1"), (await log()).length]).toEqual([[], null, length]);
        expect(await store.decideTicks([tick(100, "r1"), tick(200, null)])).toEqual([true, true]);
        expect(await store.decideTicks([tick(200, "r2"), tick(300, "r3"), tick(300, "r4")])).toEqual([
          ...[false, true, false],
        ]);
        expect(await store.decideTicks([])).toEqual([]);
        await reopen();
        expect((await store.ticks("s", 9)).map(({ tick: at, run }) => [at, run])).toEqual([
          [300, "r3"],
          [200, null],
          [100, "r1"],
        ]);
        expect((await store.runs({ limit: 9 })).map(({ id }) => id).sort()).toEqual(["r1", "r3", "taken"]);
      });

      test("D6 an epoch begins with a new definition, and nothing before it is due", async () => {
        expect(await store.lastTick("s")).toBeNull();
        await store.beginSchedule("s", "0 * * * *", 50);
        await store.beginSchedule("s", "0 * * * *", 60);
        expect(await store.lastTick("s")).toBe(50);
        await store.decideTick(tick(100, null));
        expect(await store.lastTick("s")).toBe(100);
        await store.beginSchedule("s", "5 * * * *", 1000);
        await reopen();
        expect([await store.lastTick("s"), await store.lastTick("t")]).toEqual([1000, null]);
      });
    });

    describe("the log", () => {
      test("P7 numbers have no gap, also where a neighbour in the commit fails", async () => {
        const [a, failed, b, c] = await Promise.all([
          store.append([logged("a1"), logged("a2")], 1),
          code(store.changeRun("none", "starting", { at: 1 })),
          store.append([logged("b", "r2")], 2),
          store.append([logged("c")], 3),
        ]);
        expect([a, failed, b, c, await store.append([], 4), await store.lastSeq()]).toEqual([
          ...[2, "not_found", 3, 4, 4, 4],
        ]);
        await reopen();
        expect(await store.append([logged("d")], 5)).toBe(5);
        expect(await store.eventsAfter(1, 2)).toEqual([
          { seq: 2, at: 1, event: logged("a2") },
          { seq: 3, at: 2, event: logged("b", "r2") },
        ]);
        expect((await store.eventsAfter(0, 9, "r1")).map((e) => e.seq)).toEqual([1, 2, 4, 5]);
        expect((await store.eventsAfter(2, 1, "r1")).map((e) => e.seq)).toEqual([4]);
        expect(await store.eventsAfter(5, 9)).toEqual([]);
      });

      test("P7 the log has the order in which the writes were asked for", async () => {
        await Promise.all([
          store.append([logged("a")], 1),
          store.createRun({ run: newRun("r1"), steps: [] }),
          store.append([logged("b")], 1),
          store.append([logged("c")], 1),
          store.changeRun("r1", "starting", { at: 1 }),
          store.append([logged("d")], 1),
        ]);
        expect((await log()).map((e) => (e.type === "log" ? e.text : e.type))).toEqual([
          ...["a", "run_changed", "b", "c", "run_changed", "d"],
        ]);
      });

      test("a listener hears of events once they can be read, and no more after it left", async () => {
        const heard: number[] = [];
        const leave = store.onEvents((last) => heard.push(last));
        await store.append([logged("a"), logged("b")], 1);
        expect(heard).toEqual([2]);
        await store.setSetting("theme", "air");
        await store.createRun({ run: newRun("r1"), steps: [] });
        leave();
        await store.append([logged("c")], 1);
        expect(heard).toEqual([2, 3]);
      });

      test("any text comes back as it was", async () => {
        const texts = ["", "\u0000", "\ud800 lone", "é\r\n\u2028", "'\"\\", "x".repeat(1_000_000)];
        await store.append(
          texts.map((text) => logged(text)),
          1,
        );
        expect(await log()).toEqual(texts.map((text) => logged(text)));
      });
    });

    describe("what is forgotten of the log", () => {
      const seqs = async () => (await store.eventsAfter(0, 1e6)).map(({ seq }) => seq);

      test("its oldest part goes, numbers go on, and nothing of a run under way", async () => {
        for (const at of [10, 20, 15, 30]) await store.append([logged("old", "none")], at);
        expect(await store.forget(5)).toBe(0);
        expect(await store.forget(20)).toBe(1);
        expect(await seqs()).toEqual([2, 3, 4]);
        await store.createRun({ run: newRun("r1", { createdAt: 40 }), steps: [] });
        await store.append([logged("later", "none")], 50);
        expect(await store.forget(1000)).toBe(3);
        await reopen();
        const [first, ...others] = await seqs();
        expect([first, others.length]).toEqual([5, 1]);
        expect(await store.append([logged("new", "none")], 60)).toBe(await store.lastSeq());
      });

      test("the last event stays, so that numbers go on after all are old", async () => {
        await store.append([logged("a", "none"), logged("b", "none")], 10);
        expect(await store.forget(1000)).toBe(1);
        expect(await store.append([logged("c", "none")], 2000)).toBe(3);
      });

      test("ticks as old go, but for the latest of each schedule", async () => {
        await store.beginSchedule("s", "d", 0);
        for (const tick of [1, 2, 3])
          await store.decideTick({ schedule: "s", tick, decision: "skipped", reason: "", at: tick, run: null });
        await store.forget(1000);
        expect((await store.ticks("s", 9)).map(({ tick }) => tick)).toEqual([3]);
        expect(await store.lastTick("s")).toBe(3);
      });
    });

    describe("a range of steps", () => {
      const facts = (run: string, keys: readonly string[]) =>
        keys.map((partition) => newFact(run, orders, { partition, memoKey: `memo ${partition}` }));
      const range = (run: string, keys: readonly string[], fence = 1) => ({
        ...{ run, fence, facts: facts(run, keys), attempt: 1, reason: "together", begunAt: 20, at: 25 },
      });

      test("is committed as one: facts, steps, events, pointers", async () => {
        const keys = Array.from({ length: 120 }, (_, i) => `k${i}`);
        await store.createRun({
          run: newRun("r1"),
          steps: keys.map((partition) => newStep("r1", orders, { partition, attempt: 0 })),
        });
        const lease = await store.lease("r1", "a", 1000, 10);
        expect(lease?.fence).toBe(1);
        const before = await store.lastSeq();
        const committed = await store.commitRange(range("r1", keys));
        await reopen();
        expect(committed.map(({ partition, seq }) => `${partition} ${seq}`)).toEqual(
          keys.map((key, i) => `${key} ${i + 1}`),
        );
        expect(await store.pointers([orders])).toEqual(
          [...committed].sort((a, b) => (a.partition < b.partition ? -1 : 1)),
        );
        expect(
          new Set(
            (await store.steps("r1")).map(({ state, attempt, startedAt, endedAt, rows }) =>
              JSON.stringify([state, attempt, startedAt, endedAt, rows]),
            ),
          ),
        ).toEqual(new Set([JSON.stringify(["succeeded", 1, 20, 25, 2])]));
        const events = (await store.eventsAfter(before, 1000)).map(({ event }) => event);
        expect(events.slice(0, 3)).toMatchObject([
          { type: "step_changed", partition: "k0", state: "running" },
          { type: "materialized", partition: "k0", seqOfFact: 1 },
          { type: "step_changed", partition: "k0", state: "succeeded" },
        ]);
        expect(events).toHaveLength(360);
      });

      test("has the results of its checks, behind what they are about", async () => {
        const keys = ["a", "b"];
        await store.createRun({
          run: newRun("r1"),
          steps: keys.map((partition) => newStep("r1", orders, { partition, attempt: 0 })),
        });
        await store.lease("r1", "a", 1000, 10);
        const checks = keys.map((partition) => [
          newResult("r1", orders, { partition, check: "cheap", status: "passed" }),
        ]);
        const committed = await store.commitRange({ ...range("r1", keys), checks });
        const found = await store.checkResults({ by: "facts", facts: committed.map(({ seq }) => seq) });
        expect(found.map(({ fact, partition }) => [fact, partition])).toEqual([
          [committed[1]?.seq, "b"],
          [committed[0]?.seq, "a"],
        ]);
        expect((await store.steps("r1")).map((step) => step.checks)).toEqual([["cheap"], ["cheap"]]);
        const types = (await store.eventsAfter(0, 1000)).map(({ event }) => event.type);
        expect(types.slice(-2)).toEqual(["checked", "checked"]);
      });

      test("is refused as a whole: where a step waits no more, and to who lost the run", async () => {
        await store.createRun({
          run: newRun("r1"),
          steps: [
            newStep("r1", orders, { partition: "a" }),
            newStep("r1", orders, { partition: "b", state: "skipped" }),
          ],
        });
        await store.lease("r1", "a", 1000, 10);
        await expect(store.commitRange(range("r1", ["a", "b"]))).rejects.toMatchObject({ code: "run_conflict" });
        await expect(store.commitRange(range("r1", ["a"], 7))).rejects.toMatchObject({ code: "fence_lost" });
        expect(await store.pointers([orders])).toEqual([]);
        expect((await store.steps("r1")).map(({ state }) => state)).toEqual(["waiting", "skipped"]);
      });

      test("failures of before are over", async () => {
        await store.createRun({ run: newRun("r1"), steps: [newStep("r1", orders, { partition: "a" })] });
        await store.lease("r1", "a", 1000, 10);
        const step = { run: "r1", asset: orders, partition: "a" };
        await store.changeStep(step, "running", { at: 11, fence: 1 });
        await store.changeStep(step, "failed", { at: 12, fence: 1, error: failure });
        expect(await store.failures()).toHaveLength(1);
        await store.createRun({ run: newRun("r2"), steps: [newStep("r2", orders, { partition: "a" })] });
        await store.lease("r2", "a", 1000, 10);
        await store.commitRange(range("r2", ["a"]));
        expect(await store.failures()).toEqual([]);
      });
    });

    describe("dynamic partitions", () => {
      test("keys are added behind those that are there, once, and taken away", async () => {
        expect(await store.addPartitionKeys("customers", ["bo", "al", "bo"], 5)).toEqual(["bo", "al"]);
        expect(await store.addPartitionKeys("customers", ["al", "cy"], 6)).toEqual(["cy"]);
        expect(await store.addPartitionKeys("regions", ["eu"], 6)).toEqual(["eu"]);
        expect(await store.addPartitionKeys("customers", ["al"], 7)).toEqual([]);
        expect(await store.removePartitionKeys("customers", ["bo", "nobody"], 8)).toEqual(["bo"]);
        expect(await store.removePartitionKeys("customers", ["bo"], 9)).toEqual([]);
        expect(await store.addPartitionKeys("customers", ["bo"], 10)).toEqual(["bo"]);
        await reopen();
        expect(await store.partitionKeys("customers")).toEqual(["al", "cy", "bo"]);
        expect(await store.partitionKeys("none")).toEqual([]);
        expect([...(await store.allPartitionKeys())]).toEqual([
          ["customers", ["al", "cy", "bo"]],
          ["regions", ["eu"]],
        ]);
        expect(await log()).toEqual([
          { type: "partitions_changed", name: "customers", added: ["bo", "al"], removed: [] },
          { type: "partitions_changed", name: "customers", added: ["cy"], removed: [] },
          { type: "partitions_changed", name: "regions", added: ["eu"], removed: [] },
          { type: "partitions_changed", name: "customers", added: [], removed: ["bo"] },
          { type: "partitions_changed", name: "customers", added: ["bo"], removed: [] },
        ]);
      });

      test.each(["", "a|b", "a..b", "*", " a"])(
        "%j cannot be a key, and none of its neighbours is added",
        async (key) => {
          await expect(store.addPartitionKeys("customers", ["good", key], 5)).rejects.toMatchObject({ code: "usage" });
          expect(await store.partitionKeys("customers")).toEqual([]);
        },
      );

      test("a hundred thousand keys", async () => {
        const keys = Array.from({ length: 100_000 }, (_, i) => `k${i}`);
        await store.addPartitionKeys("many", keys, 5);
        expect(await store.partitionKeys("many")).toEqual(keys);
        expect(await store.removePartitionKeys("many", keys, 6)).toHaveLength(keys.length);
      });
    });

    describe("backfills", () => {
      test("a backfill comes back as it was, newest first", async () => {
        const other: Backfill = { ...backfill, id: "b2", createdAt: 8 };
        await store.createBackfill(backfill);
        await store.createBackfill(other);
        await store.changeBackfill("b2", "cancelled", { at: 9 });
        await reopen();
        const ended = { ...other, state: "cancelled", endedAt: 9 };
        expect(await store.backfills({ limit: 10 })).toEqual([ended, backfill]);
        expect(await store.backfills({ limit: 1 })).toEqual([ended]);
        expect(await store.backfills({ limit: 10, states: ["requested", "running"] })).toEqual([backfill]);
        expect([await store.backfill("b1"), await store.backfill("b3")]).toEqual([backfill, null]);
      });

      test("a state is changed as the table of transitions allows", async () => {
        await store.createBackfill(backfill);
        expect(await store.changeBackfill("b1", "running", { at: 8 })).toMatchObject({ startedAt: 8, endedAt: null });
        expect(await store.changeBackfill("b1", "failed", { at: 9, error: failure })).toMatchObject({ endedAt: 9 });
        await expect(store.changeBackfill("b1", "running", { at: 10 })).rejects.toMatchObject({ code: "run_conflict" });
        await expect(store.changeBackfill("b2", "running", { at: 10 })).rejects.toMatchObject({ code: "not_found" });
        expect((await log()).map((event) => event.type === "backfill_changed" && event.state)).toEqual([
          ...["requested", "running", "failed"],
        ]);
      });

      test("a part is begun once, and none once it has ended", async () => {
        await store.createBackfill(backfill);
        const run = (id: string) => ({
          run: newRun(id, { trigger: { type: "backfill", backfill: "b1" } }),
          steps: ["a", "b"].map((partition) => newStep(id, orders, { partition })),
        });
        expect(await store.addBackfillRun("b1", 1, run("r1"), 8)).toBe(true);
        expect(await store.addBackfillRun("b1", 1, run("r2"), 9)).toBe(false);
        expect(await store.addBackfillRun("b1", 2, run("r3"), 9)).toBe(true);
        await store.changeBackfill("b1", "cancelled", { at: 10 });
        expect(await store.addBackfillRun("b1", 3, run("r4"), 11)).toBe(false);
        expect(await store.addBackfillRun("none", 1, run("r5"), 11)).toBe(false);
        await reopen();
        expect(await store.backfillRuns("b1")).toEqual([
          { number: 1, run: "r1", state: "queued" },
          { number: 2, run: "r3", state: "queued" },
        ]);
        expect((await store.runs({ limit: 10 })).map(({ id }) => id)).toEqual(["r3", "r1"]);
        expect(await store.backfill("b1")).toMatchObject({ startedAt: 8, endedAt: 10 });
      });

      test("its steps are counted and listed over its runs", async () => {
        await store.createBackfill(backfill);
        await store.createRun({ run: newRun("other"), steps: [newStep("other", orders)] });
        for (const number of [1, 2])
          await store.addBackfillRun(
            "b1",
            number,
            {
              run: newRun(`r${number}`),
              steps: ["a", "b"].map((partition, i) =>
                newStep(`r${number}`, orders, { partition, state: i === 0 ? "skipped" : "waiting" }),
              ),
            },
            8,
          );
        expect(await store.backfillCounts("b1")).toEqual([
          { asset: orders, state: "skipped", count: 2 },
          { asset: orders, state: "waiting", count: 2 },
        ]);
        const named = async (query: Parameters<Store["backfillSteps"]>[1]) =>
          (await store.backfillSteps("b1", query)).map(({ run, partition }) => `${run} ${partition}`);
        expect(await named({})).toEqual(["r1 a", "r1 b", "r2 a", "r2 b"]);
        expect(await named({ after: 1 })).toEqual(["r2 a", "r2 b"]);
        expect(await named({ states: ["skipped"] })).toEqual(["r1 a", "r2 a"]);
        expect(await named({ limit: 1 })).toEqual(["r1 a"]);
      });
    });

    describe("wiped and renamed", () => {
      const sold = AssetKey.of("shop", "sold");

      test("what was wiped is seen no more and found no more, older failures are over, and the history stays", async () => {
        const { fence } = await begin("r1", [orders], ["a", "b"]);
        await store.changeStep({ run: "r1", asset: orders, partition: "b" }, "running", { at: 1, fence });
        await store.changeStep({ run: "r1", asset: orders, partition: "b" }, "failed", {
          at: 2,
          fence,
          error: failure,
        });
        const made = await materialize("r1", fence, orders, { partition: "a" });
        expect(await store.wipe(orders, ["b"], 3)).toBe(0);
        expect(await store.wipe(orders, null, 3)).toBe(1);
        await reopen();
        expect(await store.pointers()).toEqual([]);
        expect(await store.byMemoKeys([made.memoKey])).toEqual([]);
        expect(await store.materializations({ asset: orders, limit: 9 })).toEqual([made]);
        expect((await store.failures()).map(({ partition }) => partition)).toEqual(["b"]);
        expect(await store.wipe(orders, null, 4)).toBe(0);
        expect((await log()).at(-1)).toEqual({ type: "wiped", asset: orders, partitions: null });
      });

      test("a renamed asset takes its history along, and what was read of it is known by the new key", async () => {
        const { fence } = await begin("r1", [orders, totals]);
        const made = await materialize("r1", fence, orders);
        const read = await materialize("r1", fence, totals, { inputs: { [orders]: "d1", "file:a.csv": "v1" } });
        const present = [
          { asset: sold, notebook: "n1", cell: 1 },
          { asset: totals, notebook: "n1", cell: 2 },
        ];
        const renames = [{ from: orders, to: sold }];
        expect(await store.keepIdentities(present, renames, 5)).toEqual([]);
        expect(await store.identities()).toEqual(present.slice(1));
        await store.changeRun("r1", "succeeded", { at: 6, fence });
        expect(await store.keepIdentities(present, renames, 7)).toEqual(renames);
        await reopen();
        expect(await store.identities()).toEqual([present[1], present[0]]);
        expect(await store.pointers()).toEqual([
          { ...read, inputs: { [sold]: "d1", "file:a.csv": "v1" } },
          { ...made, asset: sold },
        ]);
        expect((await store.steps("r1")).map(({ asset }) => asset)).toEqual([sold, totals]);
        expect((await log()).at(-1)).toEqual({ type: "asset_renamed", from: orders, to: sold });
      });

      test("no history goes to a key that has its own", async () => {
        const { fence } = await begin("r1", [orders, totals]);
        const facts = [await materialize("r1", fence, orders), await materialize("r1", fence, totals)];
        await store.changeRun("r1", "succeeded", { at: 6, fence });
        expect(await store.keepIdentities([], [{ from: orders, to: totals }], 7)).toEqual([]);
        expect(await store.pointers()).toEqual(facts);
      });
    });

    describe("shares and settings", () => {
      test("a share is found by its token's hash and revoked once", async () => {
        const other: Share = { ...share, id: "s2", tokenHash: "h2", run: "r1", snapshot: "{}", withData: false };
        await store.addShare(share);
        await store.addShare(other);
        expect([await store.revokeShare("s1", 9), await store.revokeShare("s1", 10)]).toEqual([true, false]);
        expect(await store.revokeShare("none", 9)).toBe(false);
        await reopen();
        expect(await store.shares()).toEqual([{ ...share, revokedAt: 9 }, other]);
        expect([await store.shareByTokenHash("h2"), await store.shareByTokenHash("h3")]).toEqual([other, null]);
      });

      test("a setting and a file's version are the latest that was set", async () => {
        await store.setSetting("theme", "air");
        await store.setSetting("theme", "ink");
        await store.setFileVersion("a.csv", { size: 1, mtimeMs: 1.25, version: "v1" });
        await store.setFileVersion("a.csv", { size: 2, mtimeMs: 2.5, version: "v2" });
        await reopen();
        expect([await store.setting("theme"), await store.setting("none")]).toEqual(["ink", null]);
        expect(await store.fileVersions()).toEqual(new Map([["a.csv", { size: 2, mtimeMs: 2.5, version: "v2" }]]));
      });
    });
  });
}
