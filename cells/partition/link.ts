import { AppError } from "../errors.ts";
import { type MappedKeys, mostMapped } from "../model/mapped-keys.ts";
import { combine, fromIndexes, product, stretch, tuplesOf, unionAll, type Segments } from "./segments.ts";
import { unasked } from "./mapping-answers.ts";
import { indexesOf, keyAt, partitionCount, type PartitionSpace } from "./space.ts";
import { emptySubset, fullSubset, subsetOf, translate, type PartitionSubset } from "./subset.ts";

/** What is read and exists; windows that do not exist (yet, or within the definition); keys that are none of the definition. */
export interface Reached {
  readonly segments: Segments;
  readonly absent: Segments;
  readonly unknown: readonly string[];
  /** why a function gave no keys, each a sentence */
  readonly failed: readonly string[];
}

/** A mapping between two spaces, on indexes alone. `up` and `down` give nothing for nothing. */
export interface Link {
  /** what the reader's partitions read */
  up(segments: Segments): Reached;
  /** which of the reader's partitions that exist read these */
  down(segments: Segments): Segments;
}

/** The two spaces that a link lies between. */
export interface LinkEnds {
  readonly upstream: PartitionSpace;
  readonly downstream: PartitionSpace;
}

/** Splits what is read into what exists and what does not. */
export function reach(space: PartitionSpace, segments: Segments, unknown: readonly string[] = []): Reached {
  const all = fullSubset(space).segments;
  return {
    segments: combine("intersect", segments, all),
    absent: combine("difference", segments, all),
    unknown,
    failed: [],
  };
}

/** Every reader reads the same partitions of the input, whichever these are. */
function constantLink({ upstream, downstream }: LinkEnds, read: PartitionSubset): Link {
  return {
    up: (segments) => reach(upstream, segments.length === 0 ? [] : read.segments),
    down: (segments) =>
      combine("intersect", segments, read.segments).length === 0 ? [] : fullSubset(downstream).segments,
  };
}

/** Every reader reads all that exist. */
export function allLink(ends: LinkEnds): Link {
  return constantLink(ends, fullSubset(ends.upstream));
}

/** Every reader reads the last: of several dimensions the last of each that is of time, and all of the others. */
export function latestLink(ends: LinkEnds): Link {
  const { upstream } = ends;
  const hasTime = upstream.axes.some(({ type }) => type === "time");
  const segments = product(
    upstream.axes.map(({ type, count }) =>
      type === "time" || !hasTime ? stretch(Math.max(0, count - 1), count) : stretch(0, count),
    ),
  );
  return constantLink(ends, { space: upstream, segments });
}

/** Every reader reads these keys. Throws `attribute_invalid` for one that the input does not have. */
export function specificLink(ends: LinkEnds, keys: readonly string[]): Link {
  try {
    return constantLink(ends, subsetOf(ends.upstream, keys));
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "usage") throw error;
    throw new AppError("attribute_invalid", `specific: ${error.message}`, { cause: error });
  }
}

/** A reader reads the partition with its own key. */
export function sameLink({ upstream, downstream }: LinkEnds): Link {
  const [up, down] = [upstream.axes[0], downstream.axes[0]];
  if (upstream.signature === downstream.signature)
    return {
      up: (segments) => reach(upstream, segments),
      down: (segments) => combine("intersect", segments, fullSubset(downstream).segments),
    };
  if (up === undefined || down === undefined || upstream.axes.length > 1 || downstream.axes.length > 1)
    throw new AppError(
      "attribute_invalid",
      "same needs the same dimensions on both sides; write dimensions, and each with its mapping",
    );
  return {
    up(segments) {
      const indexes: number[] = [];
      const unknown: string[] = [];
      for (const [at = 0] of tuplesOf(segments)) {
        const key = down.keyAt(at);
        const near = up.windows?.indexFrom(key) ?? up.indexOf(key);
        if (near !== null && up.windows?.keyAt(near) === key) indexes.push(near);
        else if (up.windows === null && near !== null) indexes.push(near);
        else unknown.push(key);
      }
      return reach(upstream, fromIndexes(indexes), unknown);
    },
    down: (segments) => combine("intersect", translate(segments, up, down), fullSubset(downstream).segments),
  };
}

