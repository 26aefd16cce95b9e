import type { AssetNode, Source, Workspace } from "../graph/workspace.ts";
import { AssetKey } from "../model/asset-key.ts";
import type { Materialization } from "../model/materialization.ts";
import { assess } from "./assess.ts";
import type { Cause } from "./cause.ts";
import { recordedVersion, samePartition, type Facts } from "./facts.ts";
import { sayAsset, sayCauses, sayTime, type Reader } from "./reason.ts";

export type StalenessStatus = "fresh" | "stale" | "missing" | "failed" | "virtual";

/** Whether the result of an asset is what would come out now, and if not, why. Never stored. */
export interface Staleness {
  readonly status: StalenessStatus;
  /** a sentence that a person understands */
  readonly reason: string;
  /** why `latest` is not what would come out now; empty unless it is stale or failed */
  readonly causes: readonly Cause[];
  /** nearest stored ancestors that are not fresh or will change: once they are brought up to date, this may change too */
  readonly affectedBy: readonly AssetKey[];
  /** an earlier result that fits as things are: it can be reused without a run */
  readonly reusable: Materialization | null;
  readonly latest: Materialization | null;
}

/** Which slice to look at, and with which params in place of the notebooks' defaults. */
export interface StalenessOptions {
  readonly partition?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  /** how an asset with partitions stands as a whole; null where its one `partition` is looked at */
  readonly whole?: (node: AssetNode) => Pick<Staleness, "status" | "reason" | "causes"> | null;
}

/**
 * The staleness of every asset: a pure function of the graph and the facts. A change counts against an asset only once
 * it has reached its inputs as data (Dagster's rule V7); what is still on its way is in `affectedBy`.
 */
export function stalenessOf(
  workspace: Workspace,
  facts: Facts,
  { partition = "", params = {}, whole = () => null }: StalenessOptions = {},
): ReadonlyMap<AssetKey, Staleness> {
  const result = new Map<AssetKey, Staleness>();
  /** asset that is not fresh or will change → the first asset in need of work above it, itself included */
  const roots = new Map<AssetKey, AssetKey>();
  for (const key of allKeys(workspace)) {
    const node = workspace.assets.get(key);
    if (!node) continue;
    const affectedBy = node.sources.flatMap((source) =>
      source.type === "asset" && roots.has(source.key) ? source.key : [],
    );
    const all = whole(node);
    const own =
      all === null
        ? ownStaleness(workspace, facts, node, partition, params)
        : { ...all, reusable: null, latest: facts.latest(key, partition) };
    const needsWork = own.status !== "fresh" && own.status !== "virtual";
    const root = needsWork ? key : affectedBy[0] && roots.get(affectedBy[0]);
    if (root !== undefined && own.status !== "virtual") roots.set(key, root);
    const reason = root !== undefined && root !== key ? willChange(result.get(root), root, node) : own.reason;
    result.set(key, { ...own, reason, affectedBy });
  }
  return result;
}

/** Every asset after what it reads; members of cycles last, in document order. */
function allKeys(workspace: Workspace): readonly AssetKey[] {
  if (workspace.order.length === workspace.assets.size) return workspace.order;
  const ordered = new Set(workspace.order);
  return [...workspace.order, ...[...workspace.assets.keys()].filter((key) => !ordered.has(key))];
}

function ownStaleness(
  workspace: Workspace,
  facts: Facts,
  node: AssetNode,
  asked: string,
  params: Readonly<Record<string, unknown>>,
): Omit<Staleness, "affectedBy"> {
  if (node.storage === "virtual") return virtualStaleness(workspace, facts, node, asked);
  const partition = samePartition(workspace, node.key, asked);
  const versionOf = (source: Source) => recordedVersion(workspace, facts, node, source, partition);
  const { latest, causes, reusable } = assess(workspace, facts, node, partition, params, versionOf);
  const reader = readerOf(workspace, facts, node);
  const failure = facts.lastFailure(node.key, partition);
  if (failure)
    return {
      status: "failed",
      reason: `failed at ${sayTime(failure.at, reader)}: ${failure.message}`,
      causes,
      reusable,
      latest,
    };
  const remedy = reusable ? "; an earlier result fits and can be reused without a run" : "";
  const obstacle = node.problem === null ? remedy : `; it cannot run: ${node.problem}`;
  if (latest === null) return { status: "missing", reason: `never materialized${obstacle}`, causes, reusable, latest };
  if (causes.length > 0) {
    const reason = `${node.name} is stale: ${sayCauses(causes, latest.createdAt, reader)}${obstacle}`;
    return { status: "stale", reason, causes, reusable, latest };
  }
  return { status: "fresh", reason: `up to date (${sayTime(latest.createdAt, reader)})`, causes, reusable, latest };
}

/** A virtual asset has no result of its own: it can be computed or not yet, and its code may have changed since it was last. */
function virtualStaleness(
  workspace: Workspace,
  facts: Facts,
  node: AssetNode,
  asked: string,
): Omit<Staleness, "affectedBy"> {
  const partition = samePartition(workspace, node.key, asked);
  const missing = node.sources.find(
    (source) => source.type === "asset" && recordedVersion(workspace, facts, node, source, partition) === null,
  );
  const latest = facts.latest(node.key, partition);
  const isEdited = latest !== null && latest.codeVersion !== node.effectiveCodeVersion;
  const causes: readonly Cause[] = isEdited ? [{ type: "code", asset: node.key }] : [];
  const reason =
    missing?.type === "asset"
      ? `computed when it is read, which needs ${sayAsset(missing.key, AssetKey.notebook(node.key))} first`
      : "computed when it is read";
  return { status: "virtual", reason, causes, reusable: null, latest: null };
}

/** Whoever reads about an asset reads in its notebook, on its notebook's clock. */
export function readerOf(workspace: Workspace, facts: Facts, node: AssetNode): Reader {
  const timezone = workspace.notebooks.get(node.notebook)?.options.timezone ?? "UTC";
  return { notebook: AssetKey.notebook(node.key), timezone, now: facts.now };
}

function willChange(root: Staleness | undefined, key: AssetKey, node: AssetNode): string {
  const name = sayAsset(key, AssetKey.notebook(node.key));
  if (root?.status === "missing") return `will change: ${name} was never materialized`;
  return root?.status === "failed" ? `will change: ${name} failed` : `will change: ${name} is stale`;
}
