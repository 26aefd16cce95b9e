import { sqlOfRule } from "../../cells/checks/expect-sql.ts";
import type { AssetNode } from "../../cells/graph/workspace.ts";
import type { CheckResult, Rule } from "../../cells/model/check.ts";
import type { Materialization } from "../../cells/model/materialization.ts";
import type { RangeCheck } from "../engine/messages.ts";
import { passedResult } from "./audit.ts";
import type { StepContext } from "./step-context.ts";

/** The checks of an asset, as they are held against many of its partitions by one statement. */
export interface RangeChecks {
  /** those of which the engine tells how many rows are wrong */
  readonly asked: readonly RangeCheck[];
  /** whether all of them pass, where so many rows are wrong of those that were asked for, out of so many */
  pass(failing: readonly number[], rows: number): boolean;
  /** their results for a fact that passes all of them */
  passed(fact: Omit<Materialization, "seq">): Promise<readonly CheckResult[]>;
}

/** The checks of an asset, where each of them looks at nothing but the rows of one partition; null where one does not. */
export function rangeChecks(context: StepContext, node: AssetNode): RangeChecks | null {
  const checks = context.workspace.checks.get(node.key) ?? [];
  const asked: RangeCheck[] = [];
  const counts: Extract<Rule, { type: "rows" }>[] = [];
  for (const { node: check, rule: expectation } of checks) {
    const isOwn = check.sources.every((source) => source.type === "asset" && source.key === node.key);
    const rule = expectation?.rule;
    // a schema is held against that of the version of before
    if (!isOwn || check.problem !== null || check.volatile.length > 0 || rule?.type === "schema_unchanged") return null;
    const table = node.name;
    if (rule === undefined) asked.push({ type: "cell", cell: check.cell, table });
    else if (rule.type === "rows") counts.push(rule);
    else {
      const what = { table, columns: [], previous: null };
      asked.push({
        type: "rule",
        table,
        sql: sqlOfRule(rule, what),
        together: sqlOfRule(rule, { ...what, by: "cellar_i" }),
      });
    }
  }
  return {
    asked,
    pass: (failing, rows) =>
      failing.every((wrong) => wrong === 0) &&
      counts.every(({ min, max }) => rows >= (min ?? 0) && rows <= (max ?? Infinity)),
    passed: (fact) => Promise.all(checks.map((check) => passedResult(context, node, fact, check))),
  };
}
