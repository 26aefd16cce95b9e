import { AppError, messageOf } from "../errors.ts";
import { parseDuration, parsePositiveDuration } from "../format/duration.ts";
import { didYouMean } from "../model/nearest.ts";
import type { AutomationFact } from "./events.ts";

/**
 * A made-up story for `simulate`, read from JSON:
 *
 *     {"start": "2026-01-31T09:00:00Z", "end": "2026-02-01T09:00:00Z", "runsTake": "5m", "events": [
 *       {"at": "2026-01-31T09:02:00Z", "type": "materialized", "key": "sales/orders", "run": "r1"},
 *       {"at": "+10m", "type": "signal", "name": "inbox", "value": "once"}]}
 *
 * Events are those of `events.ts`; what is left out has the obvious value (`partitions` of what has none, no run, new data).
 * `at` is an instant, or a duration behind the one before. With `runsTake` every request becomes a run that succeeds after
 * that time.
 */
export interface Simulation {
  /** milliseconds since 1970 */
  readonly start: number;
  /** when to stop; the last event where it is not said */
  readonly end: number;
  readonly runsTakeMs: number | null;
  /** ascending in time */
  readonly events: readonly { readonly at: number; readonly fact: AutomationFact }[];
}

/** Reads a story. Throws `usage` naming the place, the value and what is right. */
export function readSimulation(value: unknown): Simulation {
  const document = record(value, "the simulation");
  known(document, ["start", "end", "runsTake", "events"], "", ["automation"]);
  const start = instant(document["start"], "start");
  const list = document["events"];
  if (!Array.isArray(list)) return fail("events", list, "a list");
  const events: { at: number; fact: AutomationFact }[] = [];
  for (const [i, entry] of list.entries()) {
    const place = `events[${i}]`;
    const event = record(entry, place);
    const before = events.at(-1)?.at ?? start;
    const at = later(event["at"], before, `${place}.at`);
    if (at < before) fail(`${place}.at`, event["at"], "an instant at the one before or behind it");
    events.push({ at, fact: readFact(event, place) });
  }
  const last = events.at(-1)?.at ?? start;
  const end = document["end"] === undefined ? last : later(document["end"], start, "end");
  if (end < last) fail("end", document["end"], "an instant behind all events");
  const runsTakeMs =
    document["runsTake"] === undefined
      ? null
      : duration(text(document["runsTake"], "runsTake"), "runsTake", parsePositiveDuration);
  return { start, end, runsTakeMs, events };
}

/** Members of each kind of event, beside `at` and `type`. */
const members: Readonly<Record<AutomationFact["type"], readonly string[]>> = {
  materialized: ["key", "partitions", "run", "codeVersion", "isNewData"],
  observed: ["key", "partitions", "isNewData"],
  deleted: ["key", "partitions"],
  run_started: ["run", "targets", "tags"],
  run_ended: ["run", "state"],
  step_failed: ["run", "key", "partitions"],
  backfill_started: ["backfill", "targets"],
  backfill_ended: ["backfill"],
  checked: ["key", "partitions", "passed", "run"],
  signal: ["name", "key", "partitions", "value"],
};

