import { AppError } from "../errors.ts";
import type { Partitions, TimePartitions } from "../partition/definition.ts";
import { product, stretch, type Segments } from "../partition/segments.ts";
import { indexesOf, toSpace, type PartitionSpace, type SpaceContext } from "../partition/space.ts";
import { subsetFromJson, subsetToJson, type SubsetJson } from "../partition/subset-json.ts";
import { emptySubset, fullSubset, isEmptySubset, subsetOf, type PartitionSubset } from "../partition/subset.ts";
import { nextTick } from "../schedule/cron.ts";
import { lastTick } from "../schedule/last-tick.ts";

/** A subset as JSON: false is none and true is all of what has no partitions. */
export type SubsetData = SubsetJson | boolean;

/** What a definition leaves open, at any instant. */
export type CutContext = Omit<SpaceContext, "at">;

/**
 * How a target is cut, at any instant. All its subsets are of one space, so that they can be combined whenever they were
 * made; `present` gives them the space of an instant.
 */
export class Cut {
  /** equal where two targets are cut alike */
  readonly id: string;
  readonly empty: PartitionSubset;
  readonly hasPartitions: boolean;
  private readonly definition: Partitions | null;
  private readonly context: CutContext;
  private readonly home: PartitionSpace;
  private lastAll: { readonly at: number; readonly space: PartitionSpace; readonly subset: PartitionSubset } | null =
    null;

  /** Throws `attribute_invalid` or `usage` where the definition has no partitions that work. */
  constructor(definition: Partitions | null, context: CutContext) {
    this.definition = definition;
    this.context = context;
    this.hasPartitions = definition !== null;
    this.home = toSpace(definition, { ...context, at: 0 });
    this.id =
      definition === null
        ? ""
        : `${this.home.signature} ${JSON.stringify(timesOf(definition).map(({ to, offset }) => [to, offset]))}`;
    this.empty = emptySubset(this.home);
  }

  /** The partitions that exist at an instant. */
  spaceAt(at: number): PartitionSpace {
    return this.allAt(at).space;
  }

  /** Every partition that exists at an instant. */
  all(at: number): PartitionSubset {
    return this.allAt(at).subset;
  }

  /** The newest time window, or all that begin within `lookbackMs` before its end; everything where there is no time. */
  latest(at: number, lookbackMs: number | null): PartitionSubset {
    const space = this.spaceAt(at);
    const time = space.axes.find(({ windows }) => windows !== null);
    if (!time?.windows) return this.all(at);
    const { windows, count } = time;
    if (count === 0) return this.empty;
    let from = count - 1;
    if (lookbackMs !== null) {
      const { end } = windows.windowAt(from);
      const overlapping = windows.overlapping({ start: end - lookbackMs, end });
      const first = Math.max(0, overlapping.from);
      from = Math.min(from, windows.windowAt(first).start < end - lookbackMs ? first + 1 : first);
    }
    const latest: Segments = stretch(from, count);
    return {
      space: this.home,
      segments: product(space.axes.map((axis) => (axis === time ? latest : stretch(0, axis.count)))),
    };
  }

  /** The partitions with these keys; keys that the definition does not have are left out. */
  of(keys: Iterable<string>): PartitionSubset {
    return subsetOf(
      this.home,
      [...keys].filter((key) => indexesOf(this.home, key) !== null),
    );
  }

  /** The first instant behind this one at which other partitions may exist, or null. */
  nextChange(after: number): number | null {
    if (this.definition === null) return null;
    const ticks = timesOf(this.definition).flatMap(
      ({ cron, timezone }) => nextTick([cron], timezone ?? this.context.timezone, after) ?? [],
    );
    return ticks.length === 0 ? null : Math.min(...ticks);
  }

  /** The last instant in (after, to] at which other partitions may exist, or null. */
  lastChange(after: number, to: number): number | null {
    const first = this.nextChange(after);
    if (this.definition === null || first === null || first > to) return null;
    const lasts = timesOf(this.definition).map(({ cron, timezone }) => {
      const zone = timezone ?? this.context.timezone;
      const next = nextTick([cron], zone, after) ?? Infinity;
      return next > to ? -Infinity : lastTick([cron], zone, next, to);
    });
    return Math.max(...lasts);
  }

  /** A subset in the space of an instant, as others expect it. */
  present(subset: PartitionSubset, at: number): PartitionSubset {
    return { space: this.spaceAt(at), segments: subset.segments };
  }

  /** A subset of a space of the same definition as one of this. */
  readonly adopt = ({ space, segments }: PartitionSubset): PartitionSubset => {
    if (space !== this.home && space.signature !== this.home.signature)
      throw new AppError("internal", "a set of partitions is of another definition");
    return { space: this.home, segments };
  };

  encode(subset: PartitionSubset): SubsetData {
    return this.hasPartitions ? subsetToJson(subset) : !isEmptySubset(subset);
  }

  /** Reads what `encode` wrote, also where the definition was another then: what it no longer has is left out. */
  decode(data: SubsetData): PartitionSubset {
    if (typeof data === "boolean") return data && !this.hasPartitions ? this.all(0) : this.empty;
    const isAlike = JSON.stringify(data.dimensions) === JSON.stringify(this.home.axes.map(({ name }) => name));
    return isAlike && this.hasPartitions ? subsetFromJson(this.home, data) : this.empty;
  }

  private allAt(at: number): { readonly space: PartitionSpace; readonly subset: PartitionSubset } {
    if (this.lastAll?.at === at || (this.lastAll && !this.hasPartitions)) return this.lastAll;
    const space = toSpace(this.definition, { ...this.context, at });
    this.lastAll = { at, space, subset: { space: this.home, segments: fullSubset(space).segments } };
    return this.lastAll;
  }
}

function timesOf(definition: Partitions): readonly TimePartitions[] {
  if (definition.type === "time") return [definition];
  if (definition.type !== "multi") return [];
  return definition.dimensions.flatMap(({ partitions }) => (partitions.type === "time" ? partitions : []));
}
