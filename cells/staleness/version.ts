import { sha256Hex } from "../data/sha256.ts";
import type { AssetNode, Source, Workspace } from "../graph/workspace.ts";

/** Everything that a result depends on. */
interface MemoParts {
  readonly effectiveCodeVersion: string;
  /** label of a source → the data version that is read of it; the labels of `AssetNode.sources`, not keys */
  readonly inputs: Readonly<Record<string, string>>;
  /** "" for an asset without partitions */
  readonly partition: string;
  /** what the code reads as `params`; null where it reads none */
  readonly params: unknown;
  /** engine and its major version, as in `duckdb 1.5` */
  readonly engine: string;
}

/** What the result of an asset depends on beside its code and inputs. */
export interface MemoContext {
  readonly partition: string;
  /** values given in place of the notebooks' defaults */
  readonly params: Readonly<Record<string, unknown>>;
  readonly engine: string;
}

/** The name under which a result is found again: equal parts, in any order, give equal keys, and nothing else does. */
function memoKey({ effectiveCodeVersion, inputs, partition, params, engine }: MemoParts): string {
  const pairs = Object.entries(inputs).sort(([a], [b]) => (a < b ? -1 : 1));
  return sha256Hex(
    JSON.stringify(["cellar.memo.1", effectiveCodeVersion, pairs, partition, canonical(params), engine]),
  );
}

/**
 * The memo key of an asset, given the data version of each of its sources: the one way to make memo keys. Null where
 * `versionOf` gives null, that is where an input has not been materialized. A file without a version is given as "".
 */
export function memoKeyOf(
  workspace: Workspace,
  node: AssetNode,
  versionOf: (source: Source) => string | null,
  { partition, params, engine }: MemoContext,
): string | null {
  const inputs: Record<string, string> = {};
  for (const source of node.sources) {
    const version = versionOf(source);
    if (version === null) return null;
    inputs[source.label] = version;
  }
  const read = paramsOf(workspace, node, params);
  return memoKey({ effectiveCodeVersion: node.effectiveCodeVersion, inputs, partition, params: read, engine });
}

/** The params that the code of an asset sees, one record for each notebook that reads them; null where none does. */
function paramsOf(
  workspace: Workspace,
  node: AssetNode,
  given: Readonly<Record<string, unknown>>,
): readonly Readonly<Record<string, unknown>>[] | null {
  if (node.paramsOf.length === 0) return null;
  return node.paramsOf.map((path) => ({ ...workspace.notebooks.get(path)?.options.params, ...given }));
}

/** The same value with the members of every object in order of their names, as JSON text has no other order. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, canonical(member)]),
  );
}

/**
 * One version of several partitions that are read together, each by its key; null where one has no data. One alone keeps its own, and
 * none has one too: nothing is read.
 */
export function versionOfPartitions(
  versions: readonly (readonly [key: string, version: string | undefined])[],
): string | null {
  const [only] = versions;
  if (versions.some(([, version]) => version === undefined)) return null;
  if (only?.[1] !== undefined && versions.length === 1) return only[1];
  return sha256Hex(JSON.stringify(["cellar.partitions.1", versions]));
}
