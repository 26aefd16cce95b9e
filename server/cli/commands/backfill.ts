import type { BackfillPlan, BackfillReport, StepCounts } from "../../../cells/api/backfill-schema.ts";
import { AppError } from "../../../cells/errors.ts";
import { type Command, type Connection, onlyBeside, wholeOf } from "../command.ts";
import { Progress } from "../progress.ts";
import { counted, formatMs, formatTable, formatTime } from "../table.ts";
import { select } from "./inspect.ts";
import { connectToRun, paramsOf } from "./run-options.ts";

const pollMs = 200;
const shownRanges = 6;
const shownFailures = 10;

export const backfill: Command = {
  name: "backfill",
  usage: "",
  about:
    "materialize many partitions, also of what reads them: ask, look (--status), end (--cancel), do again (--retry)",
  options: {
    select,
    partition: { type: "string", value: "KEYS", about: "a partition, a range A..B, or * (all that exist)" },
    missing: { type: "boolean", value: "", about: "only partitions that have no data" },
    failed: { type: "boolean", value: "", about: "only partitions whose last attempt failed" },
    stale: {
      type: "boolean",
      value: "",
      about: "only partitions of which code or inputs changed, or will once those are made",
    },
    param: {
      type: "string",
      multiple: true,
      value: "NAME=VALUE",
      about: "a param in place of the notebook's default; JSON, or text",
    },
    force: { type: "boolean", value: "", about: "compute even where nothing changed" },
    chunk: { type: "string", value: "N", about: "at most so many steps in one run (2000)" },
    "dry-run": { type: "boolean", value: "", about: "say what would be done, and do nothing" },
    detach: { type: "boolean", value: "", about: "do not wait (only where a server has the workspace)" },
    status: { type: "string", value: "ID", about: "how far a backfill is" },
    cancel: { type: "string", value: "ID", about: "end a backfill and its queries; what is done stays" },
    retry: { type: "string", value: "ID", about: "what a backfill left undone, as a new one" },
  },
  async run({ args, around, connect, connectToWork, json, say, document }) {
    const [status, cancel, retry] = (["status", "cancel", "retry"] as const).map((name) => args.text(name));
    if ([status, cancel, retry].filter((id) => id !== undefined).length > 1)
      throw new AppError("usage", "--status, --cancel and --retry are three questions; ask one of them");
    for (const [name, beside] of [
      ["status", []],
      ["cancel", []],
      ["retry", ["detach"]],
    ] as const)
      if (args.text(name) !== undefined) onlyBeside(args, `--${name}`, beside);
    if (args.flag("dry-run") && args.flag("detach"))
      throw new AppError("usage", "--detach does nothing beside --dry-run; leave one of the two out");
    if (status !== undefined) {
      await using connection = await connect();
      const report = await connection.call("backfill", { id: status });
      if (json) document(report);
      sayReport(report, say);
      return 0;
    }
    if (cancel !== undefined) {
      await using connection = await connect();
      await connection.call("cancelBackfill", { id: cancel });
      if (json) document({ id: cancel, cancelled: true });
      say(`backfill ${cancel} is cancelled; --retry ${cancel} goes on with what it left`);
      return 0;
    }
    const chunk = wholeOf("chunk", args.text("chunk"));
    const partition = args.text("partition");
    const question = {
      select: args.text("select") ?? "",
      only: (["missing", "failed", "stale"] as const).filter((name) => args.flag(name)),
      params: paramsOf(args.texts("param")),
      force: args.flag("force"),
      ...(partition === undefined ? {} : { partition }),
      ...(chunk === undefined ? {} : { chunk: Number(chunk) }),
    };
    if (args.flag("dry-run")) {
      await using connection = await connect();
      const plan = await connection.call("planBackfill", question);
      if (json) document(plan);
      sayPlan(plan, say);
      return 0;
    }
    await using connection = await connectToRun({ args, connect, connectToWork });
    const started =
      retry === undefined
        ? await connection.call("startBackfill", question)
        : await connection.call("retryBackfill", { id: retry });
    if (args.flag("detach")) {
      if (json) document(started);
      say(`backfill ${started.id} has ${started.counts.total} partitions to do`);
      return 0;
    }
    const terminal = !json && around.stdout.isTTY === true ? around.stdout : null;
    const report = await follow(connection, started.id, new Progress(say, terminal, Date.now()));
    if (json) document(report);
    sayReport(report, say);
    return report.state === "succeeded" ? 0 : 1;
  },
};

