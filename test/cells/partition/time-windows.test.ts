import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AppError } from "../../../cells/errors.ts";
import { parsePartitions } from "../../../cells/partition/parse.ts";
import { keysOf, partitionCount, problemOfKey } from "../../../cells/partition/space.ts";
import { timeWindowsOf, type TimeWindows } from "../../../cells/partition/time-windows.ts";
import { spaceOf } from "./spaces.ts";

function windowsOf(text: string): TimeWindows {
  const partitions = parsePartitions(text);
  if (partitions.type !== "time") throw new Error(`not of time: ${text}`);
  return timeWindowsOf(partitions, "UTC");
}

test.each([
  ["daily from=2024-01-29", "2024-02-01", ["2024-01-29", "2024-01-30", "2024-01-31"]],
  ["P2 a window exists once it ended", "2024-01-30T23:59:59", ["2024-01-29"]],
  ["daily from=2024-01-29 offset=1", "2024-01-30", ["2024-01-29", "2024-01-30"]],
  ["daily from=2024-01-29 offset=1", "2024-01-28T23:00", []],
  ["daily from=2024-01-29 offset=2", "2024-01-28T23:00", ["2024-01-29"]],
  ["daily from=2024-01-29 offset=-1", "2024-02-01", ["2024-01-29", "2024-01-30"]],
  ["daily from=2024-01-29 to=2024-01-31", "2024-02-05", ["2024-01-29", "2024-01-30"]],
  ["daily from=2024-01-29 to=2024-01-31 offset=-1", "2024-02-05", ["2024-01-29", "2024-01-30"]],
  ["daily from=2024-01-29 to=2024-01-31 offset=5", "2024-01-30", ["2024-01-29", "2024-01-30"]],
  ["weekly from=2024-01-01", "2024-01-28", ["2024-01-07", "2024-01-14", "2024-01-21"]],
  ["monthly from=2023-11-15", "2024-02-01", ["2023-12-01", "2024-01-01"]],
  ["daily from=2024-01-01 format=%Y-%j", "2024-01-03", ["2024-001", "2024-002"]],
  ['cron("0 0 * * 1") from=2024-01-01 format=%G-W%V', "2024-01-15", ["2024-W01", "2024-W02"]],
  ['cron("0 */12 * * *") from=2024-01-01', "2024-01-02", ["2024-01-01-00:00", "2024-01-01-12:00"]],
  ['cron("0 6 * * 1-5") from=2024-01-04', "2024-01-09T06:00", ["2024-01-04", "2024-01-05", "2024-01-08"]],
  ["P7 dates left out", "2024-01-05", ["2024-01-01", "2024-01-04"]],
  [
    "P7 a cron left out",
    "2024-01-10",
    ["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05", "2024-01-08", "2024-01-09"],
  ],
  ["P7 the windows of a day", "2024-01-02T02:00", ["2023-12-31-23:00", "2024-01-02-00:00", "2024-01-02-01:00"]],
])("%s at %s", (text, at, keys) => {
  const definitions: Readonly<Record<string, string>> = {
    "P2 a window exists once it ended": "daily from=2024-01-29",
    "P7 dates left out": "daily from=2024-01-01 exclude=2024-01-02,2024-01-03",
    "P7 a cron left out": "daily from=2024-01-01 exclude=cron('0 0 * * 0,6')",
    "P7 the windows of a day": "hourly from=2023-12-31T23:00 exclude=2024-01-01",
  };
  const space = spaceOf(definitions[text] ?? text, `${at}Z`.replace(/^(.{10})Z$/, "$1"));
  expect([...keysOf(space)]).toEqual(keys);
  expect(partitionCount(space)).toBe(keys.length);
});

test("P5 the hour that the clock skips has no key, the one that it repeats has the offset in its second", () => {
  const windows = windowsOf("hourly from=2023-11-05 tz=America/Los_Angeles");
  expect([0, 1, 2, 3].map((index) => windows.keyAt(index))).toEqual([
    "2023-11-05-00:00",
    "2023-11-05-01:00",
    "2023-11-05-01:00-0800",
    "2023-11-05-02:00",
  ]);
  expect(windows.indexOf("2024-03-10-02:00")).toBe(null);
  const before = windows.indexOf("2024-03-10-01:00") ?? NaN;
  expect(windows.keyAt(before + 1)).toBe("2024-03-10-03:00");
});

test("P6 one partition a local day, of 23, 24 or 25 hours", () => {
  const windows = windowsOf("daily from=2024-03-30 tz=Europe/Berlin");
  const hours = (key: string) => {
    const { start, end } = windows.windowOf(key) ?? { start: 0, end: 0 };
    return (end - start) / 3_600_000;
  };
  expect(["2024-03-30", "2024-03-31", "2024-10-27"].map(hours)).toEqual([24, 23, 25]);
});

