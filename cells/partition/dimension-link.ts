import { AppError } from "../errors.ts";
import { matchingDimensions } from "./default-mapping.ts";
import type { DimensionMapping, PartitionMapping } from "./definition.ts";
import { keySeparator } from "./key-text.ts";
import { reach, type Link, type LinkEnds, type Reached } from "./link.ts";
import { boxesOf, combine, product, stretch, unionAll, type Segments } from "./segments.ts";
import { dimensionOf, type PartitionSpace } from "./space.ts";
import { fullSubset } from "./subset.ts";

/** Makes the link of one dimension; a null mapping is the default. */
export type BindLink = (mapping: PartitionMapping | null, ends: LinkEnds) => Link;

/** Two places of axes, and the link between them. */
interface AxisLink {
  readonly up: number;
  readonly down: number;
  readonly link: Link;
}

/**
 * One dimension of the side that has several against the only one of the other: the other dimensions are read whole, or
 * read the same. Throws `attribute_invalid` where it is not plain which dimension is meant.
 */
export function dimensionLink(
  ends: LinkEnds,
  name: string | null,
  mapping: PartitionMapping | null,
  bind: BindLink,
): Link {
  const { upstream, downstream } = ends;
  if (
    upstream.axes.length === 1 &&
    downstream.axes.length === 1 &&
    !hasDimensions(upstream) &&
    !hasDimensions(downstream)
  )
    return fail("dimension needs several dimensions on one side; write the mapping alone, as last 7");
  const isUpstreamMulti = hasDimensions(upstream);
  if (isUpstreamMulti && hasDimensions(downstream))
    return fail("both sides have dimensions; write dimensions, and each with its mapping");
  const multi = isUpstreamMulti ? upstream : downstream;
  const dimension = name ?? onlyMatch(ends);
  const own = dimensionOf(multi, dimension);
  const at = multi.axes.findIndex((axis) => axis.name === dimension);
  const link = bind(mapping, isUpstreamMulti ? { upstream: own, downstream } : { upstream, downstream: own });
  return boxLink(ends, [isUpstreamMulti ? { up: at, down: 0, link } : { up: 0, down: at, link }]);
}

/**
 * Dimension by dimension. Those of the input that are not named are read whole; those of the reader that are not named
 * make no difference. Throws `attribute_invalid` for a dimension that a side does not have.
 */
export function dimensionsLink(ends: LinkEnds, dimensions: readonly DimensionMapping[], bind: BindLink): Link {
  const { upstream, downstream } = ends;
  if (!hasDimensions(upstream) || !hasDimensions(downstream))
    return fail("dimensions needs several dimensions on both sides; write dimension and the name of the one meant");
  return boxLink(
    ends,
    dimensions.map((dimension) => {
      const link = bind(dimension.mapping, {
        upstream: dimensionOf(upstream, dimension.upstream),
        downstream: dimensionOf(downstream, dimension.downstream),
      });
      const up = upstream.axes.findIndex(({ name }) => name === dimension.upstream);
      const down = downstream.axes.findIndex(({ name }) => name === dimension.downstream);
      return { up, down, link };
    }),
  );
}

function boxLink({ upstream, downstream }: LinkEnds, links: readonly AxisLink[]): Link {
  return {
    up: (segments) => {
      const reached = Array.from(boxesOf(segments), (box) => boxUp(upstream, links, box));
      return {
        segments: unionAll(reached.map((one) => one.segments)),
        absent: unionAll(reached.map((one) => one.absent)),
        unknown: [...new Set(reached.flatMap((one) => one.unknown))],
        // no function maps one dimension
        failed: [],
      };
    },
    down: (segments) => {
      const found = Array.from(boxesOf(segments), (box) =>
        product(
          downstream.axes.map((axis, at) => {
            const own = links.find(({ down }) => down === at);
            return own === undefined ? stretch(0, axis.count) : own.link.down(box[own.up] ?? []);
          }),
        ),
      );
      return combine("intersect", unionAll(found), fullSubset(downstream).segments);
    },
  };
}

function boxUp(upstream: PartitionSpace, links: readonly AxisLink[], box: readonly Segments[]): Reached {
  const reached = upstream.axes.map((axis, at): Reached => {
    const own = links.find(({ up }) => up === at);
    return own === undefined
      ? { segments: stretch(0, axis.count), absent: [], unknown: [], failed: [] }
      : own.link.up(box[own.down] ?? []);
  });
  const needed = product(reached.map(({ segments, absent }) => combine("union", segments, absent)));
  return reach(upstream, needed, unknownKeys(upstream, reached));
}

/** Keys of which one dimension or more is none of the definition. */
function unknownKeys(upstream: PartitionSpace, reached: readonly Reached[]): readonly string[] {
  if (reached.every(({ unknown }) => unknown.length === 0)) return [];
  const parts = upstream.axes.map((axis, at) => {
    const own = reached[at];
    const known = own === undefined ? [] : combine("union", own.segments, own.absent);
    const keys = known.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => axis.keyAt(from + i)));
    return [
      ...keys.map((key) => ({ key, isKnown: true })),
      ...(own?.unknown ?? []).map((key) => ({ key, isKnown: false })),
    ];
  });
  const keys = parts.reduce<readonly { readonly key: string; readonly isKnown: boolean }[]>(
    (before, part) =>
      before.flatMap((left) =>
        part.map(({ key, isKnown }) => ({
          key: left.key === "" ? key : left.key + keySeparator + key,
          isKnown: left.isKnown && isKnown,
        })),
      ),
    [{ key: "", isKnown: true }],
  );
  return keys.filter(({ isKnown }) => !isKnown).map(({ key }) => key);
}

function onlyMatch({ upstream, downstream }: LinkEnds): string {
  const names =
    upstream.definition && downstream.definition ? matchingDimensions(upstream.definition, downstream.definition) : [];
  const [name] = names;
  if (name !== undefined && names.length === 1) return name;
  const which = names.length === 0 ? "no dimension fits" : `${names.join(" and ")} fit equally`;
  return fail(`it is not plain which dimension is meant: ${which}; write dimension and its name`);
}

function hasDimensions(space: PartitionSpace): boolean {
  return space.definition?.type === "multi";
}

function fail(message: string): never {
  throw new AppError("attribute_invalid", message);
}
