import { expect, test } from "vitest";
import { saySchedule } from "../../../src/shell/say-schedule.ts";

test.each([
  ["0 6 * * *", "daily at 06:00"],
  ["30 18 * * 1-5", "on weekdays at 18:30"],
  ["5 9 * * 1", "on Mondays at 09:05"],
  ["0 0 1 * *", "monthly at 00:00"],
  ["0 * * * *", "every hour"],
  ["*/15 * * * *", "every 15 min"],
  ["0 6 * 1 *", "0 6 * 1 *"],
  ["0 6,18 * * *", "0 6,18 * * *"],
  ["0 0 6 * * *", "0 0 6 * * *"],
  ["", ""],
])("%j is said as %j", (cron, said) => expect(saySchedule(cron)).toBe(said));