export const backfills: Command = {
  name: "backfills",
  usage: "",
  about: "list backfills, newest first",
  options: { limit: { type: "string", value: "N", about: "at most so many (50)" } },
  async run({ args, connect, json, say, document }) {
    const limit = wholeOf("limit", args.text("limit"));
    await using connection = await connect();
    const { backfills: found } = await connection.call("backfills", limit === undefined ? {} : { limit });
    if (json) document({ backfills: found });
    say(
      formatTable(
        ["backfill", "state", "created", "done", "selection"],
        found.map(({ id, state, createdAt, counts, select: selection, partition }) => [
          ...[id, state, formatTime(createdAt), `${doneOf(counts)}/${counts.total}`],
          `${selection === "" ? "everything" : selection} ${partition}`,
        ]),
      ),
    );
    return 0;
  },
};

/** Waits for a backfill's end, showing how far it is. */
async function follow(connection: Connection, id: string, progress: Progress): Promise<BackfillReport> {
  for (;;) {
    const report = await connection.call("backfill", { id });
    progress.show(doneOf(report.counts), report.counts.total, asideOf(report.counts), Date.now());
    if (report.endedAt !== null) {
      progress.end();
      return report;
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

function doneOf({ total, waiting, running }: StepCounts): number {
  return total - waiting - running;
}

function asideOf({ failed, blocked, cancelled }: StepCounts): string {
  return Object.entries({ failed, blocked, cancelled })
    .flatMap(([name, count]) => (count > 0 ? [`${count} ${name}`] : []))
    .join(", ");
}

function sayCounts({ total: _total, ...counts }: StepCounts): string {
  const parts = Object.entries(counts).flatMap(([name, count]) => (count > 0 ? [`${count} ${name}`] : []));
  return parts.join(", ") || "nothing to do";
}

function sayReport(
  { id, state, counts, assets, failures, startedAt, endedAt, error }: BackfillReport,
  say: (line: string) => void,
) {
  if (assets.length > 1) for (const asset of assets) say(`${asset.key}: ${sayCounts(asset.counts)}`);
  for (const { key, partition, message } of failures.slice(0, shownFailures))
    say(`failed ${key}${partition === null ? "" : ` (${partition})`}: ${message}`);
  if (failures.length > shownFailures) say(`… --status ${id} --json lists more of what failed`);
  const took = startedAt === null || endedAt === null ? "" : ` in ${formatMs(endedAt - startedAt)}`;
  say(`backfill ${id} ${state}${took}: ${sayCounts(counts)}${error === null ? "" : ` (${error.message})`}`);
  if (state === "failed") say(`cellar backfill --retry ${id} does again what it left`);
}

function sayPlan({ total, runs, assets, reasons }: BackfillPlan, say: (line: string) => void): void {
  for (const { key, run, reuse, skip, ranges, estimateMs } of assets) {
    const counts = Object.entries({ "to run": run, "to reuse": reuse, "to skip": skip })
      .flatMap(([name, count]) => (count > 0 ? [`${count} ${name}`] : []))
      .join(", ");
    const some = ranges.filter((range) => range !== "").slice(0, shownRanges);
    const which = some.length === 0 ? "" : ` (${some.join(", ")}${ranges.length > some.length ? ", …" : ""})`;
    say(`${key}: ${counts}${which}${estimateMs === null || run === 0 ? "" : `, about ${formatMs(estimateMs)}`}`);
    const why = reasons.filter((reason) => reason.key === key).slice(0, 3);
    for (const { action, reason, count } of why) say(`  ${count} ${action}: ${reason}`);
  }
  const toRun = assets.reduce((sum, { run }) => sum + run, 0);
  if (total === 0) say("nothing to do");
  else if (toRun === 0) say(`nothing to run: ${counted(total, "step")} to reuse or skip`);
  else say(`${counted(total, "step")} in ${counted(runs, "run")}`);
}
