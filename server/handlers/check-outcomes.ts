import type { CheckOutcome } from "../../cells/api/schema.ts";
import type { CheckResult, StoredCheckResult } from "../../cells/model/check.ts";
import type { Step } from "../../cells/model/run.ts";

/** A result of a check as the API has it. */
export function outcomeOf(result: CheckResult): CheckOutcome {
  const { check, partition, status, severity, blocking, failing, rows, message, metadata, run, ms, at } = result;
  return {
    check,
    partition: partition === "" ? null : partition,
    ...{ status, severity, blocking, failing, message, run, ms, at },
    kept: rows?.rows ?? 0,
    metadata: { ...metadata },
  };
}

/** The first of each name, of results newest first: what each check last said. */
export function latestOf<T extends CheckResult>(results: readonly T[], nameOf: (result: T) => string): readonly T[] {
  const latest = new Map<string, T>();
  for (const result of results) if (!latest.has(nameOf(result))) latest.set(nameOf(result), result);
  return [...latest.values()];
}

/** What the checks of each step of a run said: in the run itself, or before it where the result still held. */
export function outcomesOfSteps(
  run: string,
  steps: readonly Step[],
  results: readonly StoredCheckResult[],
): ReadonlyMap<Step, CheckOutcome[]> {
  const bySlot = Map.groupBy(results, ({ asset, partition }) => `${asset}\n${partition}`);
  return new Map(
    steps.map((step) => {
      const own = bySlot.get(`${step.asset}\n${step.partition}`) ?? [];
      const then = own.filter(
        (result) =>
          result.run === run || (step.checks?.includes(result.check) && result.at <= (step.endedAt ?? Infinity)),
      );
      const inOrder = [...then.filter((result) => result.run === run), ...then];
      const latest = latestOf(inOrder, ({ check }) => check).toSorted((a, b) => a.seq - b.seq);
      return [step, latest.map(outcomeOf)];
    }),
  );
}
