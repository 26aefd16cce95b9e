import { sqlOfRule } from "../../cells/checks/expect-sql.ts";
import { sayVerdict } from "../../cells/checks/verdict.ts";
import { sha256Hex } from "../../cells/data/sha256.ts";
import { toMetadata } from "../../cells/data/metadata.ts";
import { AppError, type ErrorCode, messageOf } from "../../cells/errors.ts";
import type { AssetNode, CheckNode } from "../../cells/graph/workspace.ts";
import { type CheckResult, type FailingRows, mostFailingRows, refuses } from "../../cells/model/check.ts";
import type { Column, Materialization } from "../../cells/model/materialization.ts";
import type { CheckAnswer, CheckRequest } from "../engine/messages.ts";
import { identify, type StepContext } from "./step-context.ts";
import type { ReadFacts } from "./run-facts.ts";
import { surroundingsOf } from "./step-request.ts";

/** What the checks of an asset said of one fact. */
export interface Audit {
  /** what is new to the store */
  readonly results: readonly CheckResult[];
  /** why its readers may not see the fact; null where they may */
  readonly refusal: AppError | null;
  /** names of the checks that it was held against */
  readonly standing: readonly string[];
}

/** How checks of a fact are carried out: `known` are results of before that may still hold, by memo key. */
export interface AuditOptions {
  readonly known: ReadonlyMap<string, KnownResult>;
  /** called before the first check that is carried out */
  readonly onRun?: () => Promise<void>;
}

/** A result of before; `isHere` where it is of the very fact. */
interface KnownResult {
  readonly result: CheckResult;
  readonly isHere: boolean;
}

const passing: Audit = { results: [], refusal: null, standing: [] };
/** These are no fault of a check: the step ends with them. */
const beyond: ReadonlySet<ErrorCode> = new Set([
  "storage_full",
  "storage_failed",
  "fence_lost",
  "cell_cancelled",
  "internal",
]);

/**
 * Carries out every check of an asset over one sealed fact, which no reader sees yet. Results that are known and still hold are not
 * made again. Throws what stops the step itself; what goes wrong in a check is its result.
 */
export async function audit(
  context: StepContext,
  node: AssetNode,
  fact: Omit<Materialization, "seq">,
  options: AuditOptions,
  signal: AbortSignal,
): Promise<Audit> {
  const checks = context.workspace.checks.get(node.key) ?? [];
  if (checks.length === 0) return passing;
  const facts = context.facts.withStaged({ ...fact, seq: 0 });
  const previous = (context.facts.latest(node.key, fact.partition) ?? context.facts.newest(node.key))?.schema ?? null;
  const results: CheckResult[] = [];
  const standing: CheckResult[] = [];
  let isRunning = false;
  for (const check of checks) {
    signal.throwIfAborted();
    const one: OneCheck = { context, node, fact, facts, previous, check };
    const memo = await memoOf(one).catch((error: unknown) => errorOf(error, signal));
    const known = typeof memo === "string" ? options.known.get(memo) : undefined;
    const again = known === undefined || check.node.volatile.length > 0 ? null : renew(known, one);
    if (again === null && !isRunning) await options.onRun?.();
    if (again === null) isRunning = true;
    const result = again ?? (typeof memo === "string" ? await carryOut(one, memo, signal) : errored(one, memo));
    standing.push(result);
    if (known?.result !== result) results.push(result);
  }
  return { results, refusal: refusalOf(node, fact.partition, standing), standing: checks.map(({ name }) => name) };
}

/** The result of a check that was held against a fact with many others, and found no row wrong. */
export async function passedResult(
  context: StepContext,
  node: AssetNode,
  fact: Omit<Materialization, "seq">,
  check: CheckNode,
): Promise<CheckResult> {
  const one: OneCheck = {
    ...{ context, node, fact, check, previous: null },
    facts: context.facts.withStaged({ ...fact, seq: 0 }),
  };
  const verdict = { passed: true, failing: 0, written: 0, metadata: {}, ms: 0 };
  return { ...frame(one, await memoOf(one)), ...verdictOf(verdict, check), rows: null, metadata: {}, ms: 0 };
}

/** Known results of the checks of a fact, from the store: an errored one says nothing. */
export async function knownResults(
  { store }: Pick<StepContext, "store">,
  fact: Materialization,
): Promise<AuditOptions["known"]> {
  const known = new Map<string, KnownResult>();
  for (const { seq: _seq, fact: of, ...result } of await store.checkResults({ by: "facts", facts: [fact.seq] }))
    if (result.status !== "errored" && !known.has(result.memoKey))
      known.set(result.memoKey, { result, isHere: of === fact.seq });
  return known;
}

/** One check of one fact. */
interface OneCheck {
  readonly context: StepContext;
  readonly node: AssetNode;
  readonly fact: Omit<Materialization, "seq">;
  readonly facts: ReadFacts;
  /** columns of what readers see */
  readonly previous: readonly Column[] | null;
  readonly check: CheckNode;
}

