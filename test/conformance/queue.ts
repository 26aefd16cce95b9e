import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { TagLimit } from "../../server/queue/limits.ts";
import type { Queue, QueuedRun } from "../../server/queue/queue.ts";
import type { Store } from "../../server/store/store.ts";
import { newRun } from "../support/store-rows.ts";

/** A backend under test: queues over one database. */
export interface QueueBackend {
  open(): Promise<Store>;
  create(
    store: Store,
    options: {
      readonly concurrency: number;
      readonly limits: readonly TagLimit[];
      readonly onError: (run: string, error: unknown) => void;
    },
  ): Queue;
  remove(): Promise<void>;
}

/** Work that ends when the test says so, and says when it began. */
class Worker {
  readonly #store: Store;
  readonly begun: string[] = [];
  readonly #ends = new Map<string, { readonly end: () => void; readonly fail: (error: Error) => void }>();
  readonly signals = new Map<string, AbortSignal>();
  #wake: () => void = () => {};

  constructor(store: Store) {
    this.#store = store;
  }

  readonly work = async (run: string, signal: AbortSignal): Promise<void> => {
    await this.#store.changeRun(run, "starting", { at: 1 });
    this.begun.push(run);
    this.signals.set(run, signal);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#ends.set(run, { end: resolve, fail: reject });
    this.#wake();
    await promise;
  };

  /** Resolves once `count` runs have begun. */
  async until(count: number): Promise<readonly string[]> {
    while (this.begun.length < count) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.begun;
  }

  end(run: string): void {
    this.#ends.get(run)?.end();
  }

  fail(run: string, error: Error): void {
    this.#ends.get(run)?.fail(error);
  }
}

