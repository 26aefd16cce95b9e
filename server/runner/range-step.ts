import { partitionParameters } from "../../cells/compile/partition-parameters.ts";
import { AppError } from "../../cells/errors.ts";
import type { AssetNode } from "../../cells/graph/workspace.ts";
import type { Materialization } from "../../cells/model/materialization.ts";
import type { Step } from "../../cells/model/run.ts";
import type { Slice } from "../../cells/partition/slice.ts";
import { engineMajor } from "../engine/engine-version.ts";
import type { RangeRequest } from "../engine/messages.ts";
import type { Staged } from "../lake/lake.ts";
import { identify, type StepContext } from "./step-context.ts";
import { surroundingsOf } from "./step-request.ts";

/** a few windows are computed as fast one by one */
const fewest = 8;
/** so many windows are one statement and one commit */
const most = 500;
const sealsAtOnce = 16;

/** One step of a range, with all that its fact needs. */
interface Member {
  readonly step: Step;
  readonly slice: Slice;
  readonly memo: string;
  readonly inputs: Record<string, string>;
  readonly staged: Staged;
}

/**
 * Steps of an asset that one statement may compute together: many windows of time of a plain SQL cell that reads the same for all of
 * them, and that nothing else is to be said of (checks, another environment). None where it may not.
 */
export function* rangesOf({ run, workspace, facts }: StepContext, node: AssetNode, steps: readonly Step[]) {
  const waiting = steps.filter(({ state, partition }) => state === "waiting" && partition !== "");
  if (waiting.length < fewest || run.environment !== undefined || run.checksOnly === true) return;
  const cell = workspace.notebooks.get(node.notebook)?.cells.find(({ cell: { id } }) => id === node.cell)?.compiled;
  const isPlain =
    node.problem === null &&
    node.kind === "sql" &&
    node.options.store !== "json" &&
    node.options.pool === null &&
    node.volatile.length === 0 &&
    (workspace.checks.get(node.key) ?? []).length === 0 &&
    cell?.sql != null &&
    partitionParameters(cell.sql) !== null &&
    node.sources.every(
      (source) => source.type === "file" || workspace.assets.get(source.key)?.options.partitions === null,
    );
  if (!isPlain || facts.slice(node, waiting[0]?.partition ?? "")?.start == null) return;
  for (let at = 0; at < waiting.length; at += most) {
    const range = waiting.slice(at, at + most);
    if (range.length >= fewest) yield range;
  }
}

/**
 * Computes steps together, and commits them together: one window's file is as whole as ever, and all of them are readers' at once.
 * Resolves with the partitions that are done; the others, found again or refused, are left to be carried out one by one. Throws what
 * ends the run.
 */
export async function runRange(
  context: StepContext,
  node: AssetNode,
  steps: readonly Step[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { run, lease, store, lake, clock } = context;
  signal.throwIfAborted();
  const begunAt = clock.now();
  const members: Member[] = [];
  let sealed = 0;
  try {
    for (const member of await toCompute(context, node, steps))
      members.push({ ...member, staged: await lake.stage(run.id) });
    if (members.length < fewest) return await givenUp(context, members);
    const [first] = members;
    const surroundings = await surroundingsOf(
      ...([context.workspace, node, first?.step.partition ?? "", context.facts, lake, context.files] as const),
    );
    const request: RangeRequest = {
      ...{ asset: node.key, cell: node.cell, name: node.name, ...surroundings },
      slices: members.map(({ step, slice, memo, inputs, staged }) => ({
        partition: slice,
        target: staged.path,
        metadata: {
          "cellar.asset": node.key,
          "cellar.partition": step.partition,
          "cellar.run": run.id,
          "cellar.code": node.effectiveCodeVersion,
          "cellar.memo": memo,
          "cellar.inputs": JSON.stringify(inputs),
        },
      })),
    };
    const result = await context.range(node, request, signal);
    if (result.type === "refused") return await givenUp(context, members);
    const facts: Omit<Materialization, "seq">[] = [];
    for (let at = 0; at < members.length; at += sealsAtOnce) {
      signal.throwIfAborted();
      const part = members.slice(at, at + sealsAtOnce);
      const files = await Promise.all(part.map(({ staged }) => lake.seal(staged, "parquet")));
      sealed += part.length;
      for (const [i, { step, memo, inputs }] of part.entries()) {
        const out = result.slices[at + i];
        const file = files[i];
        if (out === undefined || file === undefined)
          throw new AppError("internal", `a range of ${node.key} came back short`);
        facts.push({
          ...{ asset: node.key, partition: step.partition, run: run.id, codeVersion: node.effectiveCodeVersion },
          ...{ dataVersion: out.dataVersion, inputs, bound: out.bound, memoKey: memo, format: "parquet" },
          ...{ sha256: file.sha256, bytes: file.bytes, rows: out.rows, schema: result.schema, ms: result.ms },
          ...{ engine: engineMajor, createdAt: clock.now(), expiresAt: null },
        });
      }
    }
    const reason = run.force ? "forced" : `computed with ${members.length - 1} more by one statement`;
    const committed = await store.commitRange({
      ...{
        run: run.id,
        fence: lease.fence,
        facts,
        statistics: result.slices.map(({ statistics }) => statistics),
        attempt: 1,
        reason,
        begunAt,
        at: clock.now(),
      },
    });
    for (const fact of committed) context.facts.set(fact.asset, fact.partition, fact);
    return committed.map(({ partition }) => partition);
  } catch (error) {
    await givenUp(context, members.slice(sealed));
    if (signal.aborted || (error instanceof AppError && ending.has(error.code))) throw error;
    // each of them says by itself what is wrong
    return [];
  }
}

/** What ends the run, or is asked again as a whole. */
const ending: ReadonlySet<string> = new Set(["fence_lost", "storage_full", "storage_failed"]);

/** The steps of a range whose result is not there already. */
async function toCompute(context: StepContext, node: AssetNode, steps: readonly Step[]) {
  const found: Omit<Member, "staged">[] = [];
  for (const step of steps) {
    const slice = context.facts.slice(node, step.partition);
    if (slice !== null) found.push({ step, slice, ...(await identify(context, node, step.partition)) });
  }
  if (context.run.force) return found;
  const known = await context.store.byMemoKeys(found.map(({ memo }) => memo));
  const memos = new Set(known.map(({ memoKey }) => memoKey));
  return found.filter(({ memo }) => !memos.has(memo));
}

async function givenUp({ lake }: StepContext, members: readonly Member[]): Promise<readonly string[]> {
  await Promise.all(members.map(({ staged }) => lake.discard(staged).catch(() => undefined)));
  return [];
}
