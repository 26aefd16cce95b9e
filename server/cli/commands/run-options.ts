import type { RunReport } from "../../../cells/api/schema.ts";
import { AppError } from "../../../cells/errors.ts";
import { type CommandContext, type Connection, type OptionSpec, pairsOf } from "../command.ts";
import { groupBy, nameSlices } from "../slices.ts";
import { counted, formatBytes, formatMs } from "../table.ts";

const ended = new Set(["succeeded", "failed", "cancelled", "interrupted"]);
/** how often a run is asked after */
const pollMs = 100;
/** what still waits for the same after so many times is told */
const pollsUntilTold = 10;

/** Whether nothing more happens to a run in this state. */
export function isEnded(state: string): boolean {
  return ended.has(state);
}

export const param: OptionSpec = {
  type: "string",
  multiple: true,
  value: "NAME=VALUE",
  about: "a param in place of the notebook's default; JSON, or text",
};
export const tag: OptionSpec = {
  type: "string",
  multiple: true,
  value: "NAME=VALUE",
  about: "a tag of the run, for limits of the queue and to find it again",
};
export const priority: OptionSpec = {
  type: "string",
  value: "N",
  about: "larger first in the queue; may be below 0 (0)",
};

/** Params as given. Throws `usage`. */
export function paramsOf(texts: readonly string[]): Record<string, unknown> {
  return pairsOf("param", texts.map(parseParam));
}

/** Tags as given; a word alone has the value "". Throws `usage`. */
export function tagsOf(texts: readonly string[]): Record<string, string> {
  return pairsOf(
    "tag",
    texts.map((text) => {
      const [, name, value] = /^([^=]+)(?:=(.*))?$/s.exec(text) ?? [];
      if (name === undefined) throw new AppError("usage", `not a tag: ${JSON.stringify(text)}; write --tag name=value`);
      return [name, value ?? ""] as const;
    }),
  );
}

/** A priority as given, as a member of a request. Throws `usage`. */
export function priorityOf(text: string | undefined): { priority?: number } {
  if (text === undefined) return {};
  if (!/^-?\d{1,7}$/.test(text))
    throw new AppError("usage", `not a priority: ${JSON.stringify(text)}; give it a whole number, as in --priority=-1`);
  return { priority: Number(text) };
}

/**
 * A connection whose side carries out what is asked for; with `--detach`, only to a server, since this process will have gone. Throws
 * `usage` where there is none.
 */
export async function connectToRun({
  args,
  connect,
  connectToWork,
}: Pick<CommandContext, "args" | "connect" | "connectToWork">): Promise<Connection> {
  if (!args.flag("detach")) return connectToWork();
  const connection = await connect();
  if (connection.remote) return connection;
  await connection.close();
  throw new AppError(
    "usage",
    "--detach leaves the work to a server, and none has this workspace: start cellar serve, or leave --detach out",
  );
}

/** Waits for a run that was started, and says how it went. Resolves with the exit code. */
export async function finish(
  connection: Connection,
  started: RunReport,
  { args, json, say, document }: Pick<CommandContext, "args" | "json" | "say" | "document">,
): Promise<number> {
  const isDetached = args.flag("detach");
  const report = isDetached ? started : await follow(connection, started.run, say);
  if (json) document(resultOf(report));
  say(summary(report));
  return report.state === "succeeded" || isDetached ? 0 : 1;
}

