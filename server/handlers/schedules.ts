import { AppError } from "../../cells/errors.ts";
import { didYouMean } from "../../cells/model/nearest.ts";
import type { JobSummary, ScheduleSummary } from "../../cells/api/schedule-shapes.ts";
import type { Catchup } from "../../cells/model/options.ts";
import { nextTick, ticksBetween } from "../../cells/schedule/cron.ts";
import type { PartitionPolicy } from "../../cells/schedule/partition-policy.ts";
import type { Handlers } from "../http/define-routes.ts";
import { jobRequest } from "../jobs/job-request.ts";
import type { JobConfig } from "../jobs/job-config.ts";
import type { OpenWorkspace } from "../open-workspace.ts";
import { pausedSince, setPaused } from "../scheduler/pause.ts";
import type { Schedule } from "../scheduler/schedule.ts";
import { startRun } from "./start-run.ts";
import { timeOf } from "./time.ts";

type Names = "schedules" | "scheduleTicks" | "schedulePreview" | "pauseSchedule" | "resumeSchedule" | "jobs" | "runJob";

const dayMs = 86_400_000;

/** What runs by the clock: schedules of notebooks and jobs, their ticks, and jobs by name. */
export function scheduleHandlers(workspace: OpenWorkspace): Pick<Handlers, Names> {
  const { store, scheduler, clock, config } = workspace;
  const existing = async (name: string): Promise<Schedule> => {
    const all = await scheduler.schedules();
    const found = all.find((schedule) => isNamed(schedule, name));
    if (found !== undefined) return found;
    const names = all.map(({ notebook, id }) => notebook ?? id);
    throw new AppError(
      "not_found",
      `no schedule is named ${JSON.stringify(name)}; ${names.length === 0 ? "there is none yet" : `${didYouMean(name, names)}there are ${names.join(", ")}`}`,
    );
  };
  const summary = async (schedule: Schedule): Promise<ScheduleSummary> => {
    const { id, notebook, job, crons, timezone, catchup, problem } = schedule;
    return {
      name: notebook ?? id,
      notebook,
      job,
      crons: [...crons],
      timezone,
      catchup: sayCatchup(catchup),
      paused: await pausedSince(store, id),
      problem,
      nextTick: nextTick(crons, timezone, clock.now()),
      ticks: (await store.ticks(id, 50)).map((tick) => ({ ...tick })),
    };
  };
  const pause = async (name: string, paused: boolean): Promise<ScheduleSummary> => {
    const schedule = await existing(name);
    // what was due until now is decided as it was
    await scheduler.look();
    await setPaused(store, schedule.id, paused, clock.now());
    return summary(schedule);
  };
  return {
    schedules: async () => ({ schedules: await Promise.all((await scheduler.schedules()).map(summary)) }),
    async scheduleTicks({ name, limit }) {
      const { id } = await existing(name);
      return { ticks: (await store.ticks(id, Math.min(Number(limit ?? 100), 10_000))).map((tick) => ({ ...tick })) };
    },
    async schedulePreview({ name, from, to }) {
      const { crons, timezone } = await existing(name);
      const begin = from === undefined ? clock.now() : timeOf(from);
      const end = to === undefined ? begin + 7 * dayMs : timeOf(to);
      return { ticks: ticksBetween(crons, timezone, begin, end, 10_000).map((tick) => new Date(tick).toISOString()) };
    },
    pauseSchedule: ({ name }) => pause(name, true),
    resumeSchedule: ({ name }) => pause(name, false),
    async jobs() {
      const schedules = await scheduler.schedules();
      return {
        jobs: Array.from(config().jobs.values(), (job) => {
          const schedule = schedules.find((candidate) => candidate.job === job.name);
          const next = schedule === undefined ? null : nextTick(schedule.crons, schedule.timezone, clock.now());
          return jobSummary(job, schedule ?? null, next);
        }),
      };
    },
    async runJob({ name, partition, params, force, tags, priority }) {
      const job = config().jobs.get(name);
      if (job === undefined) {
        const names = [...config().jobs.keys()];
        throw new AppError(
          "not_found",
          `no job of cellar.json is named ${JSON.stringify(name)}; ${names.length === 0 ? "there is none yet" : `${didYouMean(name, names)}there are ${names.join(", ")}`}`,
        );
      }
      const { ended, ...request } = jobRequest(job, clock.now());
      return startRun(workspace, {
        ...request,
        ...(partition === undefined ? (ended === undefined ? {} : { ended }) : { partition }),
        params: { ...job.params, ...params },
        force: force === true || force === "true",
        tags: { ...request.tags, ...tags },
        priority: priority ?? job.priority,
        trigger: { type: "job", job: name },
      });
    },
  };
}

function isNamed({ id, notebook, job }: Schedule, name: string): boolean {
  return id === name || job === name || (notebook !== null && (notebook === name || notebook === `${name}.html`));
}

function jobSummary(job: JobConfig, schedule: Schedule | null, next: number | null): JobSummary {
  return {
    name: job.name,
    select: job.select,
    crons: [...(schedule?.crons ?? [])],
    timezone: schedule?.timezone ?? job.timezone,
    catchup: sayCatchup(job.catchup),
    partition: sayPolicy(job.partition),
    automation: job.automation,
    params: { ...job.params },
    tags: { ...job.tags },
    priority: job.priority,
    description: job.description,
    problem: schedule?.problem ?? null,
    nextTick: next,
  };
}

function sayCatchup(catchup: Catchup): string {
  return catchup.type === "count" ? String(catchup.count) : catchup.type;
}

function sayPolicy(policy: PartitionPolicy): string {
  if (policy.type === "named") return policy.text;
  if (policy.count > 1) return `last ${policy.count}`;
  return policy.ago === 0 ? "ended" : `ended -${policy.ago}`;
}
