import fc from "fast-check";
import { sourceKey } from "../../cells/graph/workspace.ts";
import { AssetKey } from "../../cells/model/asset-key.ts";
import { keysOf } from "../../cells/partition/space.ts";
import { spacesOf } from "../../cells/plan/spaces.ts";
import { recordedVersion } from "../../cells/staleness/facts.ts";
import { mappingsOf, withMappings } from "../../cells/staleness/mapped.ts";
import { engineMajor } from "../../server/engine/engine-version.ts";
import { newFact, newRun, newStep } from "./store-rows.ts";
import type { settableClock } from "./clock.ts";
import type { LocalWorkspace } from "./local.ts";
import { notebook } from "./workspace.ts";

const dayMs = 86_400_000;
/** When the clock of a story begins. */
export const began = Date.UTC(2026, 0, 10);
/** A notebook whose assets read each other's partitions, of days from `from` on, in several ways. */
export const text = (factor: number, from = "2026-01-01") => {
  const daily = `partitions="daily from=${from}"`;
  return notebook(
    [
      ["sql", 'output="events"', "SELECT 1 AS n"],
      ["sql", `output="day" ${daily}`, `SELECT ${factor} * n AS n FROM events`],
      ["sql", `output="totals" ${daily}`, "SELECT sum(n) AS n FROM day"],
      ["sql", `output="last" ${daily} upstream="day: last 3"`, "SELECT sum(n) AS n FROM day"],
      ["sql", 'output="whole" partitions="static eu us" upstream="day: all"', "SELECT sum(n) AS n FROM day"],
      ["sql", 'output="sum"', "SELECT sum(n) AS n FROM day"],
      ["sql", 'output="seen" store="view"', "SELECT * FROM last"],
      ["sql", 'output="end"', "SELECT n FROM seen, sum"],
    ],
    'timezone="UTC"',
  );
};
/** Names of its stored assets. */
export const names = ["events", "day", "totals", "last", "whole", "sum", "end"];

/** What happens to it. */
export type Operation =
  | {
      readonly type: "make";
      readonly asset: number;
      readonly at: number;
      readonly how: "now" | "old code" | "old data";
    }
  | { readonly type: "fail"; readonly asset: number; readonly at: number }
  | { readonly type: "wipe"; readonly asset: number; readonly at: number | null }
  | { readonly type: "code"; readonly factor: number }
  | { readonly type: "day" };

const asset = fc.nat({ max: names.length - 1 });
const at = fc.nat({ max: 11 });
export const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      ...{ type: fc.constant("make" as const), asset, at },
      how: fc.constantFrom("now" as const, "now" as const, "old code" as const, "old data" as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("fail" as const), asset, at }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("wipe" as const), asset, at: fc.option(at) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("code" as const), factor: fc.integer({ min: 1, max: 2 }) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("day" as const) }) },
);

/** Lets one thing happen, as it would by a run. */
export async function carryOut(
  local: LocalWorkspace,
  one: Operation,
  clock: ReturnType<typeof settableClock>,
  run: string,
  from?: string,
): Promise<void> {
  const { planner, store } = local.open;
  if (one.type === "day") return clock.set(clock.now() + dayMs);
  if (one.type === "code") return local.write("a.html", text(one.factor, from));
  const { workspace } = await planner.effective();
  const facts = await planner.facts(workspace);
  const spaceOf = spacesOf(workspace, { at: clock.now(), ...facts.open });
  const node = workspace.assets.get(AssetKey.of("a", names[one.asset] ?? ""));
  if (node === undefined) throw new Error("no such asset");
  const keys = node.options.partitions === null ? [""] : [...keysOf(spaceOf(node))];
  const partition = one.at === null ? null : (keys[one.at % keys.length] ?? "");
  if (one.type === "wipe" || partition === null) {
    await store.wipe(node.key, partition === null ? null : [partition], clock.now());
    return;
  }
  await store.createRun({ run: newRun(run), steps: [newStep(run, node.key, { partition, attempt: 0 })] });
  const fence = (await store.lease(run, "test", 1000, clock.now()))?.fence ?? 0;
  const step = { run, asset: node.key, partition };
  await store.changeStep(step, "running", { at: clock.now(), fence });
  if (one.type === "fail") return store.changeStep(step, "failed", { at: clock.now(), fence });
  await store.changeStep(step, "committing", { at: clock.now(), fence });
  const known = withMappings(facts, mappingsOf(workspace, spaceOf));
  const inputs = node.sources.map((source) => [
    sourceKey(source),
    one.how === "old data" ? "old" : (recordedVersion(workspace, known, node, source, partition) ?? "none"),
  ]);
  await store.commit({
    ...{ fence, attempt: 1, reason: "made", at: clock.now() },
    materialization: newFact(run, node.key, {
      ...{ partition, inputs: Object.fromEntries(inputs) as Record<string, string>, engine: engineMajor },
      codeVersion: one.how === "old code" ? "old" : node.effectiveCodeVersion,
      ...{ dataVersion: run, memoKey: run, createdAt: clock.now() },
    }),
  });
}
