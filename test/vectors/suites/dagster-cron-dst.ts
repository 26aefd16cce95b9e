import { nextTick, parseCron, smallestIntervalMs, ticksBetween } from "../../../cells/schedule/cron.ts";
import { same, type VectorSuite } from "../suite.ts";

interface Case {
  readonly id: string;
  readonly kind: "ticks" | "valid" | "smallest_interval_seconds";
  readonly cron: string | readonly string[];
  readonly timezone?: string;
  readonly ticks?: readonly string[];
  readonly expect_valid?: boolean;
  readonly expect?: number;
}

/** Dagster's cron ticks over daylight-saving changes: from each tick, and from between two, the next is the recorded one. */
export const suite: VectorSuite = {
  name: "dagster-cron-dst",
  run: async (document) => {
    const { cases } = document as { readonly cases: readonly Case[] };
    return cases.map((one) => {
      const [expected, got] = answers(one);
      return { id: one.id, passed: same(expected, got), expected, got };
    });
  },
};

function answers(one: Case): readonly [expected: unknown, got: unknown] {
  const crons = typeof one.cron === "string" ? [one.cron] : one.cron;
  const timezone = one.timezone ?? "UTC";
  switch (one.kind) {
    case "ticks": {
      const ticks = (one.ticks ?? []).map((text) => Date.parse(text));
      const [first = 0] = ticks;
      const last = ticks.at(-1) ?? first;
      const iso = (list: readonly number[]) => list.map((tick) => new Date(tick).toISOString());
      const stepped = ticks.slice(1).flatMap((tick, i) => {
        const before = ticks[i] ?? tick;
        return [before, before + 1, Math.floor((before + tick) / 2), tick - 1].map(
          (at) => nextTick(crons, timezone, at) ?? 0,
        );
      });
      return [
        [iso(ticks), iso(ticks.slice(1).flatMap((tick) => [tick, tick, tick, tick]))],
        [iso(ticksBetween(crons, timezone, first, last + 1, 1000)), iso(stepped)],
      ];
    }
    case "valid":
      return [one.expect_valid, crons.every(isValid)];
    case "smallest_interval_seconds":
      return [one.expect, (smallestIntervalMs(crons, timezone, Date.UTC(2024, 0, 1)) ?? 0) / 1000];
  }
}

function isValid(cron: string): boolean {
  try {
    parseCron(cron);
    return true;
  } catch {
    return false;
  }
}
