import { AppError } from "../../../cells/errors.ts";
import { didYouMean } from "../../../cells/model/nearest.ts";
import type { StoredEvent } from "../../store/store.ts";
import { type Command, type Connection, needed, wholeOf } from "../command.ts";
import { counted, formatMs, formatTable, formatTime } from "../table.ts";
import { branch, partition, select } from "./inspect.ts";
import { connectToRun, finish, isEnded, param, paramsOf, priority, priorityOf, tag, tagsOf } from "./run-options.ts";

export const run: Command = {
  name: "run",
  usage: "",
  about:
    "materialize assets, and wait until they are. Of those with partitions it takes the ones that --partition names; cellar backfill takes many",
  options: {
    select,
    partition,
    param,
    tag,
    priority,
    force: { type: "boolean", value: "", about: "compute even where nothing changed" },
    draft: { type: "boolean", value: "", about: "run the files as they are, also of published notebooks" },
    branch,
    detach: { type: "boolean", value: "", about: "do not wait (only where a server has the workspace)" },
  },
  async run(context) {
    const { args } = context;
    const params = paramsOf(args.texts("param"));
    const tags = tagsOf(args.texts("tag"));
    const order = priorityOf(args.text("priority"));
    await using connection = await connectToRun(context);
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
        ? await connection.call("startRun", { ...asked, ...order, tags, draft: args.flag("draft") })
        : await connection.call("runBranch", { ...asked, name });
    return await finish(connection, started, context);
  },
};

export const runs: Command = {
  name: "runs",
  usage: "",
  about: "list runs, newest first",
  options: {
    limit: { type: "string", value: "N", about: "at most so many (50)" },
    state: { type: "string", multiple: true, value: "STATE", about: "only in this state: queued, running, failed, …" },
    tag: {
      type: "string",
      multiple: true,
      value: "NAME=VALUE",
      about: "only with this tag; NAME alone: whatever value",
    },
    asset: { type: "string", value: "KEY", about: "only with a step of this asset" },
  },
  async run({ args, connect, json, say, document }) {
    const limit = wholeOf("limit", args.text("limit"));
    const [states, tags, asset] = [args.texts("state"), args.texts("tag"), args.text("asset")];
    await using connection = await connect();
    const { runs: found } = await connection.call("runs", {
      ...(limit === undefined ? {} : { limit }),
      ...(states.length === 0 ? {} : { states: states.join(",") }),
      ...(tags.length === 0 ? {} : { tags: tags.map(encodeTag).join("&") }),
      ...(asset === undefined ? {} : { asset }),
    });
    if (json) document({ runs: found });
    say(
      formatTable(
        ["run", "state", "started", "took", "trigger", "tags", "note"],
        found.map(({ run: id, state, startedAt, endedAt, trigger, tags: own, waitsFor, error }) => [
          id,
          state,
          formatTime(startedAt),
          startedAt === null || endedAt === null ? "" : formatMs(endedAt - startedAt),
          sayTrigger(trigger as Readonly<Record<string, unknown>>),
          Object.entries(own)
            .map(([name, value]) => (value === "" ? name : `${name}=${value}`))
            .join(" "),
          waitsFor === null ? (error?.message ?? "") : `waits: ${waitsFor}`,
        ]),
      ),
    );
    return 0;
  },
};

/** Throws `usage` for an asset that a run has no step of: nothing at all would be told of it. */
async function hasStep(connection: Connection, id: string, key: string): Promise<void> {
  const { steps } = await connection.call("run", { id });
  const keys = [...new Set(steps.map((one) => one.key))];
  if (!keys.includes(key))
    throw new AppError(
      "usage",
      `run ${id} has no step of ${key}; ${didYouMean(key, keys)}it has ${keys.slice(0, 10).join(", ") || "none"}`,
    );
}

