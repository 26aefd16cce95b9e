import type { FreshnessState } from "./freshness.ts";

/** How an asset is doing, in one word: the worst of its last materialization, its freshness and its checks. */
export type Health = "healthy" | "warning" | "degraded" | "unknown";

/** What health is made of. */
export interface HealthFacts {
  /** how the last attempt ended; null where there was none */
  readonly materialization: "succeeded" | "failed" | null;
  /** null where there is no policy */
  readonly freshness: FreshnessState | null;
  /** the checks that ran against what is materialized, each with what a failure of it means */
  readonly checks: readonly { readonly name: string; readonly passed: boolean; readonly severity: "error" | "warn" }[];
}

/** Health with the sentence that says why. `name` is the asset's, as its reader says it. */
export function healthOf(
  name: string,
  { materialization, freshness, checks }: HealthFacts,
): {
  readonly health: Health;
  readonly reason: string;
} {
  const failed = checks.filter(({ passed }) => !passed);
  const errors = failed.filter(({ severity }) => severity === "error");
  const because = (health: Health, reasons: readonly (string | null)[]) => ({
    health,
    reason: reasons.filter((reason) => reason !== null).join(" and "),
  });
  const isTooOld = freshness === "fail" ? `${name} is too old` : null;
  if (materialization === "failed" || isTooOld !== null || errors.length > 0)
    return because("degraded", [
      materialization === "failed" ? `the last run of ${name} failed` : null,
      isTooOld,
      sayChecks(errors.map((check) => check.name)),
    ]);
  if (freshness === "warn" || failed.length > 0)
    return because("warning", [
      freshness === "warn" ? `${name} is nearly too old` : null,
      sayChecks(failed.map((check) => check.name)),
    ]);
  if (materialization === null) return { health: "unknown", reason: `${name} was never materialized` };
  return { health: "healthy", reason: `${name} is materialized${sayGood(freshness, checks.length)}` };
}

function sayChecks(names: readonly string[]): string | null {
  if (names.length === 0) return null;
  return names.length === 1 ? `check ${names[0]} failed` : `checks ${names.join(", ")} failed`;
}

function sayGood(freshness: FreshnessState | null, checks: number): string {
  const fresh = freshness === "pass" ? ", in time" : "";
  return checks === 0 ? fresh : `${fresh}, and ${checks === 1 ? "its check" : `its ${checks} checks`} passed`;
}
