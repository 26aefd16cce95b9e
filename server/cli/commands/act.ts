import { resolve } from "node:path";
import { AppError } from "../../../cells/errors.ts";
import type { RunReport } from "../../../cells/api/schema.ts";
import { type Command, type Connection, wholeOf } from "../command.ts";
import { formatBytes, formatMs, formatTable, formatTime } from "../table.ts";
import { partition, select } from "./inspect.ts";

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
    detach: { type: "boolean", value: "", about: "do not wait (only where a server has the workspace)" },
  },
  async run({ args, connectToWork, json, say, document }) {
    const params = Object.fromEntries(args.texts("param").map(parseParam));
    const connection = await connectToWork();
    try {
      const partitionKey = args.text("partition");
      const started = await connection.call("startRun", {
        select: args.text("select") ?? "",
        params,
        force: args.flag("force"),
        draft: args.flag("draft"),
        ...(partitionKey === undefined ? {} : { partition: partitionKey }),
      });
      const report = args.flag("detach") ? started : await follow(connection, started.run, say);
      if (json) document(resultOf(report));
      say(summary(report));
      return report.state === "succeeded" || args.flag("detach") ? 0 : 1;
    } finally {
      await connection.close();
    }
  },
};

export const runs: Command = {
  name: "runs",
  usage: "",
  about: "list runs, newest first",
  options: { limit: { type: "string", value: "N", about: "at most so many (50)" } },
  async run({ args, connect, json, say, document }) {
    const limit = wholeOf("limit", args.text("limit"));
    const connection = await connect();
    try {
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
    } finally {
      await connection.close();
    }
  },
};

export const logs: Command = {
  name: "logs",
  usage: "RUN",
  about: "what happened in a run, and what its cells printed",
  options: {},
  async run({ args, connect, json, say, document }) {
    const id = needed(args.positionals[0], "cellar logs needs the id of a run; cellar runs lists them");
    const connection = await connect();
    try {
      const { events } = await connection.call("runEvents", { id });
      if (json) document({ events });
      for (const { at, event } of events)
        say(`${formatTime(at)} ${describe(event as Readonly<Record<string, unknown>>)}`);
      return 0;
    } finally {
      await connection.close();
    }
  },
};

export const cancel: Command = {
  name: "cancel",
  usage: "RUN",
  about: "end a run and its queries",
  options: {},
  async run({ args, connect, json, say, document }) {
    const id = needed(args.positionals[0], "cellar cancel needs the id of a run; cellar runs lists them");
    const connection = await connect();
    try {
      await connection.call("cancelRun", { id });
      if (json) document({ run: id, cancelled: true });
      say(`run ${id} is being cancelled`);
      return 0;
    } finally {
      await connection.close();
    }
  },
};

export const retry: Command = {
  name: "retry",
  usage: "RUN",
  about: "run again what a run was asked for; what succeeded is reused",
  options: { "from-failure": { type: "boolean", value: "", about: "only what failed, was blocked or cancelled" } },
  async run({ args, connectToWork, json, say, document }) {
    const id = needed(args.positionals[0], "cellar retry needs the id of a run; cellar runs lists them");
    const connection = await connectToWork();
    try {
      const started = await connection.call("retryRun", { id, fromFailure: args.flag("from-failure") });
      const report = await follow(connection, started.run, say);
      if (json) document(resultOf(report));
      say(summary(report));
      return report.state === "succeeded" ? 0 : 1;
    } finally {
      await connection.close();
    }
  },
};

export const publish: Command = {
  name: "publish",
  usage: "PATH",
  about: "make a notebook's present text the revision that the server runs, on its schedule",
  options: {},
  async run({ args, connect, json, say, document }) {
    const path = needed(
      args.positionals[0],
      "cellar publish needs the path of a notebook, as in cellar publish sales.html",
    );
    const connection = await connect();
    try {
      const published = await connection.call("publish", { path });
      if (json) document(published);
      for (const warning of published.warnings) say(`warning: ${warning}`);
      say(`${path} is published at revision ${published.revision.slice(0, 12)}`);
      return 0;
    } finally {
      await connection.close();
    }
  },
};

export const unpublish: Command = {
  name: "unpublish",
  usage: "PATH",
  about: "stop the server from running a notebook; its assets and history stay",
  options: {},
  async run({ args, connect, json, say, document }) {
    const path = needed(
      args.positionals[0],
      "cellar unpublish needs the path of a notebook, as in cellar unpublish sales.html",
    );
    const connection = await connect();
    try {
      await connection.call("unpublish", { path });
      if (json) document({ path, published: false });
      say(`${path} is no longer published`);
      return 0;
    } finally {
      await connection.close();
    }
  },
};

const formats = ["parquet", "arrow", "arrow-stream", "csv", "json"] as const;

