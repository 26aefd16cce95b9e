import { parsePartitionRange } from "../../../cells/partition/range.ts";
import { combine, unionAll, type Segments } from "../../../cells/partition/segments.ts";
import { keysOf, problemOfKey, toSpace, type PartitionSpace } from "../../../cells/partition/space.ts";
import { keysIn, subsetCount, subsetOf } from "../../../cells/partition/subset.ts";
import { timeWindowsOf, type TimeWindow, type TimeWindows } from "../../../cells/partition/time-windows.ts";
import { zoneChangesOf } from "../../../cells/partition/tick-index.ts";
import { instantOf, timePartitionsOf, type RecordedDefinition } from "../partition-case.ts";
import { same, type VectorSuite } from "../suite.ts";

type Pair = readonly [string, string];

interface Case {
  readonly id: string;
  readonly kind: string;
  readonly definition?: RecordedDefinition;
  readonly now?: string | null;
  readonly now_timezone?: string;
  readonly key?: string;
  readonly range?: Pair;
  readonly window?: Pair;
  readonly minus?: Pair;
  readonly a?: readonly Pair[];
  readonly b?: readonly Pair[];
  readonly pattern?: string;
  readonly expect?: unknown;
  readonly expect_error?: boolean;
}

/** Which windows and keys Dagster's time definitions have, and the algebra on sets of windows. */
export const suite: VectorSuite = {
  name: "dagster-time-partitions",
  run: async (document) =>
    (document as { readonly cases: readonly Case[] }).cases.map((one) => {
      const expected = one.expect_error === true ? "an error" : one.expect;
      const got = answerOrError(one);
      return { id: one.id, passed: same(inOrder(one, expected), inOrder(one, got)), expected, got };
    }),
};

function answerOrError(one: Case): unknown {
  try {
    return answer(one);
  } catch (error) {
    return one.expect_error === true ? "an error" : String(error);
  }
}

function answer(one: Case): unknown {
  if (one.kind === "window_subtract") return days(combine("difference", spans([one.window]), spans([one.minus])));
  const definition = timePartitionsOf(one.definition ?? { type: "daily" });
  const timezone = definition.timezone ?? "UTC";
  const windows = timeWindowsOf(definition, timezone);
  const at = instantOf(one.now, one.now_timezone ?? timezone);
  const space = toSpace(definition, { at, timezone });
  const count = windows.count(at);
  const local = ({ start, end }: TimeWindow) => [start, end].map((instant) => sayLocal(instant, timezone));
  const windowAt = (index: number) => (index < 0 || index >= count ? null : local(windows.windowAt(index)));
  const indexOf = (key: string) => windows.indexFrom(key) ?? NaN;
  const key = one.key ?? "";
  switch (one.kind) {
    case "definition_error":
      return "no error";
    case "next_key":
      return windows.keyAt(indexOf(key) + 1);
    case "prev_key":
      return windows.keyAt(indexOf(key) - 1);
    case "first_key":
      return count === 0 ? null : windows.keyAt(0);
    case "last_key":
      return count === 0 ? null : windows.keyAt(count - 1);
    case "windows":
      return Array.from({ length: count }, (_, index) => windowAt(index));
    case "first_window":
      return windowAt(0);
    case "last_window":
      return windowAt(count - 1);
    case "next_window":
    case "prev_window":
      return local(windows.windowAt(indexOf(key) + (one.kind === "next_window" ? 1 : -1)));
    case "window_for_key":
      return local(windows.windowOf(key) ?? { start: 0, end: 0 });
    case "keys":
    case "keys_all":
      return [...keysOf(space)];
    case "has_key":
      return problemOfKey(space, key) === null;
    case "keys_in_range":
      return [...keysIn(parsePartitionRange(space, (one.range ?? []).join("..")))];
    case "window_set_subtract":
    case "window_set_or":
    case "window_set_and": {
      const operations = {
        window_set_subtract: "difference",
        window_set_or: "union",
        window_set_and: "intersect",
      } as const;
      const set = combine(operations[one.kind], indexes(windows, one.a), indexes(windows, one.b));
      return set.map(({ from, to }) =>
        local({ start: windows.windowAt(from).start, end: windows.windowAt(to).start }).map((time) =>
          time.slice(0, 10),
        ),
      );
    }
    case "subset_ranges":
      return rangesOf(space, windows, one.pattern ?? "");
    default:
      throw new Error(`unknown kind: ${one.kind}`);
  }
}

function rangesOf(space: PartitionSpace, windows: TimeWindows, pattern: string): unknown {
  const keys = [...pattern].flatMap((sign, index) => (sign === "+" ? [windows.keyAt(index)] : []));
  const subset = subsetOf(space, keys);
  return { window_count: subset.segments.length, size: subsetCount(subset) };
}

/** Windows of days as ranges of indexes. */
function indexes(windows: TimeWindows, pairs: readonly Pair[] = []): Segments {
  return unionAll(
    pairs.map(([start, end]) => [
      { ...windows.overlapping({ start: Date.parse(start), end: Date.parse(end) }), rest: null },
    ]),
  );
}

function spans(pairs: readonly (Pair | undefined)[]): Segments {
  return pairs.flatMap((pair) =>
    pair === undefined ? [] : [{ from: Date.parse(pair[0]), to: Date.parse(pair[1]), rest: null }],
  );
}

function days(segments: Segments): readonly (readonly string[])[] {
  return segments.map(({ from, to }) => [from, to].map((time) => new Date(time).toISOString().slice(0, 10)));
}

function sayLocal(instant: number, timezone: string): string {
  return new Date(instant + zoneChangesOf(timezone).offsetAt(instant)).toISOString().slice(0, 19);
}

function inOrder({ kind }: Case, value: unknown): unknown {
  return kind === "keys_all" && Array.isArray(value) ? value.toSorted() : value;
}