/** Hash of everything that the result of a check depends on. Throws `asset_missing`. */
async function memoOf({ context, facts, fact, previous, check }: OneCheck): Promise<string> {
  const { memo } = await identify({ ...context, facts }, check.node, fact.partition);
  return check.rule?.rule.type === "schema_unchanged" ? sha256Hex(JSON.stringify([memo, previous])) : memo;
}

async function carryOut(one: OneCheck, memo: string, signal: AbortSignal): Promise<CheckResult> {
  const { context, fact, check } = one;
  const { lake, clock } = context;
  if (check.node.problem !== null) return errored(one, check.node.problem, memo);
  if (fact.format === "virtual")
    return errored(one, `${one.node.name} is not stored, so there are no rows to check`, memo);
  const staged = await lake.stage(context.staging);
  const startedAt = clock.now();
  let rows: FailingRows | null = null;
  try {
    const { timeoutMs } = check.node.options;
    const answer = await context.check(one.node, await requestOf(one, staged.path), timeoutMs, signal);
    signal.throwIfAborted();
    const metadata = toMetadata(answer.metadata);
    if (answer.written > 0) {
      const { sha256, bytes } = await lake.seal(staged, "parquet");
      rows = { sha256, bytes, rows: answer.written };
    }
    return { ...frame(one, memo), ...verdictOf(answer, check), rows, metadata, ms: answer.ms };
  } catch (error) {
    return errored(one, errorOf(error, signal), memo, clock.now() - startedAt);
  } finally {
    if (rows === null) await lake.discard(staged).catch(() => undefined);
  }
}

async function requestOf({ context, fact, facts, previous, check }: OneCheck, target: string): Promise<CheckRequest> {
  const { partition } = fact;
  const { workspace, lake, files, run } = context;
  const surroundings = await surroundingsOf(workspace, check.node, partition, facts, lake, files);
  const { node, rule } = check;
  return {
    ...surroundings,
    asset: check.asset,
    check: check.name,
    code:
      rule === null
        ? { type: "cell", cell: node.cell }
        : {
            type: "sql",
            sql: sqlOfRule(rule.rule, { table: node.name, columns: fact.schema, previous }),
          },
    partition: facts.slice(node, partition),
    target,
    metadata: {
      "cellar.asset": check.asset,
      ...(partition === "" ? {} : { "cellar.partition": partition }),
      "cellar.check": check.name,
      "cellar.run": run.id,
    },
    mostRows: mostFailingRows,
  };
}

/** What belongs to every result of a check. */
function frame({ context, fact, check }: OneCheck, memoKey: string) {
  return {
    asset: check.asset,
    partition: fact.partition,
    run: context.run.id,
    check: check.name,
    severity: check.severity,
    blocking: check.blocking,
    codeVersion: check.node.effectiveCodeVersion,
    memoKey,
    at: context.clock.now(),
  };
}

function verdictOf(answer: CheckAnswer, { rule }: CheckNode): Pick<CheckResult, "status" | "failing" | "message"> {
  const { passed, failing } = answer;
  return { status: passed ? "passed" : "failed", failing, message: sayVerdict(answer, rule) };
}

function errored(one: OneCheck, message: string | AppError, memoKey = "", ms = 0): CheckResult {
  return {
    ...frame(one, memoKey),
    status: "errored",
    failing: null,
    rows: null,
    message: `it could not be carried out: ${messageOf(message)}`,
    metadata: {},
    ms,
  };
}

/** The error of a check as its result. Throws the others, and every one where the step itself is given up. */
function errorOf(error: unknown, signal: AbortSignal): AppError {
  signal.throwIfAborted();
  if (!(error instanceof AppError) || beyond.has(error.code)) throw error;
  return error;
}

/** A known result as it stands for this fact: the same where severity and blocking are, else one more. */
function renew({ result, isHere }: KnownResult, one: OneCheck): CheckResult {
  const { check } = one;
  const isSame =
    result.check === check.name && result.severity === check.severity && result.blocking === check.blocking;
  return isHere && isSame ? result : { ...result, ...frame(one, result.memoKey) };
}

/** Why a fact is refused, naming the checks and how many rows are wrong. */
function refusalOf(node: AssetNode, partition: string, results: readonly CheckResult[]): AppError | null {
  const refusing = results.filter(refuses);
  const [first] = refusing;
  if (first === undefined) return null;
  const place = partition === "" ? node.key : `${node.key} (${partition})`;
  const said = refusing.map(({ check, message }) => `${check}: ${message}`).join("; ");
  const rows = refusing.find((result) => result.rows !== null);
  const look = rows === undefined ? "" : `; cellar checks ${node.key} --rows ${JSON.stringify(rows.check)} shows them`;
  return new AppError(
    "check_failed",
    `${place} was refused by ${refusing.length === 1 ? "check" : "checks"} ${said}; readers stay on the version of before${look}`,
    { data: { check: first.check, failing: first.failing, asset: node.key, partition } },
  );
}