export const exportAsset: Command = {
  name: "export",
  usage: "KEY",
  about: "write an asset to a file",
  options: {
    partition,
    version: { type: "string", value: "V", about: "a data version of cellar history (the present one)" },
    format: { type: "string", value: "FORMAT", about: "parquet, arrow, arrow-stream, csv or json (parquet)" },
    output: { type: "string", short: "o", value: "FILE", about: "file to write" },
  },
  async run({ args, connect, json, say, document }) {
    const key = needed(
      args.positionals[0],
      "cellar export needs the key of an asset, as in cellar export sales/orders -o orders.parquet",
    );
    const file = resolve(needed(args.text("output"), "cellar export needs -o FILE, the file to write"));
    const format = formats.find((name) => name === (args.text("format") ?? "parquet"));
    if (format === undefined)
      throw new AppError(
        "usage",
        `unknown format ${JSON.stringify(args.text("format"))}; choose ${formats.join(", ")}`,
      );
    const connection = await connect();
    try {
      const version = args.text("version");
      const bytes = await connection.download(
        "data",
        { key, format, ...(version === undefined ? {} : { version }) },
        file,
      );
      const { materializations } = await connection.call("history", { key });
      const fact = materializations.find(
        ({ dataVersion, sha256 }) => version === undefined || dataVersion === version || sha256 === version,
      );
      if (json) document({ file, rows: fact?.rows ?? null, bytes });
      say(`${key} → ${file}: ${fact?.rows ?? "?"} rows, ${formatBytes(bytes)}`);
      return 0;
    } finally {
      await connection.close();
    }
  },
};

export const share: Command = {
  name: "share",
  usage: "",
  about: "make, list or revoke links that show lineage to someone without a login",
  options: {
    select,
    run: { type: "string", value: "ID", about: "the lineage as it was at the end of a run, frozen" },
    "with-data": { type: "boolean", value: "", about: "let the link's holder also download the assets that it shows" },
    days: { type: "string", value: "N", about: "how long the link lives (30)" },
    list: { type: "boolean", value: "", about: "list links" },
    revoke: { type: "string", value: "ID", about: "end a link at once" },
  },
  async run({ args, connect, json, say, document }) {
    const connection = await connect();
    try {
      const revoke = args.text("revoke");
      if (revoke !== undefined) {
        await connection.call("revokeShare", { id: revoke });
        if (json) document({ id: revoke, revoked: true });
        say(`link ${revoke} is revoked`);
      } else if (args.flag("list")) {
        const { shares } = await connection.call("shares", {});
        if (json) document({ shares });
        say(
          formatTable(
            ["link", "selection", "made", "ends", "state"],
            shares.map(({ id, selection, createdAt, expiresAt, revokedAt }) => [
              id,
              selection === "" ? "*" : selection,
              formatTime(createdAt),
              formatTime(expiresAt),
              revokedAt !== null ? "revoked" : expiresAt !== null && expiresAt < Date.now() ? "expired" : "open",
            ]),
          ),
        );
      } else {
        const days = Number(args.text("days") ?? 30);
        if (!(days > 0 && days <= 366))
          throw new AppError(
            "usage",
            `not a number of days: ${JSON.stringify(args.text("days"))}; give --days from 1 to 366`,
          );
        const id = args.text("run");
        const made = await connection.call("createShare", {
          select: args.text("select") ?? "",
          withData: args.flag("with-data"),
          expiresInMs: Math.round(days * 86_400_000),
          ...(id === undefined ? {} : { run: id }),
        });
        if (json) document(made);
        say(`${made.url}\nopen until ${formatTime(made.expiresAt)}; cellar share --revoke ${made.id} ends it`);
      }
      return 0;
    } finally {
      await connection.close();
    }
  },
};

export const login: Command = {
  name: "login",
  usage: "",
  about: "print a one-time login link to the server that has the workspace",
  options: {},
  async run({ connect, json, say, document }) {
    const connection = await connect();
    try {
      const { url } = await connection.call("loginCode", {});
      if (!connection.remote)
        throw new AppError("usage", "no server has this workspace; start it with cellar serve, which prints a link");
      if (json) document({ url });
      say(url);
      return 0;
    } finally {
      await connection.close();
    }
  },
};

/** Waits for a run's end, saying each step as it ends. */
async function follow(connection: Connection, id: string, say: (line: string) => void): Promise<RunReport> {
  const told = new Set<string>();
  for (;;) {
    const report = await connection.call("run", { id });
    for (const step of report.steps) {
      const isDone = !["waiting", "running", "committing"].includes(step.state);
      const name = `${step.key} ${step.partition ?? ""}`;
      if (!isDone || told.has(name)) continue;
      told.add(name);
      const amount = step.rows === null ? "" : ` ${step.rows} rows, ${formatBytes(step.bytes)}, ${formatMs(step.ms)}`;
      say(
        `${step.state.padEnd(9)} ${step.key}${step.state === "succeeded" ? amount : ` (${step.error?.message ?? step.reason})`}`,
      );
    }
    if (ended.has(report.state)) return report;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

/** The document of `cellar run --json`. */
function resultOf({ run: id, state, error, steps }: RunReport): object {
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

function summary({ run: id, state, steps, error }: RunReport): string {
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

function needed(value: string | undefined, message: string): string {
  if (value === undefined || value === "") throw new AppError("usage", message);
  return value;
}
