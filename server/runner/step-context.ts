import { AppError } from "../../cells/errors.ts";
import { type AssetNode, sourceKey, type Workspace } from "../../cells/graph/workspace.ts";
import type { Run } from "../../cells/model/run.ts";
import { memoKeyOf } from "../../cells/staleness/version.ts";
import type { Clock } from "../clock.ts";
import { engineMajor } from "../engine/engine-version.ts";
import type {
  CheckAnswer,
  CheckRequest,
  MaterializeRequest,
  MaterializeResult,
  RangeRequest,
  RangeResult,
} from "../engine/messages.ts";
import type { Lake } from "../lake/lake.ts";
import type { Lease, Store } from "../store/store.ts";
import type { WorkspaceFiles } from "../workspace/workspace-files.ts";
import type { ReadFacts, RunFacts } from "./run-facts.ts";
import type { UnderWay } from "./under-way.ts";

/** What all steps of a run share. */
export interface StepContext {
  readonly run: Run;
  /** names the folder of the lake's staging that the run's engine writes to */
  readonly staging: string;
  readonly lease: Lease;
  readonly workspace: Workspace;
  readonly store: Store;
  readonly lake: Lake;
  readonly files: WorkspaceFiles;
  readonly clock: Clock;
  /** what this run reads of each asset: made in it, found again, or there before */
  readonly facts: RunFacts;
  readonly fileVersions: Map<string, string | null>;
  readonly underWay: UnderWay;
  /** asks the run's engine, with the asset's notebook open in it; `onStart` is called once it is its turn */
  readonly materialize: (
    node: AssetNode,
    request: MaterializeRequest,
    onStart: () => void,
    signal: AbortSignal,
  ) => Promise<MaterializeResult>;
  /** asks the run's engine for many windows of one asset at once */
  readonly range: (node: AssetNode, request: RangeRequest, signal: AbortSignal) => Promise<RangeResult>;
  /** asks the run's engine for a check of an asset; `timeoutMs` null is the usual limit */
  readonly check: (
    node: AssetNode,
    request: CheckRequest,
    timeoutMs: number | null,
    signal: AbortSignal,
  ) => Promise<CheckAnswer>;
}

/** The memo key of a step, and the version of each of its inputs. Throws `asset_missing` where one was never materialized. */
export async function identify(
  context: Pick<StepContext, "workspace" | "files" | "fileVersions" | "run"> & { readonly facts: ReadFacts },
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
