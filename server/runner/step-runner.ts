import { AppError, encodeError } from "../../cells/errors.ts";
import type { AssetNode, Workspace } from "../../cells/graph/workspace.ts";
import { sourceKey } from "../../cells/graph/workspace.ts";
import type { Materialization } from "../../cells/model/materialization.ts";
import type { Run, StepError } from "../../cells/model/run.ts";
import { isExpired } from "../../cells/staleness/facts.ts";
import { memoKeyOf } from "../../cells/staleness/version.ts";
import type { Clock } from "../clock.ts";
import { engineMajor } from "../engine/engine-version.ts";
import type { MaterializeRequest, MaterializeResult } from "../engine/messages.ts";
import type { Lake, LakeFile } from "../lake/lake.ts";
import type { Lease, Store } from "../store/store.ts";
import type { WorkspaceFiles } from "../workspace/workspace-files.ts";
import type { RunFacts } from "./run-facts.ts";
import { openChecked, surroundingsOf } from "./step-request.ts";

/** What all steps of a run share. */
export interface StepContext {
  readonly run: Run;
  readonly lease: Lease;
  readonly workspace: Workspace;
  readonly store: Store;
  readonly lake: Lake;
  readonly files: WorkspaceFiles;
  readonly clock: Clock;
  /** what this run reads of each asset: made in it, found again, or there before */
  readonly facts: RunFacts;
  readonly fileVersions: Map<string, string | null>;
  /** asks the run's engine, with the asset's notebook open in it; `onStart` is called once it is its turn */
  readonly materialize: (
    node: AssetNode,
    request: MaterializeRequest,
    onStart: () => void,
    signal: AbortSignal,
  ) => Promise<MaterializeResult>;
}

// without `fresh`, a volatile result is old as soon as it is made
const volatileLifeMs = 0;

/**
 * Carries out one step: finds its result by memo key, or computes, stages, seals and commits it (write, audit, publish: the
 * audit is empty until there are checks). Resolves with the fact that readers of this run see. Throws what stopped it, after which
 * nothing of the attempt is visible.
 */
export async function runStep(
  context: StepContext,
  node: AssetNode,
  partition: string,
  attempt: number,
  signal: AbortSignal,
): Promise<Materialization> {
  const { run, lease, store, lake, clock } = context;
  const step = { run: run.id, asset: node.key, partition };
  const { memo, inputs } = await identify(context, node, partition);
  if (!run.force) {
    const found = await findAgain(context, node, partition, memo);
    if (found !== null) {
      await store.reuse({ ...step, fence: lease.fence, fact: found.fact.seq, reason: found.reason, at: clock.now() });
      return found.fact;
    }
  }
  const surroundings = await surroundingsOf(context.workspace, node, partition, context.facts, lake, context.files);
  const staged = await lake.stage(run.id);
  let file: LakeFile | null = null;
  // written in order and together with what comes next: nothing is visible before the commit, so nobody waits for it
  let running: Promise<void> = Promise.resolve();
  const onStart = () => {
    const reason = run.force ? "forced" : "code or inputs changed";
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
    return await store
      .commit({
        fence: lease.fence,
        attempt,
        reason: result.type === "virtual" ? `not stored: it is ${result.what}` : "computed",
        at: clock.now(),
        materialization: {
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
        },
      })
      .catch(async (error: unknown) => {
        // where an earlier write failed, that is why
        await running;
        await committing;
        throw error;
      });
  } catch (error) {
    if (file === null) await lake.discard(staged).catch(() => undefined);
    await running.catch(() => undefined);
    throw error;
  }
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

async function identify(
  context: StepContext,
  node: AssetNode,
  partition: string,
): Promise<{ readonly memo: string; readonly inputs: Record<string, string> }> {
  const inputs: Record<string, string> = {};
  for (const source of node.sources) {
    if (source.type === "file") {
      if (!context.fileVersions.has(source.file))
        context.fileVersions.set(source.file, await context.files.version(source.file));
      inputs[sourceKey(source)] = context.fileVersions.get(source.file) ?? "";
      continue;
    }
    const version = context.facts.versionOf(node, source, partition);
    if (version === null) {
      const read = context.facts.readBy(node, source.key, partition);
      const lacking = read.find((slice) => context.facts.latest(source.key, slice) === null) ?? "";
      throw new AppError(
        "asset_missing",
        `${source.key}${lacking === "" ? "" : ` (${lacking})`} was never materialized; run it first, or select +${node.name}`,
        { data: { asset: source.key, partition: lacking } },
      );
    }
    inputs[sourceKey(source)] = version;
  }
  const memo = memoKeyOf(context.workspace, node, (source) => inputs[sourceKey(source)] ?? null, {
    partition,
    params: context.run.params,
    engine: engineMajor,
  });
  if (memo === null) throw new AppError("internal", `no memo key for ${node.key} although its inputs are known`);
  return { memo, inputs };
}

/** An earlier result with the same code and inputs whose bytes are still whole. A damaged one is reported and made again. */
async function findAgain(
  { store, lake, clock, facts }: StepContext,
  node: AssetNode,
  partition: string,
  memo: string,
): Promise<{ readonly fact: Materialization; readonly reason: string } | null> {
  for (const fact of await store.byMemoKeys([memo])) {
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
