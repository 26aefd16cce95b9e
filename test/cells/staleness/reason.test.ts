import { expect, it } from "vitest";
import { sayTime } from "../../../cells/staleness/reason.ts";

it.each([
  ["UTC", "2026-01-31T09:02:00Z", "09:02"],
  ["UTC", "2026-01-30T09:02:00Z", "2026-01-30 09:02"],
  ["America/New_York", "2026-01-31T09:02:00Z", "04:02 EST"],
  ["America/New_York", "2025-07-01T09:02:00Z", "2025-07-01 05:02 EDT"],
  ["Europe/Berlin", "2026-01-31T09:02:00Z", "10:02 GMT+1"],
])("a time of %s is told as such: %s", (timezone, at, said) => {
  expect(sayTime(Date.parse(at), { timezone, now: Date.parse("2026-01-31T12:00:00Z") })).toBe(said);
});