export const logs: Command = {
  name: "logs",
  usage: "RUN",
  about: "what happened in a run, and what its cells printed",
  options: {
    follow: { type: "boolean", short: "f", value: "", about: "go on until the run has ended" },
    step: { type: "string", value: "KEY", about: "only of this asset" },
  },
  async run({ args, around, connect, json, say, document }) {
    const id = needed(args.positionals[0], "cellar logs needs the id of a run; cellar runs lists them");
    const step = args.text("step");
    await using connection = await connect();
    if (step !== undefined) await hasStep(connection, id, step);
    const told: unknown[] = [];
    let last = 0;
    const tell = (stored: { readonly seq: number; readonly at: number; readonly event: unknown }) => {
      last = stored.seq;
      const event = stored.event as Readonly<Record<string, unknown>>;
      if (step !== undefined && event["asset"] !== step) return;
      told.push(stored);
      say(`${formatTime(stored.at)} ${describe(event)}`);
    };
    const stopped = new AbortController();
    const unlisten = args.flag("follow") ? around.onStop(() => stopped.abort()) : () => undefined;
    try {
      // asked before its events are, so that none of them is missed
      const isOver = isEnded((await connection.call("run", { id })).state);
      for (;;) {
        const { events } = await connection.call("runEvents", { id, after: last });
        events.forEach(tell);
        if (events.length === 0) break;
      }
      if (args.flag("follow") && !isOver) say(await followRun(connection, id, last, tell, stopped.signal));
    } finally {
      unlisten();
    }
    if (json) document({ events: told });
    return 0;
  },
};

/** Tells what happens in a run until it has ended, or `signal` (Ctrl-C) aborts: the run goes on then. Resolves with how it stands. */
async function followRun(
  { events }: Connection,
  id: string,
  after: number,
  tell: (stored: StoredEvent) => void,
  signal: AbortSignal,
): Promise<string> {
  if (events === null)
    return `run ${id} waits for a server, which this workspace has none of; start one with cellar serve`;
  for await (const stored of events(id, after, signal)) {
    tell(stored);
    const { event } = stored;
    if (event.type === "run_changed" && isEnded(event.state)) return `run ${id} has ended`;
  }
  return `run ${id} goes on; cellar logs ${id} --follow follows it again, cellar cancel ${id} ends it`;
}

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
  options: {
    "from-failure": { type: "boolean", value: "", about: "only what failed, was blocked, cancelled or not begun" },
    from: { type: "string", value: "KEY", about: "only this asset and what depends on it in the run, computed anew" },
    all: { type: "boolean", value: "", about: "everything computed anew, also what succeeded" },
    detach: { type: "boolean", value: "", about: "do not wait (only where a server has the workspace)" },
  },
  async run(context) {
    const { args } = context;
    const id = needed(args.positionals[0], "cellar retry needs the id of a run; cellar runs lists them");
    const from = args.text("from");
    await using connection = await connectToRun(context);
    const started = await connection.call("retryRun", {
      id,
      fromFailure: args.flag("from-failure"),
      all: args.flag("all"),
      ...(from === undefined ? {} : { from }),
    });
    return await finish(connection, started, context);
  },
};

/** `team=sales` as the address has it. */
function encodeTag(text: string): string {
  const [name = "", ...value] = text.split("=");
  return value.length === 0
    ? encodeURIComponent(name)
    : `${encodeURIComponent(name)}=${encodeURIComponent(value.join("="))}`;
}

/** What started a run, in two words. */
function sayTrigger({ type, ...of }: Readonly<Record<string, unknown>>): string {
  switch (type) {
    case "schedule":
      return `schedule ${String(of["schedule"])}`;
    case "job":
      return `job ${String(of["job"])}`;
    case "retry":
      return `retry of ${String(of["of"])}`;
    case "sensor":
      // notebook's id and name
      return `sensor ${String(of["sensor"]).replace(/^.*#/, "")}`;
    case "reported":
      return `reported ${String(of["file"])}`;
    default:
      return String(type);
  }
}

function describe(event: Readonly<Record<string, unknown>>): string {
  const error = event["error"] as { message?: string } | null | undefined;
  switch (event["type"]) {
    case "log":
      return `${String(event["level"])} ${String(event["asset"] ?? "")} ${String(event["text"])}`;
    case "step_changed":
      return `${assetOf(event)} ${String(event["state"])}${error?.message === undefined ? ` ${String(event["reason"] ?? "")}` : `: ${error.message}`}`;
    case "run_changed":
      return `run ${String(event["state"])}${error?.message === undefined ? "" : `: ${error.message}`}`;
    case "materialized":
      return `${assetOf(event)} materialized${typeof event["rows"] === "number" ? `, ${counted(event["rows"], "row")}` : ""}`;
    default:
      return String(event["type"]);
  }
}

/** The asset of an event, with its partition. */
function assetOf(event: Readonly<Record<string, unknown>>): string {
  const slice = typeof event["partition"] === "string" && event["partition"] !== "" ? ` (${event["partition"]})` : "";
  return `${String(event["asset"])}${slice}`;
}
