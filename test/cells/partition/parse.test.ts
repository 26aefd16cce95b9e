import { expect, test } from "vitest";
import { AppError } from "../../../cells/errors.ts";
import { parseCron } from "../../../cells/partition/cron-syntax.ts";
import { parsePartitions } from "../../../cells/partition/parse.ts";

const daily = {
  type: "time",
  every: "daily",
  cron: "0 0 * * *",
  from: "2024-01-01T00:00:00",
  to: null,
  timezone: null,
  offset: 0,
  format: null,
  exclude: [],
};

test.each([
  ["daily from=2024-01-01", daily],
  ["daily from=2024-01-01 tz=Europe/Berlin", { ...daily, timezone: "Europe/Berlin" }],
  [
    "hourly from=2024-02-29T05:00 offset=1",
    { ...daily, every: "hourly", cron: "0 * * * *", from: "2024-02-29T05:00:00", offset: 1 },
  ],
  [
    "weekly from=2024-01-01 to=2024-06-01 offset=-2",
    { ...daily, every: "weekly", cron: "0 0 * * 0", to: "2024-06-01T00:00:00", offset: -2 },
  ],
  ['monthly from=2024-01-01 format="%Y %m"', { ...daily, every: "monthly", cron: "0 0 1 * *", format: "%Y %m" }],
  [
    `cron("0 6 * * 1-5") from=2024-01-01 exclude=2024-12-25,cron('0 6 * * 3') exclude=2024-12-26T06:00`,
    {
      ...daily,
      every: "cron",
      cron: "0 6 * * 1-5",
      exclude: [
        { type: "date", date: "2024-12-25T00:00:00" },
        { type: "cron", cron: "0 6 * * 3" },
        { type: "time", time: "2024-12-26T06:00:00" },
      ],
    },
  ],
  ["static eu us asia", { type: "static", keys: ["eu", "us", "asia"] }],
  ['static "new york" a:b', { type: "static", keys: ["new york", "a:b"] }],
  ["dynamic customers", { type: "dynamic", name: "customers" }],
  [
    "date: daily from=2024-01-01; region: static eu us",
    {
      type: "multi",
      dimensions: [
        { name: "date", partitions: daily },
        { name: "region", partitions: { type: "static", keys: ["eu", "us"] } },
      ],
    },
  ],
])("partitions %s", (text, expected) => {
  expect(parsePartitions(text)).toEqual(expected);
});

function messageOf(action: () => unknown): string {
  try {
    return JSON.stringify(action());
  } catch (error) {
    return error instanceof AppError && error.code === "attribute_invalid"
      ? error.message
      : `not ours: ${String(error)}`;
  }
}

test.each([
  ["", 'there is no definition; write hourly, daily, weekly, monthly, cron("…"), static or dynamic'],
  [
    "yearly from=2024-01-01",
    'unknown kind of partitions: "yearly"; write hourly, daily, weekly, monthly, cron("…"), static or dynamic',
  ],
  ["daily", "daily has no beginning; write from=, as daily from=2024-01-01"],
  ["daily since=2024-01-01", 'unknown option of daily: "since"; write from=, to=, tz=, offset=, format=, exclude='],
  ["daily from=2024-02-30", '"2024-02-30" does not exist; write a day of the calendar, as 2024-01-31'],
  ["daily from=soon", '"soon" is no date; write 2024-01-31 or 2024-01-31T06:00'],
  ["daily from=2024-01-02 to=2024-01-01", "to=2024-01-01 is not after from=2024-01-02; write a later end"],
  ["daily from=2024-01-01 from=2024-01-02", "the option from stands twice; take one out"],
  [
    "daily from=2024-01-01 tz=Mars/Olympus",
    '"Mars/Olympus" is no time zone; write an IANA name, as Europe/Berlin or UTC',
  ],
  ["daily from=2024-01-01 offset=x", 'invalid offset: "x"; write a number of windows, as 1 or -1'],
  [
    "daily from=2024-01-01 format=%Y%%q%q",
    'invalid format: "%Y%%q%q"; write a pattern of %Y %m %d %H %M %S %j %G %V %z that has a year',
  ],
  [
    'cron("0 25 * * *") from=2024-01-01',
    'cron "0 25 * * *": invalid hour: "25"; write 0 to 23, *, ranges (a-b), lists (a,b) or steps (*/n)',
  ],
  ['cron("0 6 * * *) from=2024-01-01', 'a " is never closed; write another "'],
  ["static", "static has no keys; write them behind it, as static eu us asia"],
  ["static eu us eu", 'the key "eu" stands twice; take one out'],
  ["static a|b", 'invalid key: "a|b"; a key is not empty and has neither "|" nor ".."'],
  ["static eu from=2024-01-01", 'static takes keys alone, not the option "from=2024-01-01"; quote a key with "="'],
  ["dynamic", 'dynamic takes one name, not ""; write it as dynamic customers'],
  ["a: static x; static y", '"static y" has no name; name each of several dimensions, as region: static eu us'],
  ["a: static x; a: static y", 'two dimensions are named "a"; rename one'],
  [
    "a:; b: static x",
    'a dimension has no definition; write hourly, daily, weekly, monthly, cron("…"), static or dynamic',
  ],
])("partitions that cannot be read: %j", (text, message) => {
  expect(messageOf(() => parsePartitions(text))).toBe(message);
});

