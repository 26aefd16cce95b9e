import { AppError, encodeError } from "../../cells/errors.ts";
import type { AssetNode } from "../../cells/graph/workspace.ts";
import type { Materialization } from "../../cells/model/materialization.ts";
import type { Run, Step, StepError } from "../../cells/model/run.ts";
import { isExpired } from "../../cells/staleness/facts.ts";
import { engineMajor } from "../engine/engine-version.ts";
import { formatOf } from "../engine/file-format.ts";
import type { MaterializeResult, StoredInput } from "../engine/messages.ts";
import type { LakeFile } from "../lake/lake.ts";
import type { WorkspaceFiles } from "../workspace/workspace-files.ts";
import { audit, type AuditOptions, knownResults } from "./audit.ts";
import { identify, type StepContext } from "./step-context.ts";
import { openChecked } from "../lake/open-checked.ts";
import { surroundingsOf } from "./step-request.ts";

// without `fresh`, a volatile result is old as soon as it is made
const volatileLifeMs = 0;

/**
 * Carries out one step: finds its result by memo key, or computes, stages, seals, checks and commits it (write, audit,
 * publish). Resolves with the fact that readers of this run see. Throws what stopped it, after which nothing of the attempt is
 * visible; `check_failed` where a blocking check refused it, after which the step has failed and the fact is kept without readers.
 */
export async function runStep(
  context: StepContext,
  node: AssetNode,
  own: Step,
  attempt: number,
  signal: AbortSignal,
): Promise<Materialization> {
  const { run, lease, store, lake, clock } = context;
  const { partition } = own;
  const step = { run: run.id, asset: node.key, partition };
  if (run.checksOnly === true) return checkAgain(context, node, partition, attempt, signal);
  const given = run.trigger.type === "reported" ? await givenRows(context.files, run.trigger.file) : null;
  const { memo, inputs } = await identify(context, node, partition).catch((error: unknown) => {
    // what was made elsewhere needs no inputs here
    if (given === null || !(error instanceof AppError && error.code === "asset_missing")) throw error;
    return { memo: `reported ${run.id} ${node.key} ${partition}`, inputs: {} };
  });
  if (!run.force) {
    const found = await findAgain(context, node, partition, memo);
    if (found !== null)
      return reuse(context, node, partition, found, attempt, await knownResults(context, found.fact), signal);
  }
  const surroundings =
    given === null
      ? await surroundingsOf(context.workspace, node, partition, context.facts, lake, context.files)
      : { inputs: [], files: {} };
  const staged = await lake.stage(context.staging);
  let file: LakeFile | null = null;
  // written in order and together with what comes next: nothing is visible before the commit, so nobody waits for it
  let running: Promise<void> = Promise.resolve();
  const onStart = () => {
    const isFirst = context.facts.latest(node.key, partition) === null;
    const why = run.force ? "forced" : isFirst ? "never materialized" : "code or inputs changed";
    const reason = given !== null ? "reported" : why;
    running = store.changeStep(step, "running", {
      ...{ at: clock.now(), fence: lease.fence, attempt, reason },
      canWait: true,
    });
    running.catch(() => undefined);
  };
  try {
    const result = await context.materialize(
      node,
      {
        asset: node.key,
        cell: node.cell,
        name: node.name,
        store: node.options.store === "parquet" || node.options.store === "json" ? node.options.store : "auto",
        ...surroundings,
        ...(given === null ? {} : { given }),
        partition: context.facts.slice(node, partition),
        target: staged.path,
        metadata: {
          "cellar.asset": node.key,
          ...(partition === "" ? {} : { "cellar.partition": partition }),
          "cellar.run": run.id,
          "cellar.code": node.effectiveCodeVersion,
          "cellar.memo": memo,
          "cellar.inputs": JSON.stringify(inputs),
        },
      },
      onStart,
      signal,
    );
    signal.throwIfAborted();
    const committing = store.changeStep(step, "committing", {
      ...{ at: clock.now(), fence: lease.fence, ms: result.ms },
      canWait: true,
    });
    committing.catch(() => undefined);
    if (result.type !== "virtual") file = await lake.seal(staged, result.type === "table" ? "parquet" : "json");
    else await lake.discard(staged);
    const fact: Omit<Materialization, "seq"> = {
      asset: node.key,
      partition,
      run: run.id,
      codeVersion: node.effectiveCodeVersion,
      dataVersion: result.type === "virtual" ? memo : result.dataVersion,
      inputs,
      bound: result.bound,
      memoKey: memo,
      format: result.type === "table" ? "parquet" : result.type,
      sha256: file?.sha256 ?? "",
      bytes: file?.bytes ?? 0,
      rows: result.type === "table" ? result.rows : null,
      schema: result.type === "table" ? result.schema : [],
      ms: result.ms,
      engine: engineMajor,
      createdAt: clock.now(),
      expiresAt: expiryOf(node, clock.now()),
    };
    const { results, refusal } = await audit(context, node, fact, { known: new Map() }, signal);
    const canWait = context.underWay.reachesCommit(own);
    const published = await store
      .commit({
        canWait,
        fence: lease.fence,
        attempt,
        reason: sayDone(run, result),
        at: clock.now(),
        materialization: fact,
        checks: results,
        details: {
          statistics: result.type === "table" ? result.statistics : [],
          metadata: result.metadata ?? {},
        },
        ...(refusal === null ? {} : { refusal: toStepError(refusal, node) }),
      })
      .catch(async (error: unknown) => {
        // where an earlier write failed, that is why
        await running;
        await committing;
        throw error;
      });
    if (refusal !== null) throw refusal;
    return published;
  } catch (error) {
    if (file === null) await lake.discard(staged).catch(() => undefined);
    await running.catch(() => undefined);
    throw error;
  }
}

