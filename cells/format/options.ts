import { parseExpectations } from "../checks/parse-expect.ts";
import { AppError, messageOf } from "../errors.ts";
import { parseFreshness } from "../freshness/parse.ts";
import type { Cell } from "../model/cell.ts";
import type { Diagnostic, Span } from "../model/diagnostic.ts";
import type { Notebook } from "../model/notebook.ts";
import type { CellOptions, NotebookOptions } from "../model/options.ts";
import { quote } from "../model/quote.ts";
import { parsePartitions } from "../partition/parse.ts";
import { parseTimeZone } from "../partition/time-zone.ts";
import { attribute, type Attributes } from "./attributes.ts";
import { parseInterval, parseSensor, parseSensorSelection } from "../sensor/parse.ts";
import { parseAutomation } from "./automation-syntax.ts";
import { parseDuration, parsePositiveDuration } from "./duration.ts";
import * as values from "./option-values.ts";
import { oddCellAttributes, oddNotebookAttributes } from "./odd-attributes.ts";

/** The options of a cell without any attribute. */
export const defaultCellOptions: CellOptions = {
  store: "auto",
  partitions: null,
  upstream: {},
  after: [],
  automation: "manual",
  check: null,
  severity: "error",
  blocking: false,
  expect: [],
  fresh: null,
  retries: 0,
  delayMs: 0,
  backoff: "constant",
  jitter: "none",
  timeoutMs: null,
  pool: null,
  priority: 0,
  retain: null,
  run: "auto",
  test: null,
  sensor: null,
  everyMs: null,
  select: null,
  tags: {},
  owners: [],
  group: null,
  description: null,
};

/** The options of a notebook without any attribute. */
export const defaultNotebookOptions: NotebookOptions = {
  schedule: [],
  timezone: "UTC",
  catchup: { type: "latest" },
  params: {},
  hosts: [],
  tags: {},
  owners: [],
  description: null,
};

/** How the output of a data loader may be decoded. */
const formats = "text blob buffer json csv tsv jpeg png webp gif svg xml arrow parquet html".split(" ");

/**
 * Reads the options that the attributes of a cell give. An invalid value gets its default and an `attribute_invalid`
 * diagnostic that names attribute, value and what is allowed. Throws nothing.
 */
export function readCellOptions(cell: Cell): {
  readonly options: CellOptions;
  readonly diagnostics: readonly Diagnostic[];
} {
  const { read, diagnostics } = reader(cell.attributes, cell.id);
  const none = defaultCellOptions;
  const severity = read("severity", values.oneOf("error", "warn"), none.severity);
  const options: CellOptions = {
    store: read("store", values.oneOf("auto", "parquet", "json", "view", "none"), none.store),
    partitions: read("partitions", partitionsText, none.partitions),
    upstream: read("upstream", values.parseUpstream, none.upstream),
    after: read("after", values.parseAfter, none.after),
    automation: read("automation", parseAutomation, none.automation),
    check: read("check", values.parseName, none.check),
    severity,
    blocking: read("blocking", values.parseFlag, none.blocking),
    expect: read("expect", (text) => parseExpectations(text, severity), none.expect),
    fresh: read("fresh", parseFreshness, none.fresh),
    retries: read("retries", values.integer(0, 1000), none.retries),
    delayMs: read("delay", parseDuration, none.delayMs),
    backoff: read("backoff", values.oneOf("constant", "linear", "exponential"), none.backoff),
    jitter: read("jitter", values.oneOf("none", "full", "plus-minus"), none.jitter),
    timeoutMs: read("timeout", parsePositiveDuration, none.timeoutMs),
    pool: read("pool", values.parseName, none.pool),
    priority: read("priority", values.integer(-1_000_000, 1_000_000), none.priority),
    retain: read("retain", values.parseRetention, none.retain),
    run: read("run", values.oneOf("auto", "visible", "manual", "confirm", "server", "frozen"), none.run),
    test: read("test", values.parseName, none.test),
    sensor: read("sensor", parseSensor, none.sensor),
    everyMs: read("every", parseInterval, none.everyMs),
    select: read("select", parseSensorSelection, none.select),
    tags: read("tags", values.parseTags, none.tags),
    owners: read("owners", values.parseOwners, none.owners),
    group: read("group", values.parseText, none.group),
    description: read("description", values.parseText, none.description),
  };
  if (cell.kind === "node" || cell.kind === "python" || cell.kind === "r")
    read("format", values.oneOf(...formats), "buffer");
  read("since", dateText, "");
  return { options, diagnostics: [...diagnostics, ...oddCellAttributes(cell)] };
}

/** Reads the options that the attributes of `<notebook>` give, as `readCellOptions` does those of a cell. */
export function readNotebookOptions(notebook: Notebook): {
  readonly options: NotebookOptions;
  readonly diagnostics: readonly Diagnostic[];
} {
  const { read, diagnostics } = reader(notebook.attributes, null);
  const none = defaultNotebookOptions;
  const options: NotebookOptions = {
    schedule: read("schedule", values.parseSchedule, none.schedule),
    timezone: read("timezone", parseTimeZone, none.timezone),
    catchup: read("catchup", values.parseCatchup, none.catchup),
    params: read("params", values.parseParams, none.params),
    hosts: read("hosts", values.parseHosts, none.hosts),
    tags: read("tags", values.parseTags, none.tags),
    owners: read("owners", values.parseOwners, none.owners),
    description: read("description", values.parseText, none.description),
  };
  return { options, diagnostics: [...diagnostics, ...oddNotebookAttributes(notebook)] };
}

/** Reads attributes one by one, collecting what is wrong. */
function reader(attributes: Attributes, cell: number | null) {
  const diagnostics: Diagnostic[] = [];
  const read = <T>(name: string, parse: (text: string) => T, fallback: T): T => {
    const text = attribute(attributes, name);
    if (text === null) return fallback;
    try {
      return parse(text);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== "attribute_invalid") throw error;
      const place = cell === null ? "notebook" : `cell ${cell}`;
      const message = `invalid ${name}: ${quote(text)} (${place}): ${messageOf(error)}`;
      const span = wordAt(text, error.data["column"]);
      diagnostics.push({ code: "attribute_invalid", severity: "error", message, cell, span, attribute: name });
      return fallback;
    }
  };
  return { read, diagnostics };
}

function partitionsText(text: string): string {
  parsePartitions(text);
  return text.trim();
}

/** The word of a value that begins at a column, from 1; null where none is named. */
function wordAt(text: string, column: unknown): Span | null {
  if (typeof column !== "number") return null;
  const start = Math.min(column - 1, text.length);
  const word = /^[^\s;,]+/.exec(text.slice(start))?.[0].length ?? 1;
  return { start, end: Math.min(start + word, text.length) };
}

function dateText(text: string): string {
  const [, day] = /^\s*(\d{4}-\d{2}-\d{2})(?!\d)/.exec(text) ?? [];
  const exists = day === undefined || isCalendarDay(day);
  if (!exists)
    throw new AppError("attribute_invalid", `${day} does not exist; write a day of the calendar, as 2026-01-31`);
  if (Number.isNaN(Date.parse(text)) || /^\s*\d{1,3}\s*$/.test(text))
    throw new AppError("attribute_invalid", "it is no date; write one as 2026-01-31 or 2026-01-31T06:00:00Z");
  return text;
}

/** Whether a date is one: `Date` takes the 31st of February for the 2nd of March. */
function isCalendarDay(day: string): boolean {
  const time = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day);
}
