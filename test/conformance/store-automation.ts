import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AssetKey } from "../../cells/model/asset-key.ts";
import type { NewEvaluation } from "../../server/store/automation-store.ts";
import type { SensorDecision } from "../../server/store/sensor-store.ts";
import type { Store } from "../../server/store/store.ts";
import { newFact, newRun, newStep } from "../support/store-rows.ts";
import type { StoreBackend } from "./store.ts";

const orders = AssetKey.of("sales", "orders");

const evaluation = (change: Partial<NewEvaluation> = {}): NewEvaluation => ({
  asset: "sales/orders",
  at: 10,
  lastAt: 10,
  count: 1,
  requested: 0,
  sentence: "waiting",
  tree: '{"text":"eager"}',
  run: null,
  backfill: null,
  problem: null,
  isSame: false,
  ...change,
});

const tick = (change: Partial<SensorDecision> = {}): SensorDecision => ({
  sensor: "sales#inbox",
  after: 0,
  at: 100,
  ms: 5,
  failed: false,
  reason: "nothing to do",
  cursor: null,
  position: 0,
  failures: 0,
  runs: [],
  handled: [],
  partitions: { add: {}, remove: {} },
  payloadsUpTo: null,
  ...change,
});

/** What every store promises automation and sensors. */
export function describeAutomationStore(name: string, backend: () => StoreBackend): void {
  describe(`store of automation: ${name}`, () => {
    let under: StoreBackend;
    let store: Store;
    const reopen = async () => {
      await store.close();
      store = await under.open(() => 1000);
    };

    beforeEach(async () => {
      under = backend();
      store = await under.open(() => 1000);
    });
    afterEach(async () => {
      await store.close();
      await under.remove();
    });

    test("a decision is state, evaluations and runs together, and once for each number", async () => {
      const run = {
        run: newRun("r1", { trigger: { type: "automation", evaluation: 1 } }),
        steps: [newStep("r1", orders)],
      };
      const decision = {
        after: 0,
        parts: [
          { section: "facts", key: "a", value: "1" },
          { section: "", key: "rest", value: "{}" },
        ],
        evaluations: [evaluation({ requested: 1, run: "r1" })],
        runs: [run],
        at: 10,
      };
      await store.decideAutomation(decision);
      await expect(store.decideAutomation(decision)).rejects.toMatchObject({ code: "run_conflict" });
      const second = {
        ...decision,
        after: 1,
        evaluations: [evaluation({ lastAt: 30, count: 4, isSame: true, sentence: "still" })],
      };
      // the run's id is taken: nothing of the decision is there
      await expect(store.decideAutomation(second)).rejects.toMatchObject({ code: "run_conflict" });
      await store.decideAutomation({ ...second, runs: [], parts: [{ section: "facts", key: "a", value: null }] });
      await reopen();
      expect(await store.automationParts()).toEqual(
        new Map([
          [
            "",
            new Map([
              ["evaluation", "2"],
              ["rest", "{}"],
            ]),
          ],
        ]),
      );
      const { isSame: _isSame, ...kept } = evaluation({
        requested: 1,
        run: "r1",
        lastAt: 30,
        count: 5,
        sentence: "still",
      });
      expect(await store.evaluations({ asset: "sales/orders", limit: 10 })).toEqual([
        { id: 1, evaluation: 1, ...kept },
      ]);
      expect(await store.run("r1")).toMatchObject({ state: "queued", trigger: { type: "automation", evaluation: 1 } });
      expect((await store.eventsAfter(0, 10)).map(({ event }) => event)).toContainEqual({
        type: "automation_decided",
        evaluation: 1,
        count: 1,
        requested: [{ asset: "sales/orders", run: "r1", problem: null }],
      });
    });

    test("the newest thousand evaluations of an asset stay", async () => {
      const many = Array.from({ length: 1005 }, (_, i) => evaluation({ at: i }));
      await store.decideAutomation({
        after: 0,
        parts: [],
        evaluations: [evaluation({ asset: "b" }), ...many],
        runs: [],
        at: 1,
      });
      expect(await store.evaluations({ asset: "sales/orders", limit: 2000 })).toHaveLength(1000);
      expect(await store.evaluations({ asset: "b", limit: 10 })).toHaveLength(1);
      expect([...(await store.latestEvaluations()).values()].map(({ asset, at }) => [asset, at])).toEqual([
        ["b", 10],
        ["sales/orders", 1004],
      ]);
    });

    test("what a step changed is told against what was there before it", async () => {
      const make = async (id: string, dataVersion: string) => {
        await store.createRun({ run: newRun(id), steps: [newStep(id, orders)] });
        const lease = await store.lease(id, "here", 1000, 1000);
        const change = { at: 1000, fence: lease?.fence ?? 0 };
        await store.changeRun(id, "starting", change);
        await store.changeRun(id, "running", change);
        await store.changeStep({ run: id, asset: orders, partition: "" }, "running", change);
        await store.changeStep({ run: id, asset: orders, partition: "" }, "committing", change);
        await store.commit({
          ...{ fence: change.fence, attempt: 1, reason: "computed", at: 1000 },
          materialization: newFact(id, orders, { dataVersion }),
        });
      };
      await make("r1", "d1");
      await make("r2", "d1");
      await make("r3", "d2");
      const names = ["r1", "r2", "r3", "none"].map((run) => ({ run, asset: orders, partition: "" }));
      expect(await store.stepUpdates(names)).toEqual([
        { asset: orders, partition: "", codeVersion: "c1", dataVersion: "d1", before: null },
        { asset: orders, partition: "", codeVersion: "c1", dataVersion: "d1", before: "d1" },
        { asset: orders, partition: "", codeVersion: "c1", dataVersion: "d2", before: "d1" },
        null,
      ]);
      expect(await store.runTargets(["r1", "none"])).toEqual(
        new Map([["r1", { targets: { [orders]: [""] }, tags: {} }]]),
      );
    });

    test("what is paused stays so until it is resumed", async () => {
      expect(await store.setPause("sales", true, 5)).toBe(true);
      expect(await store.setPause("sales", true, 6)).toBe(false);
      await reopen();
      expect(await store.pauses()).toEqual(new Map([["sales", 5]]));
      expect(await store.setPause("sales", false, 7)).toBe(true);
      expect(await store.pauses()).toEqual(new Map());
    });

    test("a key of a sensor makes one run, ever, and a tick is all or nothing", async () => {
      await store.beginSensor("sales#inbox", 3, 50);
      await store.beginSensor("sales#inbox", 9, 60);
      const asked = (id: string, keys: readonly string[]) => ({ run: newRun(id), steps: [], keys });
      const first = await store.decideSensor(
        tick({
          runs: [asked("r1", ["a"]), asked("r2", ["a"]), asked("r3", [])],
          ...{ handled: ["file x"], cursor: "7", position: 8 },
          partitions: { add: { customers: ["ada", "bo"] }, remove: { customers: ["bo"] } },
        }),
      );
      expect(first).toMatchObject({ state: "run", runs: ["r1", "r3"], cursor: "7" });
      await expect(store.decideSensor(tick({ runs: [asked("r9", ["z"])] }))).rejects.toMatchObject({
        code: "run_conflict",
      });
      await store.setSensorCursor("sales#inbox", null);
      const second = await store.decideSensor(
        tick({ after: first.id, at: 200, runs: [asked("r4", ["a"])], handled: ["file x"] }),
      );
      expect(second).toMatchObject({ state: "skipped", runs: [] });
      // a run of this id is there already: neither its key nor the tick is
      await expect(
        store.decideSensor(tick({ after: second.id, runs: [asked("r1", ["new"])], cursor: "9" })),
      ).rejects.toMatchObject({ code: "run_conflict" });
      await reopen();
      expect(await store.handledKeys("sales#inbox", ["a", "file x", "new"])).toEqual(new Set(["a", "file x"]));
      expect(await store.sensorState("sales#inbox")).toEqual({
        ...{ cursor: null, position: 0, failures: 0, begunAt: 50, lastAt: 200 },
      });
      expect((await store.sensorTicks("sales#inbox", 10)).map(({ at }) => at)).toEqual([200, 100]);
      expect(await store.partitionKeys("customers")).toEqual(["ada"]);
      expect(await store.run("r4")).toBeNull();
    });

    test("what a webhook got waits until a tick has handled it", async () => {
      await store.beginSensor("sales#inbox", 0, 50);
      const [one, two] = [await store.addPayload("sales#inbox", "1", 5), await store.addPayload("sales#inbox", "2", 6)];
      await store.addPayload("other", "x", 6);
      await store.decideSensor(tick({ payloadsUpTo: one }));
      expect(await store.payloads("sales#inbox", 10)).toEqual([{ id: two, at: 6, body: "2" }]);
      expect(await store.payloads("other", 10)).toHaveLength(1);
    });
  });
}
