import fc from "fast-check";
import { expect, test } from "vitest";
import { TickIndex, zoneChangesOf } from "../../../cells/partition/tick-index.ts";
import { ticksBetween } from "../../../cells/schedule/cron.ts";

const zones = [
  ...["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Kathmandu"],
  ...["Pacific/Apia", "Africa/Casablanca", "America/St_Johns", "Asia/Tehran", "Pacific/Chatham"],
];
const crons = [
  ...["0 * * * *", "*/15 * * * *", "30 * * * *", "0 0 * * *", "30 2 * * *", "0,30 1-3 * * *", "0 */2 * * *"],
  ...["0 0 * * 0", "0 0 1 * *", "15 2 * * 1-5", "0 0 13 * 5", "0 12 L * *", "0 0 * * 5#2", "0 0 15W * *"],
  ...["0 0 29 2 *", "0 0 1 1,7 *", "30 0 6 * * *", "0 0 */2 * *", "0 0 * * sun-tue", "45 23 * * 7", "0 1,2 * jul wed"],
];

/** Changes of clocks among them; instants at which to begin. */
const begin = fc.oneof(
  fc.integer({ min: Date.UTC(1975, 0, 1), max: Date.UTC(2035, 0, 1) }),
  fc.constantFrom("2011-12-29", "2018-11-03", "2023-03-25", "2023-10-28", "2024-04-06").map((day) => Date.parse(day)),
);

test("the index has the ticks that the schedule goes through, no matter where one begins", () => {
  fc.assert(
    fc.property(fc.constantFrom(...crons), fc.constantFrom(...zones), begin, (cron, timezone, from) => {
      const index = new TickIndex(cron, zoneChangesOf(timezone));
      const ticks = ticksBetween([cron], timezone, from, from + 4 * 366 * 86_400_000, 60);
      const first = index.rank(from);
      expect(ticks.map((_, i) => index.at(first + i))).toEqual(ticks);
      expect(ticks.map((tick) => index.rank(tick) - first)).toEqual(ticks.map((_, i) => i));
      expect(ticks.map((tick) => index.rank(tick + 1) - first)).toEqual(ticks.map((_, i) => i + 1));
    }),
    { numRuns: 300 },
  );
});

test("it counts a century of hours without going through them", () => {
  const index = new TickIndex("0 * * * *", zoneChangesOf("Europe/Berlin"));
  const [from, to] = [Date.UTC(1950, 0, 1), Date.UTC(2050, 0, 1)];
  expect(index.rank(to) - index.rank(from)).toBe((to - from) / 3_600_000);
});

test("the calendar ends with the year 9999", () => {
  const index = new TickIndex("0 0 1 1 *", zoneChangesOf("UTC"));
  expect(index.at(index.rank(Date.UTC(9999, 0, 1)))).toBe(Date.UTC(9999, 0, 1));
  expect(index.at(index.rank(Date.UTC(9999, 0, 1)) + 1)).toBe(null);
});
