import { type Command, onlyBeside, wholeOf } from "../command.ts";
import { ticksBetween } from "../../../cells/schedule/cron.ts";
import { buildWorkspace } from "../../../cells/graph/build-workspace.ts";
import type { Workspace } from "../../../cells/graph/workspace.ts";
import { AppError } from "../../../cells/errors.ts";
import { stalenessOf } from "../../../cells/staleness/staleness.ts";
import { evaluateSelection } from "../../../cells/select/evaluate.ts";
import type { NamedJobs } from "../../../cells/select/named.ts";
import { parseSelection } from "../../../cells/select/parse.ts";
import type { Facts } from "../../../cells/staleness/facts.ts";
import { timeOf } from "../../handlers/time.ts";
import { partitionCadence } from "../../scheduler/schedule.ts";
import { sensorsOf } from "../../sensors/sensor-cells.ts";
import { readWorkspaceConfig } from "../../workspace/workspace-config.ts";
import { readCatalog } from "./inspect.ts";
import { formatTable, formatTime } from "../table.ts";

/** `cellar ticks NAME`: pure, of a schedule as its file has it; with `--history`, what was decided. */
export const ticks: Command = {
  name: "ticks",
  usage: "NAME",
  about: "the instants at which the schedule of a notebook, job or sensor is due",
  options: {
    from: { type: "string", value: "TIME", about: "first instant (now)" },
    to: { type: "string", value: "TIME", about: "last instant (a week later)" },
    history: { type: "boolean", value: "", about: "what was decided at past ticks instead, newest first" },
    limit: { type: "string", value: "N", about: "of the history at most so many (100)" },
  },
  async run({ args, at, directory, connect, json, say, document }) {
    const name = args.positionals[0] ?? "";
    if (args.flag("history")) onlyBeside(args, "--history", ["limit"]);
    else if (args.text("limit") !== undefined)
      throw new AppError("usage", "--limit goes with --history; --from and --to say which instants are listed");
    if (args.flag("history")) {
      const limit = wholeOf("limit", args.text("limit"));
      await using connection = await connect();
      const { ticks: decided } = await connection.call("scheduleTicks", {
        name,
        ...(limit === undefined ? {} : { limit }),
      });
      if (json) document({ ticks: decided.map((tick) => ({ ...tick, tick: new Date(tick.tick).toISOString() })) });
      say(
        formatTable(
          ["tick", "decision", "why", "run"],
          decided.map(({ tick, decision, reason, run }) => [formatTime(tick), decision, reason, run ?? ""]),
        ),
      );
      return 0;
    }
    const { crons, timezone } = await cadenceOf(directory, name);
    const from = args.text("from") === undefined ? (at ?? Date.now()) : timeOf(args.text("from") ?? "");
    const to = args.text("to") === undefined ? from + 7 * 86_400_000 : timeOf(args.text("to") ?? "");
    if (to <= from)
      throw new AppError(
        "usage",
        `--to ${new Date(to).toISOString()} is not after --from ${new Date(from).toISOString()}; write a later end`,
      );
    const instants = ticksBetween(crons, timezone, from, to, 100_000).map((tick) => new Date(tick).toISOString());
    if (json) document({ ticks: instants });
    for (const instant of instants) say(instant);
    return 0;
  },
};

export const schedules: Command = {
  name: "schedules",
  usage: "",
  about: "list what runs by the clock; pause it and let it go on",
  options: {
    pause: { type: "string", value: "NAME", about: "start no runs at the ticks of this notebook or job:NAME" },
    resume: { type: "string", value: "NAME", about: "let it go on from now" },
  },
  async run({ args, connect, json, say, document }) {
    const [pause, resume] = [args.text("pause"), args.text("resume")];
    if (pause !== undefined && resume !== undefined)
      throw new AppError("usage", "--pause and --resume go one at a time; leave one out");
    await using connection = await connect();
    const name = pause ?? resume;
    if (name !== undefined) {
      const changed = await connection.call(pause === undefined ? "resumeSchedule" : "pauseSchedule", { name });
      if (json) document({ schedule: changed.name, paused: changed.paused !== null });
      const next = changed.nextTick === null ? "it has no tick" : `its next tick is ${formatTime(changed.nextTick)}`;
      say(
        changed.paused === null
          ? `schedule ${changed.name} goes on; ${next}`
          : `schedule ${changed.name} is paused since ${formatTime(changed.paused)}`,
      );
      return 0;
    }
    const { schedules: found } = await connection.call("schedules", {});
    if (json) document({ schedules: found });
    say(
      formatTable(
        ["schedule", "when", "zone", "next tick", "last tick", "note"],
        found.map(({ name: own, crons, timezone, nextTick, ticks: [last], paused, problem }) => [
          own,
          crons.join("; "),
          timezone,
          paused === null ? formatTime(nextTick) : "",
          last === undefined ? "" : `${formatTime(last.tick)} ${last.decision}`,
          problem ?? (paused === null ? "" : `paused since ${formatTime(paused)}`),
        ]),
      ),
    );
    return 0;
  },
};

/** Crons and zone of a notebook's or job's schedule, by the files alone. */
async function cadenceOf(
  directory: string,
  name: string,
): Promise<{ readonly crons: readonly string[]; readonly timezone: string }> {
  const catalog = await readCatalog(directory);
  const { config } = await readWorkspaceConfig(directory);
  const job = config.jobs.get(name.replace(/^job:/, ""));
  if (job !== undefined) {
    if (job.schedule.length === 0)
      throw new AppError("usage", `job ${job.name} has no schedule; give it one in cellar.json, as in "0 9 * * *"`);
    if (job.schedule !== "partitions") return { crons: job.schedule, timezone: job.timezone };
    const workspace = buildWorkspace(
      catalog.entries().flatMap((entry) => (entry.type === "notebook" ? [entry.graph] : [])),
    );
    try {
      return partitionCadence(workspace, keysOf(workspace, job.select, config.jobs));
    } catch (error) {
      if (error instanceof AppError) throw new AppError("usage", `job ${job.name}: ${error.message}`);
      throw error;
    }
  }
  const sensor = catalog
    .entries()
    .flatMap((one) => (one.type === "notebook" ? sensorsOf(one, one.path) : []))
    .find(({ key }) => key === name);
  if (sensor?.option.source.type === "cron")
    return { crons: sensor.option.source.crons, timezone: sensor.graph.options.timezone };
  const entry = catalog.entry(name.endsWith(".html") ? name : `${name}.html`);
  if (entry?.type !== "notebook")
    throw new AppError(
      "usage",
      `no notebook ${JSON.stringify(name)} in the workspace, no job of this name, and no sensor with a cron; give a path, a job or a sensor, as in cellar ticks sales`,
    );
  const { schedule, timezone } = entry.graph.options;
  if (schedule.length === 0)
    throw new AppError("usage", `${entry.path} has no schedule; give its <notebook> one, as in schedule="0 9 * * *"`);
  return { crons: schedule, timezone };
}

function keysOf(workspace: Workspace, select: string, jobs: NamedJobs) {
  if (select === "") return [...workspace.order];
  return evaluateSelection(parseSelection(select), workspace, {
    jobs,
    facts: noFacts,
    staleness: stalenessOf(workspace, noFacts),
  });
}

/** as of a workspace that never ran: this command opens no store */
const noFacts: Facts = {
  latest: () => null,
  byMemoKey: () => null,
  fileVersion: () => null,
  lastFailure: () => null,
  medianMs: () => null,
  now: 0,
  engine: "",
};
