import { partitionParameters } from "../../cells/compile/partition-parameters.ts";
import { AppError } from "../../cells/errors.ts";
import type { AssetNode } from "../../cells/graph/workspace.ts";
import type { CheckResult } from "../../cells/model/check.ts";
import type { Materialization } from "../../cells/model/materialization.ts";
import type { Step } from "../../cells/model/run.ts";
import type { ColumnStatistics } from "../../cells/model/statistics.ts";
import type { Slice } from "../../cells/partition/slice.ts";
import { engineMajor } from "../engine/engine-version.ts";
import type { RangeResult } from "../engine/messages.ts";
import type { LakeFile, Staged } from "../lake/lake.ts";
import { type RangeChecks, rangeChecks } from "./range-checks.ts";
import { rangeInputs } from "./range-inputs.ts";
import { identify, type StepContext } from "./step-context.ts";

/** a few windows are computed as fast one by one */
const fewest = 8;
/** so many windows are one statement while nothing is known of what they come to */
const first = 250;
const most = 5_000;
/** so many bytes of Parquet may come of one statement, by what came of the one before */
const mostBytes = 128 * 1024 * 1024;
/** so many steps are one transaction: the store does nothing else meanwhile */
const commitsAtOnce = 250;

/** One step of a range, with all that its fact needs. */
interface Member {
  readonly step: Step;
  readonly slice: Slice;
  readonly memo: string;
  readonly inputs: Record<string, string>;
}

/** What one statement came to. `isRefused` where the next one would be refused too. */
interface Made {
  readonly committed: readonly Materialization[];
  readonly isRefused: boolean;
}

const nothing: Made = { committed: [], isRefused: false };

/**
 * Computes waiting steps of an asset together, as many by one statement as their size allows, and commits them in groups: partitions of
 * a plain SQL cell. `isReady` says whether all that a partition reads is done. Resolves with the partitions that are done; the others,
 * found again, refused, or not to be computed so, are left to be carried out one by one. Throws what ends the run.
 */
export async function runRanges(
  context: StepContext,
  node: AssetNode,
  steps: readonly Step[],
  isReady: (partition: string) => boolean,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const done: string[] = [];
  const waiting = steps.filter(({ state, partition }) => state === "waiting" && partition !== "");
  if (waiting.length < fewest || !isPlain(context, node)) return done;
  const checks = rangeChecks(context, node);
  if (checks === null) return done;
  const ready = waiting.filter(({ partition }) => isReady(partition));
  let size = sizeOf(context.facts.newest(node.key)?.bytes ?? null);
  for (let at = 0; ready.length - at >= fewest && size >= fewest;) {
    const range = ready.slice(at, at + size);
    at += range.length;
    const { committed, isRefused } = await runRange(context, node, range, checks, signal);
    for (const { partition } of committed) done.push(partition);
    if (isRefused) break;
    const bytes = committed.reduce((sum, fact) => sum + fact.bytes, 0);
    if (committed.length > 0) size = sizeOf(bytes / committed.length);
  }
  return done;
}

/** How many windows of so many bytes are one statement. */
function sizeOf(bytes: number | null): number {
  return bytes === null ? first : Math.min(most, Math.floor(mostBytes / Math.max(1, bytes)));
}

function isPlain({ run, workspace }: StepContext, node: AssetNode): boolean {
  if (run.environment !== undefined || run.checksOnly === true || run.trigger.type === "reported") return false;
  const cell = workspace.notebooks.get(node.notebook)?.cells.find(({ cell: { id } }) => id === node.cell)?.compiled;
  return (
    node.problem === null &&
    node.kind === "sql" &&
    node.options.store !== "json" &&
    node.options.pool === null &&
    node.volatile.length === 0 &&
    cell?.sql != null &&
    partitionParameters(cell.sql) !== null &&
    // what it reads of itself is there only once it was computed
    node.sources.every((source) => source.type === "file" || source.key !== node.key)
  );
}

