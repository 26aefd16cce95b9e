import fc from "fast-check";
import { expect, test } from "vitest";
import { keysOf } from "../../../cells/partition/space.ts";
import { reportPartitions, statusOf } from "../../../cells/partition/status.ts";
import { keysIn, subsetOf } from "../../../cells/partition/subset.ts";
import { spaceOf } from "./spaces.ts";

const space = spaceOf("date: daily from=2024-01-25; region: static eu us asia");
const keys = [...keysOf(space)];
const some = fc.subarray(keys);

test("P16 every partition has one status: running, failed, stale, materialized or missing, in this order", () => {
  fc.assert(
    fc.property(some, some, some, some, (materialized, failed, running, stale) => {
      const report = reportPartitions(space, {
        materialized: subsetOf(space, materialized),
        failed: subsetOf(space, failed),
        running: subsetOf(space, running),
        stale: subsetOf(space, stale),
      });
      const expected = (key: string) => {
        if (running.includes(key)) return "running";
        if (failed.includes(key)) return "failed";
        if (!materialized.includes(key)) return "missing";
        return stale.includes(key) ? "stale" : "materialized";
      };
      expect(keys.map((key) => statusOf(report, key))).toEqual(keys.map(expected));
      for (const status of ["running", "failed", "stale", "materialized", "missing"] as const) {
        const own = keys.filter((key) => expected(key) === status);
        expect([...keysIn(report.subsets[status])]).toEqual(own);
        expect(report.counts[status]).toBe(own.length);
      }
    }),
  );
});

test("what no longer exists has no status", () => {
  const days = spaceOf("daily from=2024-01-01 offset=-1");
  const all = subsetOf(days, ["2024-01-30", "2024-01-31"]);
  const none = subsetOf(days, []);
  const report = reportPartitions(days, { materialized: all, failed: none, running: none, stale: none });
  expect(report.counts).toEqual({ running: 0, failed: 0, stale: 0, materialized: 1, missing: 29 });
  expect(["2024-01-30", "2024-01-31", "x"].map((key) => statusOf(report, key))).toEqual(["materialized", null, null]);
});
