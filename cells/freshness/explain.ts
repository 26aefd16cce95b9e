import { assertNever } from "../errors.ts";
import { formatDuration } from "../format/duration.ts";
import type { FreshnessPolicy } from "../model/options.ts";
import type { Freshness } from "./freshness.ts";

/** Why an asset is as fresh as it is, as a sentence; `name` is the asset's. Times are milliseconds since 1970. */
export function explainFreshness(
  name: string,
  policy: FreshnessPolicy,
  { state }: Freshness,
  lastSuccessAt: number | null,
  now: number,
): string {
  if (lastSuccessAt === null) return `${name} was never materialized`;
  switch (policy.type) {
    case "within": {
      const age = sayAge(now - lastSuccessAt);
      const most = formatDuration(policy.ms);
      if (state === "fail") return `${name} last succeeded ${age} ago, and may be ${most} old`;
      if (state === "warn") return `${name} last succeeded ${age} ago, and will be too old at ${most}`;
      return `${name} last succeeded ${age} ago, within ${most}`;
    }
    case "by": {
      const window = `the ${formatDuration(policy.withinMs)} before a tick of "${policy.cron}"`;
      return state === "fail"
        ? `nothing of ${name} succeeded in ${window}`
        : `${name} succeeded in time for "${policy.cron}"`;
    }
    default:
      return assertNever(policy);
  }
}

/** A policy as its attribute says it. */
export function printFreshness(policy: FreshnessPolicy): string {
  if (policy.type === "by") return `by "${policy.cron}" within ${formatDuration(policy.withinMs)}`;
  const warn = policy.warnMs === undefined ? "" : ` warn ${formatDuration(policy.warnMs)}`;
  return `within ${formatDuration(policy.ms)}${warn}`;
}

/** In the two largest units that matter to a person: below a minute in seconds, else in minutes. */
function sayAge(ms: number): string {
  const step = ms < 60_000 ? 1000 : 60_000;
  return formatDuration(Math.floor(ms / step) * step) || "0s";
}
