import { sourceKey, type AssetNode, type Source, type Workspace } from "../graph/workspace.ts";
import type { AssetKey } from "../model/asset-key.ts";
import type { Materialization } from "../model/materialization.ts";
import type { Cause } from "./cause.ts";
import { isExpired, samePartition, type Facts } from "./facts.ts";
import { memoKeyOf } from "./version.ts";

/** One asset (and partition) held against the facts, for given versions of its sources. */
export interface Assessment {
  /** whether every source has a version, so that it can be said what would come out */
  readonly isComplete: boolean;
  readonly latest: Materialization | null;
  /** why `latest` is not what would come out now; empty where it is, or where there is none */
  readonly causes: readonly Cause[];
  /** an earlier result that is what would come out now, where `latest` is not */
  readonly reusable: Materialization | null;
}

/** Compares what an asset is with what would come out now. `versionOf` is null for a source whose version is not known. */
export function assess(
  workspace: Workspace,
  facts: Facts,
  node: AssetNode,
  partition: string,
  params: Readonly<Record<string, unknown>>,
  versionOf: (source: Source) => string | null,
): Assessment {
  const latest = facts.latest(node.key, partition);
  const isFresh = latest !== null && !isExpired(latest, facts.now);
  if (isFresh && isSame(facts, node, latest, versionOf))
    return { isComplete: true, latest, causes: [], reusable: null };
  const memo = memoKeyOf(workspace, node, versionOf, { partition, params, engine: facts.engine });
  const isComplete = memo !== null;
  if (isFresh && latest.memoKey === memo) return { isComplete, latest, causes: [], reusable: null };
  const causes = latest === null ? [] : causesOf(workspace, facts, node, latest, isComplete, versionOf);
  const hit = isComplete && (latest === null || causes.length > 0) ? facts.byMemoKey(memo) : null;
  return { isComplete, latest, causes, reusable: hit !== null && !isExpired(hit, facts.now) ? hit : null };
}

/** Whether all that goes into the memo key is as recorded: the usual case, told without a hash. */
function isSame(
  facts: Facts,
  node: AssetNode,
  latest: Materialization,
  versionOf: (source: Source) => string | null,
): boolean {
  if (latest.codeVersion !== node.effectiveCodeVersion || node.paramsOf.length > 0) return false;
  if (!isOfEngine(latest, facts) || Object.keys(latest.inputs).length !== node.sources.length) return false;
  return node.sources.every((source) => {
    const was = latest.inputs[sourceKey(source)];
    return was !== undefined && was === versionOf(source);
  });
}

function isOfEngine({ engine }: Materialization, facts: Facts): boolean {
  return engine === facts.engine || engine.startsWith(`${facts.engine}.`);
}

function causesOf(
  workspace: Workspace,
  facts: Facts,
  node: AssetNode,
  latest: Materialization,
  isComplete: boolean,
  versionOf: (source: Source) => string | null,
): readonly Cause[] {
  const asset = node.key;
  const causes: Cause[] = [];
  if (latest.codeVersion !== node.effectiveCodeVersion) causes.push({ type: "code", asset });
  const now = new Map(node.sources.map((source) => [sourceKey(source), source]));
  for (const input of Object.keys(latest.inputs).sort())
    if (!now.has(input)) causes.push({ type: "dependency", asset, change: "removed", input });
  for (const input of [...now.keys()].sort())
    if (!Object.hasOwn(latest.inputs, input)) causes.push({ type: "dependency", asset, change: "added", input });
  for (const [input, source] of now) {
    const version = versionOf(source);
    const was = latest.inputs[input];
    // an input that has no data yet changes nothing until it has
    if (was === undefined || version === null || version === was) continue;
    if (source.type === "file") causes.push({ type: "file", asset, file: source.file });
    else causes.push(newData(workspace, facts, node, source.key, latest));
  }
  if (!isOfEngine(latest, facts)) causes.push({ type: "engine", asset, was: latest.engine });
  if (isExpired(latest, facts.now)) causes.push({ type: "expired", asset, at: latest.expiresAt ?? facts.now });
  if (causes.length === 0 && isComplete) causes.push({ type: node.paramsOf.length > 0 ? "params" : "code", asset });
  return causes;
}

function newData(workspace: Workspace, facts: Facts, node: AssetNode, input: AssetKey, latest: Materialization): Cause {
  const asset = node.key;
  const changed = facts.changedPartitions?.(node, input, latest.partition, latest.seq) ?? null;
  // the partition of its own name goes without saying
  if (changed !== null && changed.some((partition) => partition !== latest.partition)) {
    const causes = changed.flatMap((partition): readonly Cause[] => {
      const at = facts.latest(input, partition)?.createdAt;
      if (at === undefined) return [];
      return [{ type: "materialized", asset: input, at, ...(partition === "" ? {} : { partition }) }];
    });
    const at = causes.reduce((newest, cause) => Math.max(newest, cause.type === "materialized" ? cause.at : 0), 0);
    return { type: "data", asset, input, at, causes };
  }
  const at = facts.latest(input, samePartition(workspace, input, latest.partition))?.createdAt ?? null;
  return { type: "data", asset, input, at, causes: at === null ? [] : [{ type: "materialized", asset: input, at }] };
}