/**
 * Key of the input → keys of the reader that read it. Throws `attribute_invalid` for a key that a definition does not
 * have; a dynamic one may get it later.
 */
export function mapLink({ upstream, downstream }: LinkEnds, keys: Readonly<Record<string, readonly string[]>>): Link {
  const pairs: (readonly [up: PartitionSubset, down: PartitionSubset])[] = [];
  for (const [key, readers] of Object.entries(keys))
    pairs.push([known(upstream, [key], "the input"), known(downstream, readers, "its reader")]);
  return {
    up: (segments) =>
      reach(
        upstream,
        unionAll(
          pairs.flatMap(([up, down]) =>
            combine("intersect", down.segments, segments).length > 0 ? [up.segments] : [],
          ),
        ),
      ),
    down: (segments) =>
      combine(
        "intersect",
        unionAll(
          pairs.flatMap(([up, down]) =>
            combine("intersect", up.segments, segments).length > 0 ? [down.segments] : [],
          ),
        ),
        fullSubset(downstream).segments,
      ),
  };
}

/**
 * A reader reads what a function answered for each of its partitions. Throws `attribute_invalid` where there are too many to ask for one
 * by one.
 */
export function functionLink({ upstream, downstream }: LinkEnds, name: string): Link {
  const count = partitionCount(downstream);
  if (count > mostMapped)
    throw new AppError(
      "attribute_invalid",
      `function ${name} is asked for each partition, and of ${count} that is too often: ${mostMapped} are the most; write a mapping without a function, or let them begin later`,
    );
  const answers = downstream.answers.get(name);
  const reached = new Map<string, Reached>();
  const ask = (indexes: readonly number[]): Reached => {
    const key = keyAt(downstream, indexes);
    let found = reached.get(key);
    if (found === undefined) {
      found = reachAnswer(upstream, answers?.get(key) ?? unasked(name, key));
      reached.set(key, found);
    }
    return found;
  };
  return {
    up(segments) {
      const found = Array.from(tuplesOf(segments), ask);
      return {
        segments: unionAll(found.map((answer) => answer.segments)),
        absent: unionAll(found.map((answer) => answer.absent)),
        unknown: [...new Set(found.flatMap((answer) => answer.unknown))],
        failed: [...new Set(found.flatMap((answer) => answer.failed))],
      };
    },
    down(segments) {
      if (segments.length === 0) return [];
      const readers: string[] = [];
      for (const tuple of tuplesOf(fullSubset(downstream).segments))
        if (combine("intersect", ask(tuple).segments, segments).length > 0) readers.push(keyAt(downstream, tuple));
      return subsetOf(downstream, readers).segments;
    },
  };
}

function reachAnswer(upstream: PartitionSpace, answer: MappedKeys): Reached {
  if ("problem" in answer) return { segments: [], absent: [], unknown: [], failed: [answer.problem] };
  const [known, unknown] = [new Set<string>(), new Set<string>()];
  for (const key of answer.keys) (indexesOf(upstream, key) === null ? unknown : known).add(key);
  return reach(upstream, subsetOf(upstream, [...known]).segments, [...unknown]);
}

function known(space: PartitionSpace, keys: readonly string[], side: string): PartitionSubset {
  if (space.definition?.type === "dynamic" || space.definition?.type === "queried")
    return keys.some((key) => indexesOf(space, key) === null)
      ? subsetOf(
          space,
          keys.filter((key) => indexesOf(space, key) !== null),
        )
      : subsetOf(space, keys);
  try {
    return keys.length === 0 ? emptySubset(space) : subsetOf(space, keys);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "usage") throw error;
    throw new AppError("attribute_invalid", `map, of ${side}: ${error.message}`, { cause: error });
  }
}
