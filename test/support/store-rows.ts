import type { AssetKey } from "../../cells/model/asset-key.ts";
import type { CheckResult } from "../../cells/model/check.ts";
import type { Materialization } from "../../cells/model/materialization.ts";
import { defaultRunRules, type Run, type Step } from "../../cells/model/run.ts";

// apart from the suites, since children that are killed are started with them, and need no vitest

export function newRun(id: string, change: Partial<Run> = {}): Run {
  return {
    id,
    state: "queued",
    trigger: { type: "manual" },
    selection: "",
    partition: null,
    params: { region: "eu", limit: 3 },
    force: false,
    revisions: { "sales.html": "r1" },
    tags: {},
    priority: 0,
    rules: defaultRunRules,
    createdAt: 1000,
    startedAt: null,
    endedAt: null,
    error: null,
    ...change,
  };
}

export function newStep(run: string, asset: AssetKey, change: Partial<Step> = {}): Step {
  return {
    run,
    asset,
    partition: "",
    state: "waiting",
    attempt: 1,
    reason: "it was never materialized",
    rows: null,
    bytes: null,
    ms: null,
    dataVersion: null,
    error: null,
    startedAt: null,
    endedAt: null,
    ...change,
  };
}

export function newFact(
  run: string,
  asset: AssetKey,
  change: Partial<Materialization> = {},
): Omit<Materialization, "seq"> {
  const { seq: _, ...fact } = {
    seq: 0,
    asset,
    partition: "",
    run,
    codeVersion: "c1",
    dataVersion: "d1",
    inputs: { "file:orders.csv": "v1" },
    bound: "[1]",
    memoKey: `memo ${asset}`,
    format: "parquet" as const,
    sha256: "ab".repeat(32),
    bytes: 10,
    rows: 2,
    schema: [{ name: "price", type: "DECIMAL(18,3)" }],
    ms: 12.5,
    engine: "1.5.5",
    createdAt: 2000,
    expiresAt: null,
    ...change,
  };
  return fact;
}

export function newResult(run: string, asset: AssetKey, change: Partial<CheckResult> = {}): CheckResult {
  const check = change.check ?? "cheap";
  return {
    ...{
      run,
      asset,
      check,
      partition: "",
      status: "failed",
      severity: "error",
      blocking: true,
      failing: 2,
      rows: null,
    },
    ...{ message: "2 rows are wrong", metadata: {}, codeVersion: "c1", memoKey: `memo ${check}`, ms: 1.5, at: 2000 },
    ...change,
  };
}