interface Found {
  readonly fact: Materialization;
  readonly reason: string;
}

/** Ends a step with a fact of before, once its checks let it pass: those whose results still hold are not carried out again. */
async function reuse(
  context: StepContext,
  node: AssetNode,
  partition: string,
  { fact, reason }: Found,
  attempt: number,
  known: AuditOptions["known"],
  signal: AbortSignal,
): Promise<Materialization> {
  const { store, lease, run, clock } = context;
  const step = { run: run.id, asset: node.key, partition };
  let isRunning = false;
  const onRun = async (): Promise<void> => {
    isRunning = true;
    const change = { at: clock.now(), fence: lease.fence, attempt, reason: "checks" };
    await store.changeStep(step, "running", { ...change, canWait: true });
  };
  const { results, refusal, standing } = await audit(
    context,
    node,
    { ...fact, asset: node.key, partition },
    { known, onRun },
    signal,
  );
  if (refusal !== null && !isRunning) await onRun();
  await store.reuse({
    ...step,
    fence: lease.fence,
    fact: fact.seq,
    reason,
    at: clock.now(),
    ...{ checks: results, standing },
    ...(refusal === null ? {} : { refusal: toStepError(refusal, node) }),
  });
  if (refusal !== null) throw refusal;
  return fact;
}

/** Carries out the checks of what readers see, and computes nothing. Throws `asset_missing` where there is nothing. */
async function checkAgain(
  context: StepContext,
  node: AssetNode,
  partition: string,
  attempt: number,
  signal: AbortSignal,
): Promise<Materialization> {
  const fact = context.facts.latest(node.key, partition);
  if (fact === null)
    throw new AppError(
      "asset_missing",
      `${node.key} was never materialized, so there is nothing to check; run it first`,
      {
        data: { asset: node.key, partition },
      },
    );
  if (fact.format !== "virtual") await openChecked(context.lake, fact);
  return reuse(context, node, partition, { fact, reason: "checked again" }, attempt, new Map(), signal);
}

/** A thrown thing as a step's error, with its place in the notebook where it has one. */
export function toStepError(error: unknown, node: AssetNode): StepError {
  const wire = encodeError(error);
  const { cell, line, column } = wire.data;
  return {
    ...wire,
    cell: typeof cell === "number" ? cell : node.cell,
    line: typeof line === "number" ? line : null,
    column: typeof column === "number" ? column : null,
  };
}

/** An earlier result with the same code and inputs whose bytes are still whole. A damaged one is reported and made again. */
async function findAgain(
  { store, lake, clock, facts }: StepContext,
  node: AssetNode,
  partition: string,
  memo: string,
): Promise<Found | null> {
  for (const fact of await store.byMemoKeys([memo], { refused: true })) {
    if (isExpired(fact, clock.now())) continue;
    if (fact.format === "virtual") return { fact, reason: "same code and inputs; it is not stored" };
    try {
      await openChecked(lake, fact);
      const here = facts.latest(node.key, partition)?.seq === fact.seq;
      return { fact, reason: here ? "nothing changed" : `found again: same code and inputs as in run ${fact.run}` };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (error.code === "lake_damaged")
        await store.append(
          [{ type: "damaged", sha256: fact.sha256, asset: node.key, found: String(error.data["found"] ?? "") }],
          clock.now(),
        );
    }
  }
  return null;
}

function expiryOf(node: AssetNode, now: number): number | null {
  if (node.volatile.length === 0) return null;
  return now + (node.options.fresh?.type === "within" ? node.options.fresh.ms : volatileLifeMs);
}

function sayDone({ trigger }: Run, result: MaterializeResult): string {
  if (trigger.type === "reported") return `taken from ${trigger.file}`;
  return result.type === "virtual" ? `not stored: it is ${result.what}` : "computed";
}

/** A file of the workspace as rows. Throws `file_not_found`, and `usage` for one that holds no table. */
async function givenRows(files: WorkspaceFiles, name: string): Promise<StoredInput> {
  const { path } = await files.locate(name);
  const format = formatOf(path);
  if (format === null)
    throw new AppError("usage", `${name} holds no rows: report a file of Parquet, Arrow, CSV, TSV or JSON`);
  return { format, paths: [path] };
}
