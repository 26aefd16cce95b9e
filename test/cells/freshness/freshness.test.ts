import { describe, expect, it } from "vitest";
import { AppError } from "../../../cells/errors.ts";
import { freshnessOf } from "../../../cells/freshness/freshness.ts";
import { healthOf, type HealthFacts } from "../../../cells/freshness/health.ts";
import { parseFreshness } from "../../../cells/freshness/parse.ts";

const hour = 3_600_000;
const at = (text: string) => Date.parse(`2026-${text}Z`);
const say = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString().slice(5, 16));

describe("policies", () => {
  it.each([
    ["within 24h", { type: "within", ms: 24 * hour }],
    [" within 1h30m  warn 1h ", { type: "within", ms: 1.5 * hour, warnMs: hour }],
    ['by "0 9 * * *" within 3h', { type: "by", cron: "0 9 * * *", withinMs: 3 * hour }],
    ["by 0 9 * * 1-5 within 90m", { type: "by", cron: "0 9 * * 1-5", withinMs: 1.5 * hour }],
  ])("%s", (text, policy) => {
    expect(parseFreshness(text)).toEqual(policy);
  });

  it.each([
    ["", 'it is empty; write within 24h, within 24h warn 20h, or by "0 9 * * *" within 3h (column 1)', 1],
    [
      "after 3h",
      '"after" is no policy; write within 24h, within 24h warn 20h, or by "0 9 * * *" within 3h (column 1)',
      1,
    ],
    ["within", "there is no duration behind within; write one, as 24h (column 7)", 7],
    ["within 3 hours", '"3" is no duration; write 250ms, 10s, 5m, 2h or 1d (column 8)', 8],
    ["within 3h often", '"often" may not stand here; write warn and a duration, or nothing (column 11)', 11],
    [
      "within 3h warn 2h too",
      '"too" may not stand here; write within 24h, within 24h warn 20h, or by "0 9 * * *" within 3h (column 19)',
      19,
    ],
    ["within 3h warn 3h", "it would warn after 3h, when it has failed; write less than 3h (column 16)", 16],
    ['by "0 9 * * *"', 'there is no "within"; write by "0 9 * * *" within 3h (column 15)', 15],
    ["by within 3h", 'there is no cron; write by "0 9 * * *" within 3h (column 4)', 4],
    [
      'by "0 25 * * *" within 3h',
      'cron "0 25 * * *": invalid hour: "25"; write 0 to 23, *, ranges (a-b), lists (a,b) or steps (*/n) (column 4)',
      4,
    ],
  ])("%s is refused", (text, message, column) => {
    let error: unknown;
    try {
      parseFreshness(text);
    } catch (thrown) {
      error = thrown;
    }
    expect(error instanceof AppError && [error.code, error.message, error.data]).toEqual([
      "attribute_invalid",
      message,
      { column },
    ]);
  });
});

describe("states", () => {
  it.each([
    // H1: age
    ["within 24h", null, "01-31T09:00", "unknown", null],
    ["within 24h", "01-30T10:00", "01-31T09:00", "pass", "01-31T10:00"],
    ["within 24h", "01-30T10:00", "01-31T10:00", "fail", null],
    ["within 24h warn 20h", "01-30T10:00", "01-31T05:59", "pass", "01-31T06:00"],
    ["within 24h warn 20h", "01-30T10:00", "01-31T06:00", "warn", "01-31T10:00"],
    ["within 24h warn 20h", "01-30T10:00", "01-31T10:00", "fail", null],
    // H2: each tick wants a success in the three hours before it
    ['by "0 9 * * *" within 3h', "01-30T06:00", "01-30T12:00", "pass", "01-31T09:00"],
    ['by "0 9 * * *" within 3h', "01-30T05:59", "01-30T08:59", "pass", "01-30T09:00"],
    ['by "0 9 * * *" within 3h', "01-30T05:59", "01-30T09:00", "fail", null],
    ['by "0 9 * * *" within 3h', "01-30T05:59", "02-05T09:00", "fail", null],
    ['by "0 9 * * *" within 3h', "01-30T11:00", "01-30T11:00", "pass", "01-31T09:00"],
  ])("%s, last %s, at %s: %s", (policy, last, now, state, deadline) => {
    const clock = { now: at(now), timezone: "UTC" };
    const freshness = freshnessOf(parseFreshness(policy), last === null ? null : at(last), clock);
    expect({ ...freshness, deadline: say(freshness.deadline) }).toEqual({ state, deadline });
  });

  it("H2 deadlines are on the notebook's clock", () => {
    const clock = { now: at("07-01T00:00"), timezone: "Europe/Berlin" };
    expect(say(freshnessOf(parseFreshness('by "0 9 * * *" within 3h'), at("06-30T08:00"), clock).deadline)).toBe(
      "07-01T07:00",
    );
  });
});

describe("health", () => {
  const good: HealthFacts = {
    materialization: "succeeded",
    freshness: "pass",
    checks: [{ name: "rows", passed: true, severity: "error" }],
  };
  it.each<[HealthFacts, string, string]>([
    [good, "healthy", "orders is materialized, in time, and its check passed"],
    [{ ...good, freshness: null, checks: [] }, "healthy", "orders is materialized"],
    [{ ...good, materialization: null, freshness: "unknown", checks: [] }, "unknown", "orders was never materialized"],
    [{ ...good, freshness: "warn" }, "warning", "orders is nearly too old"],
    [{ ...good, checks: [{ name: "rows", passed: false, severity: "warn" }] }, "warning", "check rows failed"],
    [
      {
        materialization: "failed",
        freshness: "fail",
        checks: [
          { name: "rows", passed: false, severity: "error" },
          { name: "ids", passed: false, severity: "warn" },
        ],
      },
      "degraded",
      "the last run of orders failed and orders is too old and check rows failed",
    ],
  ])("H4 %j", (facts, health, reason) => {
    expect(healthOf("orders", facts)).toEqual({ health, reason });
  });
});
