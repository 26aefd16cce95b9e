import { describe, expect, it } from "vitest";
import type { Catchup } from "../../../cells/model/options.ts";
import { dueTicks } from "../../../cells/schedule/due-ticks.ts";

const day = 86_400_000;
const six = (date: number) => Date.UTC(2024, 0, date, 6);
const due = (catchup: Catchup, days: number, lateMs = 2 * 3_600_000) =>
  dueTicks({ crons: ["0 6 * * *"], timezone: "UTC", catchup, after: six(1), now: six(1 + days) + lateMs });
const told = (...list: Parameters<typeof due>) =>
  due(...list).map(({ tick, decision }) => `${new Date(tick).getUTCDate()} ${decision}`);

describe("F8 every missed tick has a row", () => {
  it.each<[string, Catchup, readonly string[]]>([
    ["latest", { type: "latest" }, ["2 skipped", "3 skipped", "4 run"]],
    ["all", { type: "all" }, ["2 run", "3 run", "4 run"]],
    ["none", { type: "none" }, ["2 skipped", "3 skipped", "4 skipped"]],
    ["2", { type: "count", count: 2 }, ["2 skipped", "3 run", "4 run"]],
    ["9", { type: "count", count: 9 }, ["2 run", "3 run", "4 run"]],
  ])("catchup %s", (_name, catchup, expected) => {
    expect(told(catchup, 3)).toEqual(expected);
  });

  it("what is on time runs whatever catchup says", () => {
    expect(told({ type: "none" }, 2, 1)).toEqual(["2 skipped", "3 run"]);
    expect(told({ type: "count", count: 0 }, 1, 60_000)).toEqual(["2 run"]);
  });

  it("F9 nothing at or before the instant from which it counts is due", () => {
    expect(
      dueTicks({ crons: ["0 6 * * *"], timezone: "UTC", catchup: { type: "all" }, after: six(5), now: six(5) }),
    ).toEqual([]);
    expect(told({ type: "all" }, 0)).toEqual([]);
  });

  it("1, 10 and 1,000 missed ticks", () => {
    for (const days of [1, 10, 1000]) {
      const start = performance.now();
      const rows = due({ type: "latest" }, days);
      expect(rows.map(({ tick }) => tick)).toEqual(Array.from({ length: days }, (_, i) => six(1) + (i + 1) * day));
      expect(rows.filter(({ decision }) => decision === "run").length).toBe(1);
      expect(performance.now() - start).toBeLessThan(5000);
    }
  });
});
