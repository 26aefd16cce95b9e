import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextTick, parseCron, ticksAfter, ticksBetween } from "../../../cells/schedule/cron.ts";

const hour = 3_600_000;
const day = 24 * hour;
const iso = (ticks: readonly number[]) => ticks.map((tick) => new Date(tick).toISOString().slice(0, 16));

/** The ticks of the days around a change of the clock. */
const around = (cron: string, timezone: string, date: string) =>
  iso(
    ticksBetween(
      [cron],
      timezone,
      Date.parse(`${date}T00:00Z`) - 12 * hour,
      Date.parse(`${date}T00:00Z`) + 36 * hour,
      1000,
    ),
  );

describe("F10 a daily tick comes once a local day", () => {
  it.each([
    ["Europe/Berlin", "2024-03-31", ["2024-03-31T01:00", "2024-04-01T00:30"]],
    ["Europe/Berlin", "2024-10-27", ["2024-10-27T01:30", "2024-10-28T01:30"]],
    ["America/New_York", "2024-03-10", ["2024-03-10T07:00", "2024-03-11T06:30"]],
    ["America/New_York", "2024-11-03", ["2024-11-03T07:30", "2024-11-04T07:30"]],
    ["Australia/Lord_Howe", "2024-10-06", ["2024-10-05T15:30", "2024-10-06T15:30"]],
    ["Australia/Lord_Howe", "2024-04-07", ["2024-04-06T16:00", "2024-04-07T16:00"]],
    ["Africa/Casablanca", "2024-03-10", ["2024-03-10T02:30", "2024-03-11T02:30"]],
    ["Africa/Casablanca", "2024-04-14", ["2024-04-14T02:00", "2024-04-15T01:30"]],
    ["Asia/Kathmandu", "2024-03-31", ["2024-03-30T20:45", "2024-03-31T20:45"]],
  ])("02:30 in %s on %s", (timezone, date, expected) => {
    expect(
      around("30 2 * * *", timezone, date)
        .filter((tick) => tick >= (expected[0] ?? ""))
        .slice(0, 2),
    ).toEqual(expected);
  });

  it.each(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kathmandu"])(
    "02:30 in %s, each day of a year once",
    (timezone) => {
      const ticks = ticksBetween(["30 2 * * *"], timezone, Date.UTC(2024, 0, 1), Date.UTC(2025, 0, 1), 1000);
      const dates = ticks.map((tick) => new Intl.DateTimeFormat("sv-SE", { timeZone: timezone }).format(tick));
      expect([ticks.length, new Set(dates).size]).toEqual([366, 366]);
    },
  );

  it.each(["Europe/Berlin", "America/New_York", "Africa/Casablanca", "Asia/Kathmandu", "UTC"])(
    "hourly ticks in %s are an hour apart all year",
    (timezone) => {
      const ticks = ticksBetween(["0 * * * *"], timezone, Date.UTC(2024, 0, 1), Date.UTC(2025, 0, 1), 10_000);
      expect(new Set(ticks.slice(1).map((tick, i) => tick - (ticks[i] ?? 0)))).toEqual(new Set([hour]));
      expect(ticks.length).toBe(366 * 24);
    },
  );

  it("hourly ticks in Lord Howe follow its clock through half an hour", () => {
    const ticks = ticksBetween(
      ["0 * * * *"],
      "Australia/Lord_Howe",
      Date.UTC(2024, 0, 1),
      Date.UTC(2025, 0, 1),
      10_000,
    );
    expect(new Set(ticks.slice(1).map((tick, i) => tick - (ticks[i] ?? 0)))).toEqual(new Set([hour, 1.5 * hour]));
  });
});

describe("C1 what a cron may be", () => {
  it("several are joined, each tick once", () => {
    expect(
      iso(ticksBetween(["0 6 * * *", "0 6,12 * * 1"], "UTC", Date.UTC(2024, 0, 1), Date.UTC(2024, 0, 3), 10)),
    ).toEqual(["2024-01-01T06:00", "2024-01-01T12:00", "2024-01-02T06:00"]);
  });

  it("day of month and day of week are either", () => {
    expect(iso(ticksBetween(["0 0 13 * 5"], "UTC", Date.UTC(2024, 0, 10), Date.UTC(2024, 0, 20), 10))).toEqual([
      "2024-01-12T00:00",
      "2024-01-13T00:00",
      "2024-01-19T00:00",
    ]);
  });

  it("nicknames, names, the last day", () => {
    expect(iso([nextTick(["@daily"], "Europe/Berlin", Date.UTC(2024, 0, 1)) ?? 0])).toEqual(["2024-01-01T23:00"]);
    expect(iso([nextTick(["0 9 * jan mon-fri"], "UTC", Date.UTC(2024, 0, 5, 9)) ?? 0])).toEqual(["2024-01-08T09:00"]);
    expect(iso([nextTick(["0 0 L 2 *"], "UTC", Date.UTC(2024, 0, 5, 9)) ?? 0])).toEqual(["2024-02-29T00:00"]);
    expect(nextTick([], "UTC", 0)).toBeNull();
  });

  it.each([
    ["* * *", /3 fields/],
    ["61 * * * *", /minute/],
    ["0 0 31 2 *", /never happens/],
    ["0 0 0 * * *", /six fields/],
    ["@often", /nickname/],
  ])("%s is refused", (cron, message) => {
    expect(() => parseCron(cron)).toThrow(message);
  });

  it("an unknown zone is refused", () => {
    expect(() => nextTick(["0 0 * * *"], "Mars/Olympus", 0)).toThrow(/"Mars\/Olympus" is no time zone/);
  });
});

describe("laws of ticks", () => {
  const crons = fc.constantFrom(
    "0 * * * *",
    "30 2 * * *",
    "*/15 2 * * *",
    "*/20 * * * *",
    "0 0 1 * *",
    "45 1,2,3 * * 0",
    "0 */5 * * *",
  );
  const zones = fc.constantFrom(
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Pacific/Apia",
    "America/Sao_Paulo",
  );
  const instant = fc.integer({ min: Date.UTC(2010, 0, 1), max: Date.UTC(2030, 0, 1) });

  it("wherever one begins, the same ticks follow", () => {
    fc.assert(
      fc.property(
        fc.array(crons, { minLength: 1, maxLength: 2 }),
        zones,
        instant,
        fc.integer({ min: 0, max: 40 * day }),
        (list, zone, from, later) => {
          const to = from + 45 * day;
          const ticks = ticksBetween(list, zone, from, to, 100_000);
          expect(ticks).toEqual([...new Set(ticks)].toSorted((a, b) => a - b));
          expect(ticksBetween(list, zone, from + later, to, 100_000)).toEqual(
            ticks.filter((tick) => tick >= from + later),
          );
        },
      ),
      { numRuns: 50 },
    );
  });

  it("a tick every minute is no burden", () => {
    const start = performance.now();
    let count = 0;
    for (const tick of ticksAfter(["* * * * *"], "Europe/Berlin", Date.UTC(2024, 2, 1))) {
      if (tick > Date.UTC(2024, 3, 1)) break;
      count++;
    }
    expect(count).toBe(31 * 24 * 60);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
