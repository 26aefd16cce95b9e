import { AppError } from "../../../cells/errors.ts";
import { groupBy, nameSlices } from "../slices.ts";
import type { RunReport } from "../../../cells/api/schema.ts";
import { type Command, type Connection, needed, wholeOf } from "../command.ts";
import { formatBytes, formatMs, formatTable, formatTime } from "../table.ts";
import { branch, partition, select } from "./inspect.ts";

const ended = new Set(["succeeded", "failed", "cancelled", "interrupted"]);
const pollMs = 100;

export const run: Command = {
  name: "run",
  usage: "",
  about: "materialize assets, and wait until they are",
  options: {
    select,
    partition,
    param: {
      type: "string",
      multiple: true,
      value: "NAME=VALUE",
      about: "a param in place of the notebook's default; JSON, or text",
    },
    force: { type: "boolean", value: "", about: "compute even where nothing changed" },
    draft: { type: "boolean", value: "", about: "run the files as they are, also of published notebooks" },
    branch,
    detach: { type: "boolean", value: "", about: "do not wait (only where a server has the workspace)" },
  },
  async run({ args, connectToWork, json, say, document }) {
    const params = Object.fromEntries(args.texts("param").map(parseParam));
    await using connection = await connectToWork();
    const partitionKey = args.text("partition");
    const name = args.text("branch");
    if (name !== undefined && args.flag("draft"))
      throw new AppError("usage", "a branch has its own text of the notebooks; leave out --draft, or --branch");
    const asked = {
      select: args.text("select") ?? "",
      params,
      force: args.flag("force"),
      ...(partitionKey === undefined ? {} : { partition: partitionKey }),
    };
    const started =
      name === undefined
        ? await connection.call("startRun", { ...asked, draft: args.flag("draft") })
        : await connection.call("runBranch", { ...asked, name });
    const report = args.flag("detach") ? started : await follow(connection, started.run, say);
    if (json) document(resultOf(report));
    say(summary(report));
    return report.state === "succeeded" || args.flag("detach") ? 0 : 1;
  },
};

export const runs: Command = {
  name: "runs",
  usage: "",
  about: "list runs, newest first",
  options: { limit: { type: "string", value: "N", about: "at most so many (50)" } },
  async run({ args, connect, json, say, document }) {
    const limit = wholeOf("limit", args.text("limit"));
    await using connection = await connect();
    const { runs: found } = await connection.call("runs", limit === undefined ? {} : { limit });
    if (json) document({ runs: found });
    say(
      formatTable(
        ["run", "state", "started", "took", "trigger"],
        found.map(({ run: id, state, startedAt, endedAt, trigger }) => [
          id,
          state,
          formatTime(startedAt),
          startedAt === null || endedAt === null ? "" : formatMs(endedAt - startedAt),
          (trigger as { type: string }).type,
        ]),
      ),
    );
    return 0;
  },
};

export const logs: Command = {
  name: "logs",
  usage: "RUN",
  about: "what happened in a run, and what its cells printed",
  options: {},
  async run({ args, connect, json, say, document }) {
    const id = needed(args.positionals[0], "cellar logs needs the id of a run; cellar runs lists them");
    await using connection = await connect();
    const { events } = await connection.call("runEvents", { id });
    if (json) document({ events });
    for (const { at, event } of events)
      say(`${formatTime(at)} ${describe(event as Readonly<Record<string, unknown>>)}`);
    return 0;
  },
};

export const cancel: Command = {
  name: "cancel",
  usage: "RUN",
  about: "end a run and its queries",
  options: {},
  async run({ args, connect, json, say, document }) {
    const id = needed(args.positionals[0], "cellar cancel needs the id of a run; cellar runs lists them");
    await using connection = await connect();
    await connection.call("cancelRun", { id });
    if (json) document({ run: id, cancelled: true });
    say(`run ${id} is being cancelled`);
    return 0;
  },
};

export const retry: Command = {
  name: "retry",
  usage: "RUN",
  about: "run again what a run was asked for; what succeeded is reused",
  options: { "from-failure": { type: "boolean", value: "", about: "only what failed, was blocked or cancelled" } },
  async run({ args, connectToWork, json, say, document }) {
    const id = needed(args.positionals[0], "cellar retry needs the id of a run; cellar runs lists them");
    await using connection = await connectToWork();
    const started = await connection.call("retryRun", { id, fromFailure: args.flag("from-failure") });
    const report = await follow(connection, started.run, say);
    if (json) document(resultOf(report));
    say(summary(report));
    return report.state === "succeeded" ? 0 : 1;
  },
};

/** Waits for a run's end, and prints it. Resolves with the exit code. */
export async function followRun(
  connection: Connection,
  id: string,
  { json, say, document }: { readonly json: boolean; say(line: string): void; document(value: unknown): void },
): Promise<number> {
  const report = await follow(connection, id, say);
  if (json) document(resultOf(report));
  say(summary(report));
  return report.state === "succeeded" ? 0 : 1;
}

/** Waits for a run's end, saying each step as it ends. */
export async function follow(connection: Connection, id: string, say: (line: string) => void): Promise<RunReport> {
  const told = new Set<string>();
  for (;;) {
    const report = await connection.call("run", { id });
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
    }
    if (ended.has(report.state)) return report;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
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
  return ` ${sum(({ rows }) => rows)} rows, ${formatBytes(sum(({ bytes }) => bytes))}, ${formatMs(sum(({ ms }) => ms))}`;
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

export function summary({ run: id, state, steps, error }: RunReport): string {
  const counts = new Map<string, number>();
  for (const step of steps) counts.set(step.state, (counts.get(step.state) ?? 0) + 1);
  const parts = [...counts].map(([name, count]) => `${count} ${name}`).join(", ");
  return `run ${id} ${state}${parts === "" ? ": nothing to do" : `: ${parts}`}${error === null ? "" : ` (${error.message})`}`;
}

/** `name=value` of `--param`. Throws `usage`. */
export function parseParam(text: string): [string, unknown] {
  const at = text.indexOf("=");
  if (at < 1) throw new AppError("usage", `not a param: ${JSON.stringify(text)}; write --param name=value`);
  const value = text.slice(at + 1);
  try {
    return [text.slice(0, at), JSON.parse(value)];
  } catch {
    return [text.slice(0, at), value];
  }
}

function describe(event: Readonly<Record<string, unknown>>): string {
  const error = event["error"] as { message?: string } | null | undefined;
  switch (event["type"]) {
    case "log":
      return `${String(event["level"])} ${String(event["asset"] ?? "")} ${String(event["text"])}`;
    case "step_changed":
      return `${String(event["asset"])} ${String(event["state"])}${error?.message === undefined ? ` ${String(event["reason"] ?? "")}` : `: ${error.message}`}`;
    case "run_changed":
      return `run ${String(event["state"])}${error?.message === undefined ? "" : `: ${error.message}`}`;
    case "materialized":
      return `${String(event["asset"])} materialized, ${String(event["rows"] ?? "no")} rows`;
    default:
      return String(event["type"]);
  }
}