describe("what is wrong with a key", () => {
  test.each([
    ["daily from=2024-01-10", "2024/01/12", '"2024/01/12" is no key of these partitions; write it like 2024-01-10'],
    ["daily from=2024-01-10", "2024-02-30", '"2024-02-30" is no key of these partitions; write it like 2024-01-10'],
    [
      "daily from=2024-01-10",
      "2024-01-09",
      '"2024-01-09" is before the first partition, 2024-01-10; choose a later one',
    ],
    [
      "weekly from=2024-01-01",
      "2024-01-10",
      '"2024-01-10" is not the beginning of a partition; the nearest: 2024-01-07, 2024-01-14',
    ],
    [
      "daily from=2024-01-10",
      "2024-02-01",
      '"2024-02-01" does not exist before 2024-02-02 00:00 (UTC); the last is 2024-01-31',
    ],
    [
      "daily from=2024-03-01",
      "2024-03-01",
      '"2024-03-01" does not exist before 2024-03-02 00:00 (UTC); there is none yet',
    ],
    [
      "daily from=2024-01-10 to=2024-01-20",
      "2024-01-20",
      '"2024-01-20" is after the end of the partitions; the last is 2024-01-19',
    ],
    [
      "daily from=2024-01-10 exclude=2024-01-12",
      "2024-01-12",
      '"2024-01-12" is left out of the partitions; the nearest: 2024-01-11, 2024-01-13',
    ],
    ["static eu us", "asia", '"asia" is not in the static partitions; it has eu, us'],
    ["dynamic customers", "a", '"a" is not in the dynamic partitions customers; it is empty'],
    [
      "date: daily from=2024-01-10; region: static eu us",
      "2024-01-12",
      '"2024-01-12" has 1 of 2 dimensions; write date|region',
    ],
    [
      "date: daily from=2024-01-10; region: static eu us",
      "2024-01-12|x",
      'region: "x" is not in the static partitions; it has eu, us',
    ],
    ["", "eu", '"eu" is no partition: it has none; name none'],
    ["daily from=2024-01-10", "2024-01-12", null],
    ["date: daily from=2024-01-10; region: static eu us", "2024-01-12|us", null],
  ])("%s: %s", (text, key, problem) => {
    expect(problemOfKey(spaceOf(text), key)).toBe(problem);
  });
});

test.each([
  ["hourly from=2024-01-01 format=%Y-%m-%d", "%Y-%m-%d", "2024-01-01"],
  ["daily from=2024-01-15 format=%Y-%m", "%Y-%m", "2024-01"],
  ["hourly from=2024-01-01 format=%Y-%H", "%Y-%H", "2024-00"],
])("%s has keys that are not apart", (text, format, key) => {
  expect(() => spaceOf(text)).toThrow(
    new AppError(
      "attribute_invalid",
      `invalid format: "${format}": several partitions would have the key "${key}"; write a pattern that tells them apart, as %Y-%m-%d-%H:%M`,
    ),
  );
});

test("all windows left out", () => {
  expect(() => spaceOf("daily from=2024-01-01 exclude=cron('0 0 * * *')")).toThrow("exclude= leaves no partition");
});

test.each(["a|b", "", "a..b", "*", " a"])("a dynamic key that cannot be one: %j", (key) => {
  expect(() => spaceOf("dynamic customers", "2024-01-01", { dynamic: new Map([["customers", [key]]]) })).toThrow(
    /^the dynamic partitions customers: invalid key: /,
  );
});

const definitions = [
  "hourly from=2023-10-28 tz=Europe/Berlin",
  "daily from=2020-01-01 tz=America/Sao_Paulo",
  "weekly from=2020-01-01 tz=Australia/Lord_Howe",
  "monthly from=2020-01-31",
  'cron("*/20 9-17 * * 1-5") from=2023-01-01 tz=Europe/London exclude=2023-12-25',
  "daily from=2020-01-01 exclude=cron('0 0 * * 0,6'),2020-01-06",
  'cron("30 2 * * *") from=2023-01-01 tz=Europe/Berlin format="%Y-%m-%d %H:%M"',
  "hourly from=2023-01-01 tz=America/New_York format=%Y%m%dT%H%M%S%z",
];

test("keys and indexes are each other's inverse, windows follow each other, and what exists grows with time", () => {
  fc.assert(
    fc.property(fc.constantFrom(...definitions), fc.nat(30_000), fc.nat(90 * 86_400_000), (text, index, later) => {
      const windows = windowsOf(text);
      const key = windows.keyAt(index);
      expect(windows.indexOf(key)).toBe(index);
      const [own, next] = [windows.windowAt(index), windows.windowAt(index + 1)];
      expect(own.start).toBeLessThan(own.end);
      expect(own.end).toBeLessThanOrEqual(next.start);
      expect(windows.windowOf(key)).toEqual(own);
      expect(windows.indexAt(own.start)).toBe(index);
      expect(windows.indexAt(own.end - 1)).toBe(index);
      expect(windows.overlapping(own)).toEqual({ from: index, to: index + 1 });
      expect(windows.count(own.end)).toBe(index + 1);
      expect(windows.count(own.end - 1)).toBe(index);
      expect(windows.count(own.end + later)).toBeGreaterThan(index);
    }),
    { numRuns: 300 },
  );
});

test("P11 a page of a million keys writes out no more than the page", () => {
  const space = spaceOf("hour: hourly from=2010-01-01; region: static a b c d e f g h i j", "2024-01-01");
  expect(partitionCount(space)).toBe(5113 * 24 * 10);
  expect(keysOf(space, 1_000_001).next().value).toBe("2021-05-29-16:00|b");
});
