import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AssetKey } from "../../cells/model/asset-key.ts";
import type { Materialization } from "../../cells/model/materialization.ts";
import type { Store } from "../../server/store/store.ts";
import { newFact, newRun, newStep } from "../support/store-rows.ts";
import type { StoreBackend } from "./store.ts";

const orders = AssetKey.of("sales", "orders");
const totals = AssetKey.of("sales", "totals");

/** What every store promises of branches. */
export function describeBranches(name: string, backend: () => StoreBackend): void {
  describe(`branches of a store: ${name}`, () => {
    let under: StoreBackend;
    let store: Store;
    beforeEach(async () => {
      under = backend();
      store = await under.open(() => 1000);
      await store.publish({ path: "sales.html", id: "n1", revision: "h1", text: "one", publishedAt: 1 });
    });
    afterEach(async () => {
      await store.close();
      await under.remove();
    });

    const draft = { path: "sales.html", notebook: "n1", revision: "h2", base: "h1" };
    const make = () => store.createBranch({ name: "dev", revisions: [{ ...draft, text: "two" }], at: 5 });
    const code = (work: Promise<unknown>): Promise<unknown> =>
      work.then(
        () => "done",
        (error: unknown) => (error instanceof Error && "code" in error ? error.code : error),
      );
    /** A run that made a fact of each asset, in an environment or in what is published, and has ended. */
    const materialize = async (
      run: string,
      assets: readonly AssetKey[],
      options: { environment?: string; memo?: string; fails?: boolean } = {},
    ): Promise<readonly Materialization[]> => {
      const { environment, memo = run, fails = false } = options;
      const steps = assets.map((asset) => newStep(run, asset));
      await store.createRun({ run: newRun(run, environment === undefined ? {} : { environment }), steps });
      const lease = await store.lease(run, "w1", 1000, 0);
      if (lease === null) throw new Error("the run is held");
      const { fence } = lease;
      await store.changeRun(run, "starting", { at: 1, fence });
      await store.changeRun(run, "running", { at: 1, fence });
      const facts: Materialization[] = [];
      for (const asset of assets) {
        await store.changeStep({ run, asset, partition: "" }, "running", { at: 1, fence });
        if (fails) {
          await store.changeStep({ run, asset, partition: "" }, "failed", { at: 1, fence });
          continue;
        }
        await store.changeStep({ run, asset, partition: "" }, "committing", { at: 1, fence });
        const materialization = newFact(run, asset, { memoKey: memo, sha256: memo });
        facts.push(await store.commit({ fence, materialization, attempt: 1, reason: "", at: 1 }));
      }
      await store.changeRun(run, "succeeded", { at: 1, fence });
      return facts;
    };
    const seqs = async (environment?: string) =>
      (await store.pointers(undefined, environment)).map(({ asset, seq }) => [asset, seq]);

    test("a branch is made once, with its texts, and changed and deleted by name", async () => {
      await make();
      expect(await code(make())).toBe("branch_conflict");
      expect(await store.branches()).toEqual([{ name: "dev", createdAt: 5, revisions: [draft] }]);
      expect(await store.revision("h2")).toBe("two");
      await store.updateBranch({ name: "dev", revisions: [{ ...draft, revision: "h3", text: "three" }], at: 6 });
      expect(await store.branch("dev")).toEqual({
        name: "dev",
        createdAt: 5,
        revisions: [{ ...draft, revision: "h3" }],
      });
      expect(await code(store.updateBranch({ name: "other", revisions: [], at: 6 }))).toBe("not_found");
      await store.deleteBranch("dev", 7);
      expect([await store.branches(), await store.branch("dev")]).toEqual([[], null]);
      expect(await code(store.deleteBranch("dev", 7))).toBe("not_found");
      const events = (await store.eventsAfter(0, 99)).map(({ event }) => event);
      expect(events.flatMap((event) => (event.type === "branch_changed" ? event.change : []))).toEqual([
        "created",
        "updated",
        "deleted",
      ]);
    });

    test("what a branch makes is seen in it alone; what it did not make it sees as published", async () => {
      const [old, same] = await materialize("r1", [orders, totals]);
      await make();
      const [made] = await materialize("r2", [orders], { environment: "dev" });
      expect((await store.run("r2"))?.environment).toBe("dev");
      expect(await seqs()).toEqual([
        [orders, old?.seq],
        [totals, same?.seq],
      ]);
      expect(await seqs("dev")).toEqual([
        [orders, made?.seq],
        [totals, same?.seq],
      ]);
      expect((await store.pointers([totals], "dev")).map(({ seq }) => seq)).toEqual([same?.seq]);
      expect(await store.branchPointers("dev")).toEqual([
        { asset: orders, partition: "", fact: made?.seq, base: old?.seq },
      ]);
      const listed = async (environment?: string) =>
        (
          await store.materializations({
            asset: orders,
            limit: 9,
            ...(environment === undefined ? {} : { environment }),
          })
        ).map(({ seq }) => seq);
      expect([await listed(), await listed("dev")]).toEqual([[old?.seq], [made?.seq, old?.seq]]);
      const last = (await store.eventsAfter(0, 999))
        .map(({ event }) => event)
        .findLast(({ type }) => type === "materialized");
      expect(last).toMatchObject({ run: "r2", environment: "dev" });
    });

    test("a failure in a branch is none of what is published", async () => {
      await make();
      await materialize("r1", [orders], { environment: "dev", fails: true });
      await materialize("r2", [totals], { fails: true });
      expect((await store.failures()).map(({ asset }) => asset)).toEqual([totals]);
      expect((await store.failures("dev")).map(({ asset }) => asset)).toEqual([orders]);
    });

    test("promoting moves pointers and publishes, all or nothing, and rolling back restores both", async () => {
      const [old] = await materialize("r1", [orders]);
      await make();
      const [made, extra] = await materialize("r2", [orders, totals], { environment: "dev" });
      const moves = [
        { asset: orders, partition: "", from: old?.seq ?? 0, to: made?.seq ?? 0 },
        { asset: totals, partition: "", from: null, to: extra?.seq ?? 0 },
      ];
      const revisions = [{ path: "sales.html", notebook: "n1", from: "h1", to: "h2" }];
      const wrong = [{ path: "sales.html", notebook: "n1", from: "h0", to: "h2" }];
      expect(await code(store.promote({ branch: "dev", id: "p0", moves, revisions: wrong, at: 9 }))).toBe(
        "branch_conflict",
      );
      expect(await seqs()).toEqual([[orders, old?.seq]]);
      const promotion = { id: "p1", branch: "dev", at: 9, rolledBackAt: null, moves, revisions };
      expect(await store.promote({ branch: "dev", id: "p1", moves, revisions, at: 9 })).toEqual(promotion);
      expect(await seqs()).toEqual([
        [orders, made?.seq],
        [totals, extra?.seq],
      ]);
      expect((await store.published()).map(({ revision, text }) => [revision, text])).toEqual([["h2", "two"]]);
      expect(await store.branchPointers("dev")).toEqual([]);
      expect(await store.promotions("dev")).toEqual([promotion]);
      expect((await store.materializations({ asset: totals, limit: 9 })).map(({ seq }) => seq)).toEqual([extra?.seq]);

      expect(await store.rollback("p1", 11, false)).toEqual({ ...promotion, rolledBackAt: 11 });
      expect(await seqs()).toEqual([[orders, old?.seq]]);
      expect((await store.published()).map(({ revision }) => revision)).toEqual(["h1"]);
      expect((await store.branchPointers("dev")).map(({ fact }) => fact)).toEqual([made?.seq, extra?.seq]);
      expect((await store.branch("dev"))?.revisions).toEqual([draft]);
      expect(await code(store.rollback("p1", 12, true))).toBe("branch_conflict");
      expect(await code(store.rollback("p9", 12, false))).toBe("not_found");
    });

    test("what came after a promotion is put back by force alone", async () => {
      const [old] = await materialize("r1", [orders]);
      await make();
      const [made] = await materialize("r2", [orders], { environment: "dev" });
      const moves = [{ asset: orders, partition: "", from: old?.seq ?? 0, to: made?.seq ?? 0 }];
      await store.promote({ branch: "dev", id: "p1", moves, revisions: [], at: 9 });
      const [newer] = await materialize("r3", [orders]);
      expect(await code(store.rollback("p1", 11, false))).toBe("branch_conflict");
      expect(await seqs()).toEqual([[orders, newer?.seq]]);
      await store.rollback("p1", 11, true);
      expect(await seqs()).toEqual([[orders, old?.seq]]);
    });

    test("what a branch reads, or may be rolled back to, is not retired", async () => {
      const rule = [{ asset: orders, retention: { type: "versions", count: 1 } }] as const;
      const [old] = await materialize("r1", [orders]);
      await make();
      const [made] = await materialize("r2", [orders], { environment: "dev" });
      await materialize("r3", [orders]);
      // r2's fact is the branch's; r1's is nobody's any more
      expect(await store.retire(rule, 10)).toBe(1);
      expect(await store.referencedFiles()).toEqual(new Set(["r2", "r3"]));
      const from = (await store.pointers([orders]))[0]?.seq ?? 0;
      const moves = [{ asset: orders, partition: "", from, to: made?.seq ?? 0 }];
      await store.promote({ branch: "dev", id: "p1", moves, revisions: [], at: 11 });
      expect(await store.retire(rule, 12)).toBe(0);
      await store.deleteBranch("dev", 13);
      await materialize("r4", [orders]);
      expect(await store.retire(rule, 14)).toBe(2);
      expect(old?.seq).toBe(1);
    });

    test("a branch in which a run works is not deleted", async () => {
      await make();
      await store.createRun({ run: newRun("r1", { environment: "dev" }), steps: [] });
      expect(await code(store.deleteBranch("dev", 3))).toBe("branch_conflict");
    });

    test("columns that were read once are kept by their key", async () => {
      await store.keepColumns([
        { key: "k1", value: "a" },
        { key: "k1", value: "b" },
      ]);
      expect([await store.keptColumns("k1"), await store.keptColumns("k2")]).toEqual(["a", null]);
    });
  });
}