async function runRange(
  context: StepContext,
  node: AssetNode,
  steps: readonly Step[],
  checks: RangeChecks,
  signal: AbortSignal,
): Promise<Made> {
  const { run, lake, clock } = context;
  signal.throwIfAborted();
  const begunAt = clock.now();
  let staged: Staged | null = null;
  try {
    const members = await toCompute(context, node, steps);
    if (members.length < fewest) return nothing;
    const inputs = await rangeInputs(
      context,
      node,
      members.map(({ step }) => step.partition),
    );
    if (inputs === null) return nothing;
    staged = await lake.stage(context.staging);
    const result = await context.range(
      node,
      {
        ...{ asset: node.key, cell: node.cell, name: node.name, ...inputs, checks: checks.asked, target: staged.path },
        slices: members.map(({ step, slice, memo, inputs: read }) => ({
          partition: slice,
          metadata: {
            "cellar.asset": node.key,
            "cellar.partition": step.partition,
            "cellar.run": run.id,
            "cellar.code": node.effectiveCodeVersion,
            "cellar.memo": memo,
            "cellar.inputs": JSON.stringify(read),
          },
        })),
      },
      signal,
    );
    if (result.type === "refused") return { ...nothing, isRefused: result.isAlways };
    const files = await lake.sealAll(staged, members.length, "parquet", signal);
    staged = null;
    return {
      committed: await commit(context, node, { members, result, files, checks, begunAt }, signal),
      isRefused: false,
    };
  } catch (error) {
    if (signal.aborted || (error instanceof AppError && ending.has(error.code))) throw error;
    // each of them says by itself what is wrong
    return nothing;
  } finally {
    if (staged !== null) await lake.discard(staged).catch(() => undefined);
  }
}

/** What ends the run, or is asked again as a whole. */
const ending: ReadonlySet<string> = new Set(["fence_lost", "storage_full", "storage_failed"]);

/** What came of a range. */
interface Computed {
  readonly members: readonly Member[];
  readonly result: RangeResult & { readonly type: "range" };
  readonly files: readonly LakeFile[];
  readonly checks: RangeChecks;
  readonly begunAt: number;
}

/** Commits those that no check finds wrong: of the others each is told by itself. */
async function commit(
  context: StepContext,
  node: AssetNode,
  { members, result, files, checks, begunAt }: Computed,
  signal: AbortSignal,
): Promise<readonly Materialization[]> {
  const { run, lease, store, clock } = context;
  const facts: Omit<Materialization, "seq">[] = [];
  const statistics: (readonly ColumnStatistics[])[] = [];
  const results: (readonly CheckResult[])[] = [];
  for (const [i, { step, memo, inputs }] of members.entries()) {
    const out = result.slices[i];
    const file = files[i];
    if (out === undefined || file === undefined)
      throw new AppError("internal", `a range of ${node.key} came back short`);
    if (!checks.pass(out.failing, out.rows)) continue;
    const fact: Omit<Materialization, "seq"> = {
      ...{ asset: node.key, partition: step.partition, run: run.id, codeVersion: node.effectiveCodeVersion },
      ...{ dataVersion: out.dataVersion, inputs, bound: out.bound, memoKey: memo, format: "parquet" },
      ...{ sha256: file.sha256, bytes: file.bytes, rows: out.rows, schema: result.schema, ms: result.ms },
      ...{ engine: engineMajor, createdAt: clock.now(), expiresAt: null },
    };
    facts.push(fact);
    statistics.push(out.statistics);
    results.push(await checks.passed(fact));
  }
  const reason = run.force ? "forced" : `computed with ${members.length - 1} more by one statement`;
  const committed: Materialization[] = [];
  for (let at = 0; at < facts.length; at += commitsAtOnce) {
    signal.throwIfAborted();
    const part = await store.commitRange({
      ...{ run: run.id, fence: lease.fence, attempt: 1, reason, begunAt, at: clock.now() },
      facts: facts.slice(at, at + commitsAtOnce),
      statistics: statistics.slice(at, at + commitsAtOnce),
      checks: results.slice(at, at + commitsAtOnce),
    });
    for (const fact of part) context.facts.set(fact.asset, fact.partition, fact);
    committed.push(...part);
  }
  return committed;
}

/** The steps of a range whose inputs are there and whose result is not. */
async function toCompute(context: StepContext, node: AssetNode, steps: readonly Step[]): Promise<readonly Member[]> {
  const found: Member[] = [];
  for (const step of steps) {
    const slice = context.facts.slice(node, step.partition);
    if (slice === null) continue;
    const known = await identify(context, node, step.partition).catch((error: unknown) => {
      if (error instanceof AppError && error.code === "asset_missing") return null;
      throw error;
    });
    if (known !== null) found.push({ step, slice, ...known });
  }
  if (context.run.force) return found;
  const known = await context.store.byMemoKeys(found.map(({ memo }) => memo));
  const memos = new Set(known.map(({ memoKey }) => memoKey));
  return found.filter(({ memo }) => !memos.has(memo));
}