test.each([
  ...[
    "* * * * *",
    "0 0 27 2 *",
    "0 0 29 2 3",
    "0 */5 * * *",
    "*/15 * * * 1-6",
    "@hourly",
    "@daily",
    "@Weekly",
    "0 22 L * *",
  ],
  ...[
    "0 0 * jan-mar mon-fri",
    "0 0 * * 5#2",
    "0 0 * * friL",
    "0 0 15W * *",
    "30 0 6 * * *",
    "0 0 1-5/2,7 * *",
    "0 0 * * 7",
  ],
  ...["0 0 31 2 1", "59 23 31 12 *", "? ? * * *"],
])("cron %s", (text) => {
  expect(parseCron(`  ${text.replaceAll(" ", "  ")} `)).toBe(text);
});

test.each([
  [
    "",
    '"" is no cron expression: it has 0 fields; write five (minute hour day month weekday), or six with seconds first',
  ],
  [
    "* *",
    '"* *" is no cron expression: it has 2 fields; write five (minute hour day month weekday), or six with seconds first',
  ],
  [
    "@often",
    '"@often" is no cron nickname; write one of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly',
  ],
  ["60 * * * *", 'cron "60 * * * *": invalid minute: "60"; write 0 to 59, *, ranges (a-b), lists (a,b) or steps (*/n)'],
  [
    "0 0 * foo *",
    'cron "0 0 * foo *": invalid month: "foo"; write 1 to 12, or jan to dec, *, ranges (a-b), lists (a,b) or steps (*/n)',
  ],
  ["0 0 31 2 *", 'cron "0 0 31 2 *" never happens: no such day in that month; choose another day'],
  [
    "0 0 32 2 *",
    'cron "0 0 32 2 *": invalid day of month: "32"; write 1 to 31, *, ranges (a-b), lists (a,b) or steps (*/n)',
  ],
  [
    "* /15 * * * 1-6",
    'cron "* /15 * * * 1-6": invalid minute: "/15"; write 0 to 59, *, ranges (a-b), lists (a,b) or steps (*/n)',
  ],
  ["0 22-2 * * *", 'cron "0 22-2 * * *": the range 22-2 of hour runs backwards; write 22-23,0-2'],
  ["5/15 * * * *", 'cron "5/15 * * * *": a step needs a range, not "5/15" as minute; write */15 or 5-59/15'],
  [
    "*/0 * * * *",
    'cron "*/0 * * * *": invalid minute: "*/0"; write 0 to 59, *, ranges (a-b), lists (a,b) or steps (*/n)',
  ],
])("cron that cannot be read: %j", (text, message) => {
  expect(messageOf(() => parseCron(text))).toBe(message);
});