/** What every queue promises. */
export function describeQueue(name: string, backend: () => QueueBackend): void {
  describe(`queue: ${name}`, () => {
    let under: QueueBackend;
    let store: Store;
    let queue: Queue;
    let worker: Worker;
    let working: Promise<void> | null = null;
    let errors: unknown[] = [];

    beforeEach(async () => {
      under = backend();
      store = await under.open();
      errors = [];
      setUp(1);
    });
    afterEach(async () => {
      for (const run of worker.begun) worker.end(run);
      await queue.stop();
      await working;
      working = null;
      await store.close();
      await under.remove();
    });

    const setUp = (concurrency: number, limits: readonly TagLimit[] = []): void => {
      queue = under.create(store, { concurrency, limits, onError: (run, error) => errors.push([run, error]) });
      worker = new Worker(store);
    };
    const start = (): void => {
      working = queue.work(worker.work);
    };
    const send = async (run: string, change: Partial<QueuedRun> = {}): Promise<void> => {
      await store.createRun({ run: newRun(run), steps: [] });
      await queue.send({ run, priority: 0, tags: {}, ...change });
    };
    const code = async (work: Promise<unknown>): Promise<unknown> =>
      work.then(
        () => "done",
        (error: unknown) => (error instanceof Error && "code" in error ? error.code : error),
      );

    test("runs are worked on by priority, then first come, first served", async () => {
      for (const [run, priority] of [
        ["a", 0],
        ["b", 0],
        ["c", 9],
        ["d", 0],
      ] as const)
        await send(run, { priority });
      start();
      for (const [i, run] of ["c", "a", "b", "d"].entries()) {
        await worker.until(i + 1);
        worker.end(run);
      }
      expect(worker.begun).toEqual(["c", "a", "b", "d"]);
    });

    test("sending wakes a queue that waits, and no more start than may", async () => {
      setUp(2);
      start();
      await send("a");
      await worker.until(1);
      await send("b");
      await send("c");
      await worker.until(2);
      expect(await queue.state()).toEqual({
        running: ["a", "b"],
        waiting: ["c"],
        reason: "run c waits: 2 runs are under way already, and 2 may run at once",
      });
      worker.end("a");
      expect(await worker.until(3)).toEqual(["a", "b", "c"]);
    });

    test("a limit holds back its own tag only, each value by itself or one value", async () => {
      setUp(9, [
        { tag: "pool", value: null, limit: 1 },
        { tag: "team", value: "ops", limit: 1 },
      ]);
      start();
      await send("a", { tags: { pool: "db" } });
      await send("b", { tags: { pool: "db" } });
      await send("c", { tags: { pool: "api", team: "ops" } });
      await send("d", { tags: { team: "ops" } });
      await send("e", { tags: { team: "web" } });
      await send("f", { tags: { team: "web" } });
      expect(await worker.until(4)).toEqual(["a", "c", "e", "f"]);
      expect(await queue.state()).toEqual({
        running: ["a", "c", "e", "f"],
        waiting: ["b", "d"],
        reason: "run b waits: 1 run is under way already with pool=db, and 1 of those may run at once",
      });
      worker.end("a");
      worker.end("c");
      expect((await worker.until(6)).slice(4).toSorted()).toEqual(["b", "d"]);
    });

    test("waiting runs are found again after a restart, in their order", async () => {
      await send("a");
      await send("b", { priority: 2, tags: { pool: "db" } });
      await send("c");
      await store.changeRun("c", "cancelled", { at: 1 });
      await queue.stop();
      await store.close();
      store = await under.open();
      setUp(1, [{ tag: "pool", value: "db", limit: 0 }]);
      start();
      expect(await worker.until(1)).toEqual(["a"]);
      expect((await queue.state()).reason).toBe("run b waits: 1 run is under way already, and 1 may run at once");
    });

    test("only a queued run of the store can be sent", async () => {
      expect(await code(queue.send({ run: "none", priority: 0, tags: {} }))).toBe("not_found");
      await send("a");
      await store.changeRun("a", "cancelled", { at: 1 });
      expect(await code(queue.send({ run: "a", priority: 0, tags: {} }))).toBe("run_conflict");
    });

    test("a run that was sent twice is worked on once", async () => {
      await send("a");
      await queue.send({ run: "a", priority: 0, tags: {} });
      start();
      await send("b");
      await worker.until(1);
      worker.end("a");
      expect(await worker.until(2)).toEqual(["a", "b"]);
    });

    test("a run that is queued again while its last work ends comes back after it", async () => {
      start();
      await send("a");
      await worker.until(1);
      await store.changeRun("a", "queued", { at: 1 });
      await queue.send({ run: "a", priority: 0, tags: {} });
      expect((await queue.state()).waiting).toEqual(["a"]);
      worker.end("a");
      expect(await worker.until(2)).toEqual(["a", "a"]);
    });

    test("cancelling takes out a waiting run, and tells a running one by its signal", async () => {
      start();
      await send("a");
      await send("b");
      await send("c");
      await worker.until(1);
      await queue.cancel("b");
      await queue.cancel("a");
      await queue.cancel("unknown");
      expect(worker.signals.get("a")?.aborted).toBe(true);
      expect(await queue.state()).toMatchObject({ running: ["a"], waiting: ["c"] });
      worker.end("a");
      expect(await worker.until(2)).toEqual(["a", "c"]);
      expect(worker.signals.get("c")?.aborted).toBe(false);
    });

    test("work that throws is reported, and the next run starts", async () => {
      start();
      await send("a");
      await send("b");
      await worker.until(1);
      const error = new Error("broken");
      worker.fail("a", error);
      expect(await worker.until(2)).toEqual(["a", "b"]);
      expect(errors).toEqual([["a", error]]);
    });

    test("stopping lets what runs end and starts no more", async () => {
      start();
      await send("a");
      await send("b");
      await worker.until(1);
      const stopped = queue.stop().then(() => worker.begun.length);
      expect((await queue.state()).reason).toBe("run b waits: the server is stopping; it starts with the next server");
      worker.end("a");
      expect([await stopped, await working]).toEqual([1, undefined]);
      expect((await store.queued()).map((run) => run.run)).toEqual(["b"]);
    });

    test("before there is a worker, the first run says so", async () => {
      await send("a");
      expect(await queue.state()).toEqual({
        running: [],
        waiting: ["a"],
        reason: "run a waits: no worker has been started",
      });
    });
  });
}
