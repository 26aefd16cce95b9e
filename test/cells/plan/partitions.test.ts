import { describe, expect, it } from "vitest";
import { AssetKey } from "../../../cells/model/asset-key.ts";
import { makePlan, type PlanRequest } from "../../../cells/plan/plan.ts";
import { workspaceOf, type Sketch } from "../graph/notebooks.ts";
import { FakeFacts } from "../staleness/fake-facts.ts";

const key = (name: string) => AssetKey.parse(`n/${name}`);
const sql = (output: string, source: string, attributes: Readonly<Record<string, string>> = {}): Sketch => [
  "sql",
  source,
  { output, ...attributes },
];
const daily = { partitions: "daily from=2026-01-28" };
const workspace = workspaceOf({
  "n.html": [
    sql("days", "select 1 as id", daily),
    sql("week", "select sum(id) as n from days", { ...daily, upstream: "days: last 2" }),
    sql("months", "select sum(id) as n from days", { partitions: "monthly from=2026-01-01" }),
    sql("regions", "select 1 as r", { partitions: "static eu us" }),
    sql("all_days", "select count(*) as n from days"),
  ],
});
const told = (
  request: Omit<PlanRequest, "keys" | "workspace" | "facts"> & { keys?: readonly string[]; facts?: FakeFacts },
) =>
  makePlan({ facts: new FakeFacts(), ...request, workspace, keys: request.keys?.map(key) ?? null }).steps.map(
    ({ key: asset, partition, action, reason }) => `${asset}[${partition}] ${action}: ${reason}`,
  );

describe("a plan over partitions", () => {
  it("asks for a partition where none is named", () => {
    expect(told({ keys: ["days"] })).toEqual(["n/days[] skip: has partitions; name one to run it"]);
  });

  it("runs a range, each after what it reads, and makes what is missing of its inputs", () => {
    expect(told({ keys: ["week"], partition: "2026-01-29..2026-01-30" })).toEqual([
      "n/days[2026-01-28] run: needed by week; never materialized",
      "n/days[2026-01-29] run: needed by week; never materialized",
      "n/days[2026-01-30] run: needed by week; never materialized",
      "n/week[2026-01-29] run: never materialized",
      "n/week[2026-01-30] run: never materialized",
    ]);
  });

  it("gives assets of other definitions what belongs to the partitions named", () => {
    expect(told({ keys: ["days", "regions"], partition: "2026-01-28" })).toEqual([
      "n/regions[] skip: no partition of it belongs to 2026-01-28",
      "n/days[2026-01-28] run: never materialized",
    ]);
    expect(() => told({ keys: ["regions"], partition: "asia" })).toThrow(/"asia"|asia/);
  });

  it("reads every partition of an input where the reader has none", () => {
    const facts = new FakeFacts();
    for (const partition of ["2026-01-28", "2026-01-29", "2026-01-30"])
      facts.materialize(workspace, key("days"), `days ${partition}`, { partition });
    expect(told({ keys: ["all_days"], facts })).toEqual(["n/all_days[] run: never materialized"]);
    expect(told({ keys: ["days"], partition: "*", facts }).map((line) => line.slice(0, 30))).toEqual([
      "n/days[2026-01-28] reuse: up t",
      "n/days[2026-01-29] reuse: up t",
      "n/days[2026-01-30] reuse: up t",
    ]);
  });

  it("plans ten thousand partitions", () => {
    const wide = workspaceOf({
      "n.html": [
        sql("hours", "select 1 as id", { partitions: "hourly from=2024-01-01" }),
        sql("rolling", "select sum(id) as n from hours", {
          partitions: "hourly from=2024-01-01",
          upstream: "hours: last 3",
        }),
      ],
    });
    const plan = makePlan({
      workspace: wide,
      facts: new FakeFacts(),
      keys: [key("hours"), key("rolling")],
      partition: "2024-01-01-00:00..2024-07-27-07:00",
    });
    expect(plan.steps.length).toBe(2 * 5000);
  });
});