function readFact(event: Readonly<Record<string, unknown>>, place: string): AutomationFact {
  const type = oneOf(event["type"], Object.keys(members).filter(isType), `${place}.type`);
  known(event, ["at", "type", ...members[type]], place);
  const key = () => text(event["key"], `${place}.key`);
  const optional = (name: string) => (event[name] === undefined ? null : text(event[name], `${place}.${name}`));
  const partitions = () =>
    event["partitions"] === undefined ? [""] : texts(event["partitions"], `${place}.partitions`);
  const some = () => (event["partitions"] === undefined ? null : texts(event["partitions"], `${place}.partitions`));
  const isNewData = () => (event["isNewData"] === undefined ? true : flag(event["isNewData"], `${place}.isNewData`));
  switch (type) {
    case "materialized":
      return {
        type,
        key: key(),
        partitions: partitions(),
        run: optional("run"),
        codeVersion: optional("codeVersion"),
        isNewData: isNewData(),
      };
    case "observed":
      return { type, key: key(), partitions: partitions(), isNewData: isNewData() };
    case "deleted":
      return { type, key: key(), partitions: some() };
    case "run_started": {
      const tags = Object.entries(event["tags"] === undefined ? {} : record(event["tags"], `${place}.tags`));
      return {
        type,
        run: text(event["run"], `${place}.run`),
        targets: targets(event["targets"], `${place}.targets`),
        tags: Object.fromEntries(tags.map(([name, value]) => [name, text(value, `${place}.tags.${name}`)])),
      };
    }
    case "run_ended":
      return {
        type,
        run: text(event["run"], `${place}.run`),
        state: oneOf(event["state"] ?? "succeeded", ["succeeded", "failed", "cancelled"], `${place}.state`),
      };
    case "step_failed":
      return { type, run: optional("run"), key: key(), partitions: partitions() };
    case "backfill_started":
      return {
        type,
        backfill: text(event["backfill"], `${place}.backfill`),
        targets: targets(event["targets"], `${place}.targets`),
      };
    case "backfill_ended":
      return { type, backfill: text(event["backfill"], `${place}.backfill`) };
    case "checked":
      return {
        type,
        key: key(),
        partitions: partitions(),
        passed: flag(event["passed"], `${place}.passed`),
        run: optional("run"),
      };
    case "signal": {
      const { value } = event;
      if (value !== "once" && typeof value !== "boolean") return fail(`${place}.value`, value, 'true, false or "once"');
      return { type, name: text(event["name"], `${place}.name`), key: optional("key"), partitions: some(), value };
    }
  }
}

function isType(name: string): name is AutomationFact["type"] {
  return Object.hasOwn(members, name);
}

function targets(value: unknown, place: string): Readonly<Record<string, readonly string[]>> {
  if (Array.isArray(value)) return Object.fromEntries(texts(value, place).map((key) => [key, [""]]));
  return Object.fromEntries(
    Object.entries(record(value, place)).map(([key, partitions]) => [key, texts(partitions, `${place}.${key}`)]),
  );
}

function record(value: unknown, place: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return fail(place, value, "an object");
  return Object.fromEntries(Object.entries(value));
}

/** Refuses members that are not known; `others` are those that the file has and this reader is not given. */
function known(
  object: Readonly<Record<string, unknown>>,
  names: readonly string[],
  place: string,
  others: readonly string[] = [],
): void {
  const all = [...names, ...others];
  const stranger = Object.keys(object).find((name) => !all.includes(name));
  if (stranger !== undefined)
    throw new AppError(
      "usage",
      `${place === "" ? "" : `${place}.`}${stranger} is unknown; ${didYouMean(stranger, all)}there are ${all.join(", ")}`,
    );
}

function text(value: unknown, place: string): string {
  return typeof value === "string" && value !== "" ? value : fail(place, value, "a text");
}

function texts(value: unknown, place: string): readonly string[] {
  if (!Array.isArray(value)) return fail(place, value, "a list of texts");
  return value.map((item: unknown, i) => (typeof item === "string" ? item : fail(`${place}[${i}]`, item, "a text")));
}

function flag(value: unknown, place: string): boolean {
  return typeof value === "boolean" ? value : fail(place, value, "true or false");
}

function oneOf<T extends string>(value: unknown, words: readonly T[], place: string): T {
  return words.find((word) => word === value) ?? fail(place, value, words.join(", "));
}

function instant(value: unknown, place: string, or = ""): number {
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(String(value))
    ? Date.parse(String(value))
    : NaN;
  return Number.isNaN(at) ? fail(place, value, `an instant with its zone, as 2026-01-31T09:00:00Z${or}`) : at;
}

/** An instant, or `+10m` behind another. */
function later(value: unknown, before: number, place: string): number {
  if (typeof value !== "string" || !value.startsWith("+"))
    return instant(value, place, ", or a time after the one before, as +10m");
  return before + duration(value.slice(1), place, parseDuration);
}

function duration(written: string, place: string, parse: (text: string) => number): number {
  try {
    return parse(written);
  } catch (error) {
    throw new AppError("usage", `${place}: ${messageOf(error)}`, { cause: error });
  }
}

function fail(place: string, value: unknown, wanted: string): never {
  const found = value === undefined ? "nothing" : JSON.stringify(value).slice(0, 80);
  throw new AppError("usage", `${place} is ${found}; write ${wanted}`);
}
