import { AppError } from "../errors.ts";
import { circle, keyLevels, type BackfillAsset, type BackfillBatch } from "./backfill-levels.ts";
import { selfWait } from "./earlier-mapping.ts";
import { bindMapping, isNothingMissing, type MissingPartitions, type PartitionEdge } from "./mapping.ts";
import {
  difference,
  emptySubset,
  existing,
  intersect,
  isEmptySubset,
  keysIn,
  subsetCount,
  union,
  type PartitionSubset,
} from "./subset.ts";

/** What partitions of an asset read that does not exist. */
export interface MissingInput {
  readonly asset: string;
  readonly input: string;
  readonly missing: MissingPartitions;
}

/**
 * Cuts a backfill into batches, in an order in which whatever a partition reads that is in the backfill too comes before
 * it. An asset is one batch, unless it reads itself or is part of a circle: then it is cut as its windows follow each
 * other. Throws `graph_cycle` where partitions need each other, and `usage` for a partition that does not exist.
 */
export function* backfillSteps(
  assets: readonly BackfillAsset[],
  target: ReadonlyMap<string, PartitionSubset>,
): Generator<BackfillBatch, void> {
  const members = assets.filter(({ key, space }) => !isEmptySubset(target.get(key) ?? emptySubset(space)));
  for (const { key } of members) checkExists(key, target.get(key));
  const known = new Map(assets.map((asset) => [asset.key, asset]));
  const left = new Map(members.map((asset) => [asset.key, asset]));
  while (left.size > 0) {
    let isStuck = true;
    for (const asset of left.values()) {
      if (asset.inputs.some(({ key }) => key !== asset.key && left.has(key))) continue;
      left.delete(asset.key);
      isStuck = false;
      yield* groupSteps([asset], known, target);
    }
    if (!isStuck) continue;
    yield* groupSteps([...left.values()], known, target);
    return;
  }
}

/** What the partitions of a backfill read that does not exist, and must: these partitions cannot run. */
export function* missingInputs(
  assets: readonly BackfillAsset[],
  target: ReadonlyMap<string, PartitionSubset>,
): Generator<MissingInput, void> {
  const known = new Map(assets.map((asset) => [asset.key, asset]));
  for (const asset of assets) {
    const subset = target.get(asset.key);
    if (subset === undefined || isEmptySubset(subset)) continue;
    for (const { key, mapping } of asset.inputs) {
      const input = known.get(key);
      if (input === undefined) continue;
      const { missing } = bindMapping(mapping, input.space, asset.space).upstreamOf(subset);
      if (!isNothingMissing(missing)) yield { asset: asset.key, input: key, missing };
    }
  }
}

/** An edge within a group: the reader waits for what is left of the input. */
interface Wait {
  readonly input: string;
  readonly reader: string;
  readonly edge: PartitionEdge;
  /** all read the same, and who is read alone waits for nobody */
  readonly isConstant: boolean;
}

function* groupSteps(
  group: readonly BackfillAsset[],
  known: ReadonlyMap<string, BackfillAsset>,
  target: ReadonlyMap<string, PartitionSubset>,
): Generator<BackfillBatch, void> {
  const left = new Map(group.flatMap(({ key }) => entryOf(target, key)));
  const waits: Wait[] = [];
  for (const asset of group)
    for (const { key, mapping } of asset.inputs) {
      const input = known.get(key);
      if (input === undefined || !left.has(key)) continue;
      const wait = key === asset.key ? selfWait(mapping, asset.space) : ({ type: "mapping", mapping } as const);
      if (wait.type === "each") return yield* keyLevels(group, left);
      if (wait.type === "none") continue;
      const edge = bindMapping(wait.mapping, input.space, asset.space);
      waits.push({ input: key, reader: asset.key, edge, isConstant: wait.type === "constant" });
    }
  while (left.size > 0) {
    const ready: BackfillBatch[] = [];
    for (const [asset, subset] of left) {
      const blocked = blockedOf(asset, subset, waits, left);
      const free = blocked === null ? subset : difference(subset, blocked);
      if (!isEmptySubset(free)) ready.push({ asset, subset: free });
    }
    if (ready.length === 0)
      throw circle(Array.from(left, ([asset, subset]) => `${asset} (${keysIn(subset).next().value ?? ""})`));
    for (const { asset, subset } of ready) {
      const rest = difference(left.get(asset) ?? subset, subset);
      if (isEmptySubset(rest)) left.delete(asset);
      else left.set(asset, rest);
    }
    yield* ready;
  }
}

/** Those of what is left of an asset that read something which is left too; null where none do. */
function blockedOf(
  asset: string,
  subset: PartitionSubset,
  waits: readonly Wait[],
  left: ReadonlyMap<string, PartitionSubset>,
): PartitionSubset | null {
  let blocked: PartitionSubset | null = null;
  for (const { input, reader, edge, isConstant } of waits) {
    const needed = left.get(input);
    if (reader !== asset || needed === undefined) continue;
    let readers = intersect(subset, edge.downstreamOf(needed));
    if (isConstant) {
      const read = intersect(edge.upstreamOf(subset).subset, needed);
      if (subsetCount(read) === 1) readers = difference(readers, read);
    }
    blocked = blocked === null ? readers : union(blocked, readers);
  }
  return blocked;
}

function checkExists(asset: string, subset: PartitionSubset | undefined): void {
  if (subset === undefined) return;
  const beyond = keysIn(difference(subset, existing(subset))).next();
  if (beyond.done !== true)
    throw new AppError("usage", `${asset} has no partition ${JSON.stringify(beyond.value)} by now; leave it out`);
}

function entryOf<V>(map: ReadonlyMap<string, V>, key: string): readonly (readonly [string, V])[] {
  const value = map.get(key);
  return value === undefined ? [] : [[key, value]];
}
