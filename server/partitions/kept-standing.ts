import { sha256Hex } from "../../cells/data/sha256.ts";
import { functionsNamed, mappingFunctionOf } from "../../cells/graph/mapping-functions.ts";
import type { AssetNode, Workspace } from "../../cells/graph/workspace.ts";
import type { AssetKey } from "../../cells/model/asset-key.ts";
import type { Materialization } from "../../cells/model/materialization.ts";
import { dynamicNames } from "../../cells/partition/dynamic-names.ts";
import { queriedIn, queriedName } from "../../cells/partition/queried.ts";
import type { OpenPartitions } from "../../cells/partition/open-partitions.ts";
import { parsePartitions } from "../../cells/partition/parse.ts";
import type { PartitionSpace } from "../../cells/partition/space.ts";
import { subsetFromJson, subsetToJson, type SubsetJson } from "../../cells/partition/subset-json.ts";
import {
  difference,
  emptySubset,
  existing,
  fullSubset,
  isEmptySubset,
  keysIn,
  knownSubset,
  subsetCount,
  union,
  type PartitionSubset,
} from "../../cells/partition/subset.ts";
import { spacesOf, type SpaceOf } from "../../cells/plan/spaces.ts";
import type { Facts } from "../../cells/staleness/facts.ts";
import { mappingsOf, withMappings, type Mappings } from "../../cells/staleness/mapped.ts";
import { stalenessOfPartitions, type PartitionedStaleness } from "../../cells/staleness/partitioned.ts";
import type { Store } from "../store/store.ts";
import type { PartitionReader } from "./partition-reader.ts";

/** What the standing of partitions is read of. */
export interface StandingSources {
  readonly store: Pick<
    Store,
    | "lastSeq"
    | "allPartitionKeys"
    | "standing"
    | "keepStanding"
    | "movedSince"
    | "pointers"
    | "pointersAt"
    | "pointersAfter"
    | "failures"
  >;
  /** where definitions and mappings leave more open than dynamic keys */
  readonly partitions?: Pick<PartitionReader, "open">;
  /** what that would find, where it is at hand */
  readonly open?: OpenPartitions;
  readonly fileVersion: (name: string) => Promise<string | null>;
  readonly now: number;
  readonly engine: string;
  /** whether `now` is only pretended: nothing is kept then */
  readonly isPretended?: boolean;
}

/** What the partitions of an asset came to, as it is kept. Sets outlive nothing that `fingerprint` is made of. */
interface Kept {
  /** hash of all that decides about every partition at once: code, definitions, files, params */
  readonly fingerprint: string;
  /** the last event that it counts */
  readonly through: number;
  /** the instant at which windows were counted */
  readonly at: number;
  /** how many partitions readers saw */
  readonly count: number;
  readonly materialized: SubsetJson;
  readonly stale: SubsetJson;
}

/** Where more has changed, all of them are looked at. */
const mostChanged = 20_000;
const pageSize = 5_000;

/** An asset at one instant, with what its standing is told by. */
interface Asked {
  readonly sources: StandingSources;
  readonly workspace: Workspace;
  readonly node: AssetNode;
  readonly spaceOf: SpaceOf;
  readonly space: PartitionSpace;
  readonly mappings: Mappings;
  readonly files: ReadonlyMap<string, string | null>;
  readonly failed: PartitionSubset;
}

/** How the partitions of an asset stand, and which there are. */
export interface KeptPartitions {
  readonly standing: PartitionedStaleness;
  /** those that readers see data of */
  readonly materialized: PartitionSubset;
}

/** As `keptPartitions`, how they stand alone. */
export async function keptStanding(
  workspace: Workspace,
  node: AssetNode,
  sources: StandingSources,
): Promise<PartitionedStaleness> {
  return (await keptPartitions(workspace, node, sources)).standing;
}

/**
 * How the partitions of one asset stand. What they came to is kept as sets, and only those are looked at again that moved since, or
 * read what did: in time by what changed, not by how many there are. Throws `attribute_invalid` where its definition has none that work.
 */
