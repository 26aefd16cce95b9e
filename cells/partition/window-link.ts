import { AppError } from "../errors.ts";
import { reach, type Link, type LinkEnds } from "./link.ts";
import { combine, stretch, unionAll, type Segments } from "./segments.ts";
import { fullSubset } from "./subset.ts";
import type { TimeWindows } from "./time-windows.ts";

/**
 * A reader reads the windows that share time with its own, the first and last of them shifted by so many windows of the
 * input. An offset never reaches before the first window of the input: what would lie there is not missed.
 */
export function windowLink(ends: LinkEnds, startOffset: number, endOffset: number): Link {
  const [up, down] = timeOf(ends);
  return {
    up: (segments) =>
      reach(
        ends.upstream,
        unionAll(
          segments.flatMap(({ from, to }) =>
            down.stretches(from, to).map((time) => {
              const range = up.overlapping(time);
              return stretch(shift(range.from, startOffset), shift(range.to, endOffset));
            }),
          ),
        ),
      ),
    down: (segments) =>
      readers(
        ends,
        segments.flatMap(({ from, to }) => {
          const [first, end] = [from - endOffset, to - startOffset];
          // a reader that shares no time with the input, since that is left out, reads by the offsets alone
          const times =
            startOffset === endOffset
              ? up.stretches(first, end)
              : [{ start: up.windowAt(first).start, end: up.windowAt(end - 1).end }];
          return times.map((time) => down.overlapping(time));
        }),
      ),
  };
}

/** A reader reads so many windows of the input up to the one that its own window ends in. */
export function lastLink(ends: LinkEnds, count: number): Link {
  const { upstream, downstream } = ends;
  if (upstream.axes.length > 1 || downstream.axes.length > 1) return wrong(`last ${count}`);
  if (upstream.axes[0]?.type !== "time" || downstream.axes[0]?.type !== "time") return lastOfAllLink(ends, count);
  const [up, down] = timeOf(ends);
  const read = (index: number): { readonly from: number; readonly to: number } => {
    const { from, to } = up.overlapping(down.windowAt(index));
    return { from: Math.max(to - count, Math.min(from, 0)), to };
  };
  const readBy = (from: number, to: number): Segments => {
    const [first, last] = [read(from), read(to - 1)];
    // where each ends at most `count` windows of the input after the one before, they read all between
    if (upstream.signature === downstream.signature || last.to - first.to <= count) return stretch(first.from, last.to);
    const each = Array.from({ length: to - from }, (_, i) => read(from + i));
    return unionAll(each.map((range) => stretch(range.from, range.to)));
  };
  return {
    up: (segments) => reach(upstream, unionAll(segments.map(({ from, to }) => readBy(from, to)))),
    down: (segments) =>
      readers(
        ends,
        segments.map(({ from, to }) => {
          const begin = up.windowAt(from).start;
          const end = up.windowAt(to + count - 1).start;
          return {
            from: down.overlapping({ start: begin, end: begin + 1 }).from,
            to: down.overlapping({ start: end, end: end + 1 }).from,
          };
        }),
      ),
  };
}

/** A reader without windows reads the last partitions that exist. */
function lastOfAllLink({ upstream, downstream }: LinkEnds, count: number): Link {
  const total = upstream.axes[0]?.count ?? 0;
  const read = stretch(Math.max(0, total - count), total);
  return {
    up: (segments) => reach(upstream, segments.length === 0 ? [] : read),
    down: (segments) => (combine("intersect", segments, read).length === 0 ? [] : fullSubset(downstream).segments),
  };
}

function shift(index: number, offset: number): number {
  return offset < 0 ? Math.max(index + offset, Math.min(index, 0)) : index + offset;
}

function readers(
  { downstream }: LinkEnds,
  ranges: readonly { readonly from: number; readonly to: number }[],
): Segments {
  const found = unionAll(ranges.map(({ from, to }) => stretch(from, to)));
  return combine("intersect", found, fullSubset(downstream).segments);
}

function timeOf({ upstream, downstream }: LinkEnds): readonly [up: TimeWindows, down: TimeWindows] {
  const [up, down] = [upstream.axes[0]?.windows, downstream.axes[0]?.windows];
  if (!up || !down || upstream.axes.length > 1 || downstream.axes.length > 1) return wrong("window");
  return [up, down];
}

function wrong(what: string): never {
  throw new AppError(
    "attribute_invalid",
    `${what} needs windows of time on both sides; write dimension or dimensions to say which are meant, or another mapping`,
  );
}