/** Waits for a run's end, saying each step as it ends, and what it waits for. */
export async function follow(connection: Connection, id: string, say: (line: string) => void): Promise<RunReport> {
  const told = new Set<string>();
  let waiting = { reason: "", polls: 0 };
  for (;;) {
    const report = await connection.call("run", { id });
    const reason = report.waitsFor ?? "";
    waiting = reason === waiting.reason ? { reason, polls: waiting.polls + 1 } : { reason, polls: 1 };
    if (reason !== "" && waiting.polls === pollsUntilTold) say(`waits: ${reason}`);
    const news = report.steps.filter(
      (step) => !["waiting", "running", "committing"].includes(step.state) && !told.has(nameOf(step)),
    );
    for (const step of news) told.add(nameOf(step));
    for (const group of groupBy(news, (step) => `${step.key}\n${step.state}\n${whyOf(step)}`)) {
      const [first] = group;
      const name = nameSlices(
        first.key,
        group.map((step) => step.partition),
      );
      say(`${first.state.padEnd(9)} ${name}${first.state === "succeeded" ? amountOf(group) : ` (${whyOf(first)})`}`);
      if (first.state !== "failed") for (const line of wrongChecks(group)) say(line);
    }
    if (ended.has(report.state)) return report;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

/** A line for each check that found something and refused nothing: what is wrong of the first slice, and of how many more. */
function wrongChecks(steps: readonly RunReport["steps"][number][]): readonly string[] {
  const wrong = steps.flatMap(({ partition: slice, checks }) =>
    checks.flatMap((outcome) => (outcome.status === "passed" ? [] : { slice, ...outcome })),
  );
  return Array.from(Map.groupBy(wrong, ({ check }) => check).values(), ([first, ...more]) => {
    if (first === undefined) return "";
    const { check, slice, severity, message } = first;
    const [fact = ""] = message.split("\n");
    const where = `${slice === null ? "" : ` (${slice})`}${more.length === 0 ? "" : `, and of ${more.length} more`}`;
    return `          check ${check}${where} ${severity === "warn" ? "warns" : first.status}: ${fact}`;
  });
}

function nameOf({ key, partition: slice }: RunReport["steps"][number]): string {
  return `${key} ${slice ?? ""}`;
}

/** Why a step ended as it did; nothing where it succeeded, since its figures say more. */
function whyOf(step: RunReport["steps"][number]): string {
  return step.state === "succeeded" ? "" : `${placeOf(step)}${step.error?.message ?? step.reason}`;
}

/** ` 120 rows, 4 kB, 12 ms` over steps that succeeded; empty where what came out is no table. */
function amountOf(steps: readonly RunReport["steps"][number][]): string {
  if (steps.every(({ rows }) => rows === null)) return "";
  const sum = (of: (step: RunReport["steps"][number]) => number | null) =>
    steps.reduce((total, step) => total + (of(step) ?? 0), 0);
  return ` ${counted(
    sum(({ rows }) => rows),
    "row",
  )}, ${formatBytes(sum(({ bytes }) => bytes))}, ${formatMs(sum(({ ms }) => ms))}`;
}

/** `cell 2, line 1, column 8: `, as far as it is known; the line is the cell's. */
function placeOf({ error }: RunReport["steps"][number]): string {
  if (error?.cell == null || error.line === null) return "";
  return `cell ${error.cell}, line ${error.line}${error.column === null ? "" : `, column ${error.column}`}: `;
}

/** The document of `cellar run --json`. */
export function resultOf({ run: id, state, error, steps }: RunReport): object {
  return {
    run: id,
    state,
    ...(error === null ? {} : { error }),
    steps: steps.map(
      ({ key, partition: slice, state: stepState, rows, bytes, ms, dataVersion, checks, error: stepError }) => ({
        key,
        partition: slice,
        state: stepState,
        rows,
        bytes,
        ms,
        dataVersion,
        checks,
        error: stepError,
      }),
    ),
  };
}

/** A run in a line. */
export function summary({ run: id, state, steps, error }: RunReport): string {
  const counts = new Map<string, number>();
  for (const step of steps) counts.set(step.state, (counts.get(step.state) ?? 0) + 1);
  const parts = [...counts].map(([name, count]) => `${count} ${name}`).join(", ");
  return `run ${id} ${state}${parts === "" ? ": nothing to do" : `: ${parts}`}${error === null ? "" : ` (${error.message})`}`;
}

function parseParam(text: string): [string, unknown] {
  const at = text.indexOf("=");
  if (at < 1) throw new AppError("usage", `not a param: ${JSON.stringify(text)}; write --param name=value`);
  const value = text.slice(at + 1);
  try {
    return [text.slice(0, at), JSON.parse(value)];
  } catch {
    return [text.slice(0, at), value];
  }
}