export async function keptPartitions(
  workspace: Workspace,
  node: AssetNode,
  sources: StandingSources,
): Promise<KeptPartitions> {
  const { store, fileVersion, now } = sources;
  const open = sources.open ??
    (await sources.partitions?.open(workspace, now)) ?? { dynamic: await store.allPartitionKeys() };
  const spaceOf = spacesOf(workspace, { at: now, ...open });
  const space = spaceOf(node);
  const files = new Map<string, string | null>();
  for (const source of node.sources) if (source.type === "file") files.set(source.file, await fileVersion(source.file));
  // before anything is read: what comes meanwhile is looked at again
  const through = await store.lastSeq();
  const failures = await store.failures(undefined, node.key);
  const asked: Asked = {
    ...{ sources, workspace, node, spaceOf, space, files },
    mappings: mappingsOf(workspace, spaceOf),
    failed: knownSubset(
      space,
      failures.map(({ partition }) => partition),
    ),
  };
  const fingerprint = fingerprintOf(asked, open.dynamic ?? new Map());
  // what its time alone makes stale is found by looking
  const kept = node.volatile.length > 0 ? null : await readKept(asked, fingerprint);
  const again = kept === null ? null : await lookAgain(asked, kept, open);
  const found = again ?? (await lookAtAll(asked));
  if (node.volatile.length === 0 && found.isChanged && sources.isPretended !== true) {
    const value: Kept = {
      ...{ fingerprint, through, at: now, count: found.count },
      materialized: subsetToJson(found.materialized),
      stale: subsetToJson(found.standing.stale),
    };
    await store.keepStanding(node.key, JSON.stringify(value));
  }
  return found;
}

/** What was found out: to be kept where it is not as it was. */
interface Found extends KeptPartitions {
  readonly count: number;
  readonly isChanged: boolean;
}

/** Looks at every partition, some thousand at a time: what readers see of a million is never held at once. */
async function lookAtAll(asked: Asked): Promise<Found> {
  const { node, sources, space } = asked;
  let materialized = emptySubset(space);
  let stale = emptySubset(space);
  let count = 0;
  for (let last: string | null = null; ;) {
    const own: readonly Materialization[] = await sources.store.pointersAfter(node.key, last, pageSize);
    const keys = own.map(({ partition }) => partition);
    const page = knownSubset(space, keys);
    const facts = await factsAt(asked, page, own);
    if (facts === null) return lookAtOnce(asked);
    count += own.length;
    materialized = union(materialized, page);
    // to write out the keys of a million windows takes seconds
    const all = subsetCount(existing(page)) === keys.length ? { suspectKeys: keys } : {};
    ({ stale } = standingBy(asked, facts, { materialized, stale, suspects: page, ...all }));
    if (own.length < pageSize) break;
    last = keys.at(-1) ?? null;
  }
  const [first] = keysIn(stale);
  const facts = first === undefined ? [] : await factsAt(asked, knownSubset(space, [first]));
  const standing = standingBy(asked, facts ?? [], { materialized, stale, suspects: emptySubset(space) });
  return { standing, materialized, count, isChanged: true };
}

/** The same where one partition may read very many of an input. */
async function lookAtOnce(asked: Asked): Promise<Found> {
  const { node, sources, space } = asked;
  const facts = await sources.store.pointers([node.key, ...inputsOf(node)]);
  const own = facts.filter(({ asset }) => asset === node.key).map(({ partition }) => partition);
  const materialized = knownSubset(space, own);
  return { standing: standingBy(asked, facts, { materialized }), materialized, count: own.length, isChanged: true };
}

/** Looks at what changed since; null where that cannot be told, or is so much that all may be looked at. */
async function lookAgain(asked: Asked, kept: Kept, open: OpenPartitions): Promise<Found | null> {
  const { sources, workspace, node, space, spaceOf, mappings } = asked;
  const { store, now } = sources;
  const own = await store.movedSince(node.key, kept.through, mostChanged);
  if (own.partitions === null) return null;
  const moved = knownSubset(space, own.partitions);
  const before = spacesOf(workspace, { ...open, at: kept.at });
  const inputs = inputsOf(node).flatMap((key) => workspace.assets.get(key) ?? []);
  // another looked a little later, or a later time was pretended: it is the same where no window came between
  if (kept.at > now && [node, ...inputs].some((one) => !isEmptySubset(beganSince(before(one), spaceOf(one)))))
    return null;
  let changed = union(moved, beganSince(space, before(node)));
  for (const input of inputsOf(node)) {
    const { partitions } = await store.movedSince(input, kept.through, mostChanged);
    const source = workspace.assets.get(input);
    if (partitions === null || source === undefined) return null;
    const edge = mappings.edge(node, input);
    if (edge === null) {
      if (partitions.length > 0) return null;
      continue;
    }
    const inputSpace = spaceOf(source);
    const other = union(knownSubset(inputSpace, partitions), beganSince(inputSpace, before(source)));
    changed = union(changed, edge.downstreamOf(other));
  }
  const was = {
    materialized: subsetFromJson(space, kept.materialized),
    stale: difference(subsetFromJson(space, kept.stale), changed),
  };
  if (subsetCount(changed) > mostChanged) return null;
  const present = await store.pointersAt(node.key, own.partitions);
  const gone = keysOfBoth(was.materialized, own.partitions);
  if (kept.count - gone + present.length !== own.count) return null;
  const materialized = union(
    difference(was.materialized, moved),
    knownSubset(
      space,
      present.map(({ partition }) => partition),
    ),
  );
  const [first] = keysIn(was.stale);
  const looked = union(changed, knownSubset(space, first === undefined ? [] : [first]));
  const facts = await factsAt(asked, looked);
  if (facts === null) return null;
  const standing = standingBy(asked, facts, { materialized, stale: was.stale, suspects: changed });
  return { standing, materialized, count: own.count, isChanged: own.partitions.length > 0 || subsetCount(changed) > 0 };
}

