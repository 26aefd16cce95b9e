import { assertNever } from "../errors.ts";
import type { FreshnessPolicy } from "../model/options.ts";
import { nextTick } from "../schedule/cron.ts";

/** Whether data is too old: `unknown` where there is none yet. */
export type FreshnessState = "pass" | "warn" | "fail" | "unknown";

/** How an asset stands by its policy. */
export interface Freshness {
  readonly state: FreshnessState;
  /** when the state gets worse if nothing is materialized until then, milliseconds since 1970; null where it cannot */
  readonly deadline: number | null;
}

/** The clock by which a policy is held against an asset. */
export interface FreshnessClock {
  /** milliseconds since 1970 */
  readonly now: number;
  /** of the notebook: crons are read in it */
  readonly timezone: string;
}

/**
 * Holds a policy against the last success of an asset (of any of its partitions), null where there is none. `within`: too
 * old once so much time has passed. `by`: each tick of the cron wants a success in [tick - within, tick]; what was missed
 * stays failed until the next success. (Rows H1 and H2 of Dagster's freshness policies.)
 */
export function freshnessOf(
  policy: FreshnessPolicy,
  lastSuccessAt: number | null,
  { now, timezone }: FreshnessClock,
): Freshness {
  if (lastSuccessAt === null) return { state: "unknown", deadline: null };
  switch (policy.type) {
    case "within": {
      const failsAt = lastSuccessAt + policy.ms;
      if (now >= failsAt) return { state: "fail", deadline: null };
      const warnsAt = policy.warnMs === undefined ? failsAt : lastSuccessAt + policy.warnMs;
      return now >= warnsAt ? { state: "warn", deadline: failsAt } : { state: "pass", deadline: warnsAt };
    }
    case "by": {
      // the first tick that this success is too old for
      const tick = nextTick([policy.cron], timezone, lastSuccessAt + policy.withinMs);
      if (tick !== null && tick <= now) return { state: "fail", deadline: null };
      return { state: "pass", deadline: tick };
    }
    default:
      return assertNever(policy);
  }
}
