import fc from "fast-check";
import { expect, test } from "vitest";
import { PoolSlots } from "../../../server/runner/pool-slots.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("R4 R5 never more than the limit at once, over steps that end, fail and are cancelled; in the end none has a slot", async () => {
  const steps = fc.array(
    fc.record({
      pool: fc.constantFrom("a", "b"),
      end: fc.constantFrom("done", "failed", "cancelled"),
      priority: fc.integer({ min: -2, max: 2 }),
    }),
    { maxLength: 40 },
  );
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 1, max: 3 }), async (list, limit) => {
      const slots = new PoolSlots(() => limit);
      const inUse = new Map<string, number>();
      let most = 0;
      const all = list.map(async ({ pool, end, priority }, i) => {
        const abort = new AbortController();
        const user = { run: `r${i}`, asset: "a/x", partition: "", priority };
        const used = slots.use(pool, user, abort.signal, async () => {
          inUse.set(pool, (inUse.get(pool) ?? 0) + 1);
          most = Math.max(most, ...inUse.values());
          await turn();
          inUse.set(pool, (inUse.get(pool) ?? 0) - 1);
          if (end === "failed") throw new Error("failed");
        });
        if (end === "cancelled") abort.abort(new Error("cancelled"));
        await used.catch(() => undefined);
      });
      await Promise.all(all);
      expect(most).toBeLessThanOrEqual(limit);
      expect(slots.state().every(({ used, waiting }) => used === 0 && waiting === 0)).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test("larger priority first; who waits says why; a larger limit lets it start", async () => {
  let limit = 1;
  const slots = new PoolSlots(() => limit);
  const begun: string[] = [];
  const end = Promise.withResolvers<void>();
  const use = (asset: string, priority = 0) =>
    slots.use("w", { run: "r", asset, partition: "", priority }, new AbortController().signal, async () => {
      begun.push(asset);
      await end.promise;
    });
  const all = [use("a/1"), use("a/2"), use("a/3", 5)];
  await turn();
  expect(begun).toEqual(["a/1"]);
  expect(slots.whyWaiting("r", "a/2", "")).toBe("pool w is full: a/1 is computed, and 1 may be at once");
  expect(slots.waitingOf("r")).toBe("a/3, as pool w is full: a/1 is computed, and 1 may be at once");
  expect(slots.waitingOf("another")).toBeNull();
  limit = 2;
  slots.wake();
  await turn();
  expect(begun).toEqual(["a/1", "a/3"]);
  end.resolve();
  await Promise.all(all);
  expect([begun, slots.whyWaiting("r", "a/2", "")]).toEqual([["a/1", "a/3", "a/2"], null]);
});