/** The facts of some partitions (`own`, where they are at hand), and of all that they read; null where these are too many. */
async function factsAt(
  { sources: { store }, workspace, node, mappings }: Asked,
  of: PartitionSubset,
  own?: readonly Materialization[],
): Promise<readonly Materialization[] | null> {
  const facts = [...(own ?? (await store.pointersAt(node.key, [...keysIn(of)])))];
  for (const input of inputsOf(node)) {
    if (workspace.assets.get(input)?.options.partitions === null) {
      facts.push(...(await store.pointersAt(input, [""])));
      continue;
    }
    const edge = mappings.edge(node, input);
    const read = edge?.upstreamOf(of).subset;
    if (read === undefined || subsetCount(read) > mostChanged) return null;
    facts.push(...(await store.pointersAt(input, [...keysIn(read)])));
  }
  return facts;
}

function standingBy(
  { sources, workspace, node, space, mappings, files, failed }: Asked,
  recorded: readonly Materialization[],
  sets: {
    readonly materialized: PartitionSubset;
    readonly stale?: PartitionSubset;
    readonly suspects?: PartitionSubset;
    readonly suspectKeys?: readonly string[];
  },
): PartitionedStaleness {
  const slots = new Map(recorded.map((fact) => [`${fact.asset}\n${fact.partition}`, fact]));
  const facts: Facts = {
    latest: (asset, partition) => slots.get(`${asset}\n${partition}`) ?? null,
    byMemoKey: () => null,
    fileVersion: (name) => files.get(name) ?? null,
    lastFailure: () => null,
    medianMs: () => null,
    now: sources.now,
    engine: sources.engine,
  };
  return stalenessOfPartitions({
    ...{ workspace, node, space },
    facts: withMappings(facts, mappings),
    recorded: { ...sets, failed, running: emptySubset(space) },
  });
}

async function readKept({ sources, node }: Asked, fingerprint: string): Promise<Kept | null> {
  const text = await sources.store.standing(node.key);
  if (text === null) return null;
  const kept = JSON.parse(text) as Kept;
  return kept.fingerprint === fingerprint ? kept : null;
}

/** What functions that map the partitions are, and what they could not say: one that could not be asked is asked again. */
function mappedBy(workspace: Workspace, node: AssetNode, { answers }: PartitionSpace): readonly unknown[] {
  const graph = workspace.notebooks.get(node.notebook);
  return [...new Set(functionsNamed(node.options.upstream).values())].map((name) => [
    graph === undefined ? null : mappingFunctionOf(graph, name)?.version,
    Array.from(answers.get(name)?.values() ?? []).filter((answer) => "problem" in answer),
  ]);
}

/** Hash of all that can change the standing of partitions without one of them, or of an input, being made. */
function fingerprintOf(
  { workspace, node, sources, files, space }: Asked,
  dynamic: ReadonlyMap<string, readonly string[]>,
): string {
  const definitionOf = (key: AssetKey) => {
    const asset = workspace.assets.get(key);
    const text = asset?.options.partitions ?? null;
    const definition = text === null ? null : parsePartitions(text);
    const names = [...dynamicNames(definition), ...queriedIn(definition).map(queriedName)];
    const timezone = workspace.notebooks.get(asset?.notebook ?? "")?.options.timezone ?? null;
    return [key, text, timezone, names.map((name) => dynamic.get(name) ?? [])];
  };
  return sha256Hex(
    JSON.stringify([
      ...["cellar.standing.1", node.effectiveCodeVersion, sources.engine, node.options.upstream, [...files]],
      ...mappedBy(workspace, node, space),
      ...[node.sources, definitionOf(node.key), inputsOf(node).map(definitionOf)],
      node.paramsOf.map((path) => [path, workspace.notebooks.get(path)?.options.params ?? null]),
    ]),
  );
}

function inputsOf(node: AssetNode): readonly AssetKey[] {
  return [...new Set(node.sources.flatMap((source) => (source.type === "asset" ? source.key : [])))];
}

/** Windows that came to be: who reads all, or the latest, reads them. `before` is of the same definition. */
function beganSince(space: PartitionSpace, before: PartitionSpace): PartitionSubset {
  return difference(fullSubset(space), { ...fullSubset(before), space });
}

function keysOfBoth(subset: PartitionSubset, keys: readonly string[]): number {
  return subsetCount(subset) - subsetCount(difference(subset, knownSubset(subset.space, keys)));
}
