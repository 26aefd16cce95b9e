import { AppError, messageOf } from "../errors.ts";
import { parseSelection } from "../select/parse.ts";

/** One run that a sensor asks for. */
interface SensorRun {
  /** null: what the sensor's `select` says, or its notebook */
  readonly select: string | null;
  readonly partition: string | null;
  /** there is one run for each key of a sensor, ever */
  readonly key: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly params: Readonly<Record<string, unknown>>;
}

/** What a sensor answered, read and complete. */
export interface SensorOutcome {
  readonly runs: readonly SensorRun[];
  /** why it asks for nothing, where it said so */
  readonly skip: string | null;
  /** undefined: as it was */
  readonly cursor: string | null | undefined;
  readonly partitions: SensorPartitions;
}

/** Keys of dynamic partitions, by the name of their definition. */
export interface SensorPartitions {
  readonly add: Readonly<Record<string, readonly string[]>>;
  readonly remove: Readonly<Record<string, readonly string[]>>;
}

const mostRuns = 1000;
const longestCursor = 65_536;
const longestKey = 500;
const members = ["run", "skip", "cursor", "partitions"];
const runMembers = ["select", "partition", "key", "tags", "params"];

/** Nothing is asked for and nothing changes. */
export const nothing: SensorOutcome = { runs: [], skip: null, cursor: undefined, partitions: { add: {}, remove: {} } };

/**
 * Reads what a sensor's cell gave: `{run: {select, partition, key, tags, params}}` (or a list of such runs), `{skip: "reason"}`,
 * `{cursor: "…"}`, `{partitions: {add: {customers: ["a"]}, remove: {…}}}`, several of these in one object, a list of such objects, or
 * nothing. Of two cursors or reasons the later counts. Throws `usage` naming the place, the value and what is right.
 */
export function readOutcome(value: unknown): SensorOutcome {
  const items: readonly (readonly [unknown, string])[] = Array.isArray(value)
    ? value.map((item: unknown, i) => [item, `the answer[${i}]`] as const)
    : [[value, "the answer"]];
  let outcome = nothing;
  for (const [item, place] of items) outcome = joined(outcome, readItem(item, place));
  if (outcome.runs.length > mostRuns)
    throw new AppError(
      "usage",
      `the answer asks for ${outcome.runs.length} runs; ask for ${mostRuns} at most, and for the rest at the next tick by the cursor`,
    );
  return outcome;
}

function joined(before: SensorOutcome, next: SensorOutcome): SensorOutcome {
  const merge = (a: SensorPartitions["add"], b: SensorPartitions["add"]) =>
    Object.fromEntries(
      [...new Set([...Object.keys(a), ...Object.keys(b)])].map((name) => [
        name,
        [...(a[name] ?? []), ...(b[name] ?? [])],
      ]),
    );
  return {
    runs: [...before.runs, ...next.runs],
    skip: next.skip ?? before.skip,
    cursor: next.cursor === undefined ? before.cursor : next.cursor,
    partitions: {
      add: merge(before.partitions.add, next.partitions.add),
      remove: merge(before.partitions.remove, next.partitions.remove),
    },
  };
}

function readItem(value: unknown, place: string): SensorOutcome {
  if (value === undefined || value === null) return nothing;
  const item = record(value, place, '{run: {…}}, {skip: "reason"}, {cursor: "…"} or {partitions: {…}}');
  known(item, members, place);
  const { run, skip, cursor, partitions } = item;
  const runs = run === undefined ? [] : Array.isArray(run) ? (run as readonly unknown[]) : [run];
  return {
    runs: runs.map((one, i) => readRun(one, Array.isArray(run) ? `${place}.run[${i}]` : `${place}.run`)),
    skip: skip === undefined ? null : text(skip, `${place}.skip`, "the reason as a text"),
    cursor:
      cursor === undefined || cursor === null
        ? cursor
        : text(cursor, `${place}.cursor`, "a text (String(x), JSON.stringify(x)) or null", longestCursor),
    partitions: partitions === undefined ? nothing.partitions : readPartitions(partitions, `${place}.partitions`),
  };
}

function readRun(value: unknown, place: string): SensorRun {
  const run = record(value, place, '{select: "sales/report", key: "…"}');
  known(run, runMembers, place);
  const optional = (name: string, most?: number) =>
    run[name] === undefined || run[name] === null ? null : text(run[name], `${place}.${name}`, "a text", most);
  const select = optional("select");
  if (select !== null) {
    try {
      parseSelection(select);
    } catch (error) {
      throw new AppError("usage", `${place}.select: ${messageOf(error)}`, { cause: error });
    }
  }
  const tags = run["tags"] === undefined ? {} : record(run["tags"], `${place}.tags`, '{source: "inbox"}');
  return {
    select,
    partition: optional("partition"),
    key: optional("key", longestKey),
    tags: Object.fromEntries(
      Object.entries(tags).map(([name, tag]) => [name, text(tag, `${place}.tags.${name}`, "a text")]),
    ),
    params: run["params"] === undefined ? {} : record(run["params"], `${place}.params`, "{year: 2026}"),
  };
}

function readPartitions(value: unknown, place: string): SensorPartitions {
  const partitions = record(value, place, '{add: {customers: ["a"]}}');
  known(partitions, ["add", "remove"], place);
  const read = (name: "add" | "remove") => {
    const of = partitions[name];
    if (of === undefined) return {};
    return Object.fromEntries(
      Object.entries(record(of, `${place}.${name}`, '{customers: ["a"]}')).map(([definition, keys]) => {
        if (!Array.isArray(keys)) return wrong(`${place}.${name}.${definition}`, keys, 'a list of keys, as ["a"]');
        return [
          definition,
          keys.map((key: unknown, i) => text(key, `${place}.${name}.${definition}[${i}]`, "a key as a text")),
        ];
      }),
    );
  };
  return { add: read("add"), remove: read("remove") };
}

function record(value: unknown, place: string, right: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return wrong(place, value, right);
  return Object.fromEntries(Object.entries(value));
}

function known(object: Readonly<Record<string, unknown>>, names: readonly string[], place: string): void {
  const stranger = Object.keys(object).find((name) => !names.includes(name));
  if (stranger !== undefined)
    throw new AppError("usage", `${place} has no member ${JSON.stringify(stranger)}; write ${names.join(", ")}`);
}

function text(value: unknown, place: string, right: string, most = 4096): string {
  if (typeof value !== "string" || value === "") return wrong(place, value, right);
  if (value.length > most)
    throw new AppError("usage", `${place} has ${value.length} characters; ${most} are the most that it may have`);
  return value;
}

function wrong(place: string, value: unknown, right: string): never {
  const found = value === undefined ? "nothing" : JSON.stringify(value).slice(0, 80);
  throw new AppError("usage", `${place} is ${found}; write ${right}`);
}
