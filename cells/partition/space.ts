import { AppError } from "../errors.ts";
import { listAxis, timeAxis, type PartitionAxis } from "./axis.ts";
import type { DimensionPartitions, Partitions } from "./definition.ts";
import { keySeparator } from "./key-text.ts";
import type { MappingAnswers } from "./mapping-answers.ts";
import { queriedName } from "./queried.ts";
import { signatureOf, timeWindowsOf } from "./time-windows.ts";

/**
 * The partitions that a definition has at one instant. Their axes stand in the order of the dimensions' names (code
 * units), as their keys do. An asset without partitions has one, whose key is "".
 */
export interface PartitionSpace {
  readonly definition: Partitions | null;
  readonly axes: readonly PartitionAxis[];
  /** spaces of one signature have the same keys at the same indexes */
  readonly signature: string;
  /** what functions of the notebook say that these partitions read; none where nobody asked */
  readonly answers: MappingAnswers;
}

/** What a definition leaves open. */
export interface SpaceContext {
  /** now, or when one pretends it is: milliseconds since 1970 */
  readonly at: number;
  /** IANA name of the notebook's zone, for definitions without their own */
  readonly timezone: string;
  /** name of a dynamic definition, or `queriedName` of one by a column → its keys, in order; one that is missing has none */
  readonly dynamic?: ReadonlyMap<string, readonly string[]>;
  /** of functions that map the partitions of this definition */
  readonly answers?: MappingAnswers;
}

/** The partitions of a definition; null is an asset without. Throws `attribute_invalid` or `usage` where it has none that work. */
export function toSpace(definition: Partitions | null, context: SpaceContext): PartitionSpace {
  if (definition === null) return spaceOf(null, [wholeAxis]);
  if (definition.type !== "multi") return spaceOf(definition, [toAxis("", definition, context)], context.answers);
  const axes = definition.dimensions
    .map(({ name, partitions }) => toAxis(name, partitions, context))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return spaceOf(definition, axes, context.answers);
}

/** One dimension of a space, as a space. Throws `attribute_invalid` where there is none of this name. */
export function dimensionOf(space: PartitionSpace, name: string): PartitionSpace {
  const definition =
    space.definition?.type === "multi"
      ? space.definition.dimensions.find((dimension) => dimension.name === name)?.partitions
      : undefined;
  const axis = space.axes.find((candidate) => candidate.name === name);
  if (definition === undefined || axis === undefined)
    throw new AppError("attribute_invalid", `there is no dimension ${JSON.stringify(name)}; ${sayDimensions(space)}`);
  return spaceOf(definition, [axis]);
}

/** How many partitions exist. */
export function partitionCount(space: PartitionSpace): number {
  return space.axes.reduce((product, { count }) => product * count, 1);
}

/** The key of a partition, one index an axis. */
export function keyAt(space: PartitionSpace, indexes: readonly number[]): string {
  return space.axes.map((axis, i) => axis.keyAt(indexes[i] ?? 0)).join(keySeparator);
}

/** The indexes of a key, one an axis, whether it exists by now or not; null where the definition has no such key. */
export function indexesOf(space: PartitionSpace, key: string): readonly number[] | null {
  const parts = space.axes.length === 1 ? [key] : key.split(keySeparator);
  if (parts.length !== space.axes.length) return null;
  const indexes: number[] = [];
  for (const [i, axis] of space.axes.entries()) {
    const index = axis.indexOf(parts[i] ?? "");
    if (index === null) return null;
    indexes.push(index);
  }
  return indexes;
}

/** What is wrong with a key, as a sentence that says what is right; null where the partition exists. */
export function problemOfKey(space: PartitionSpace, key: string): string | null {
  const parts = space.axes.length === 1 ? [key] : key.split(keySeparator);
  if (parts.length !== space.axes.length)
    return `${JSON.stringify(key)} has ${parts.length} of ${space.axes.length} dimensions; write ${shapeOf(space)}`;
  for (const [i, axis] of space.axes.entries()) {
    const problem = axis.problemOf(parts[i] ?? "");
    if (problem !== null) return axis.name === "" ? problem : `${axis.name}: ${problem}`;
  }
  return null;
}

/** Keys of partitions that exist, from the `offset`-th on: in order, the last dimension fastest. Nothing else is written out. */
export function* keysOf(space: PartitionSpace, offset = 0): Generator<string, void> {
  const count = partitionCount(space);
  for (let number = offset; number < count; number++) yield keyAt(space, indexesAt(space, number));
}

/** The indexes of the partition with a number, in the order of `keysOf`. */
function indexesAt({ axes }: PartitionSpace, number: number): readonly number[] {
  const indexes: number[] = [];
  let left = number;
  for (const { count } of axes.toReversed()) {
    indexes.unshift(left % count);
    left = Math.floor(left / count);
  }
  return indexes;
}

/** `date|region`: what stands where in a key. */
export function shapeOf({ axes }: PartitionSpace): string {
  return axes.map(({ name }) => name || "key").join(keySeparator);
}

/** `the dimensions are date, region`, for sentences. */
function sayDimensions({ axes }: PartitionSpace): string {
  return axes.length === 1
    ? "its partitions have no dimensions"
    : `write one of ${axes.map(({ name }) => name).join(", ")}`;
}

const none: readonly string[] = [];

const wholeAxis: PartitionAxis = {
  type: "list",
  name: "",
  signature: "whole",
  count: 1,
  windows: null,
  keyAt: () => "",
  indexOf: (key) => (key === "" ? 0 : null),
  problemOf: (key) => (key === "" ? null : `${JSON.stringify(key)} is no partition: it has none; name none`),
};

const noAnswers: MappingAnswers = new Map();

function spaceOf(
  definition: Partitions | null,
  axes: readonly PartitionAxis[],
  answers: MappingAnswers = noAnswers,
): PartitionSpace {
  let signature: string | null = null;
  return {
    definition,
    axes,
    answers,
    get signature() {
      return (signature ??= JSON.stringify(axes.map((axis) => [axis.name, axis.signature])));
    },
  };
}

function toAxis(name: string, definition: DimensionPartitions, context: SpaceContext): PartitionAxis {
  switch (definition.type) {
    case "time": {
      const windows = timeWindowsOf(definition, context.timezone);
      return timeAxis(name, windows, signatureOf(definition, context.timezone), context.at);
    }
    case "static":
      return listAxis(name, definition.keys, "the static partitions");
    case "dynamic":
      return listAxis(name, context.dynamic?.get(definition.name) ?? [], `the dynamic partitions ${definition.name}`);
    case "queried": {
      const of = queriedName(definition);
      const keys = context.dynamic?.get(of);
      const asset = of.slice(0, -definition.column.length - 1);
      return listAxis(
        name,
        keys ?? none,
        `the values of ${of}${keys === undefined ? `, which was never made: run ${asset} first` : ""}`,
      );
    }
  }
}
