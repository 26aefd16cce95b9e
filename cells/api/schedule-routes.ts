import { flag, get, most, path, priority, send, tags } from "./route.ts";
import { JobSummary, ScheduleSummary, TickReport } from "./schedule-shapes.ts";
import { Json, RunReport, Text, Type } from "./schema.ts";

const name = path;

/** Routes of what runs by the clock: schedules of published notebooks and of jobs, and jobs by name. */
export const scheduleRoutes = {
  schedules: get(
    "/api/schedules",
    "schedules of published notebooks and of jobs, and their last ticks",
    Type.Object({}),
    Type.Object({ schedules: Type.Array(ScheduleSummary) }),
  ),
  scheduleTicks: get(
    "/api/schedules/:name/ticks",
    "what was decided at the ticks of a schedule, newest first; its name is the notebook's path, or job:NAME",
    Type.Object({ name, limit: most }),
    Type.Object({ ticks: Type.Array(TickReport) }),
  ),
  schedulePreview: get(
    "/api/schedules/:name/preview",
    "the instants at which a schedule is due, from now or `from` on for a week or up to `to`",
    Type.Object({ name, from: Type.Optional(Text), to: Type.Optional(Text) }),
    Type.Object({ ticks: Type.Array(Type.String()) }),
  ),
  pauseSchedule: send(
    "POST",
    "/api/schedules/:name/pause",
    "starts no runs at the ticks of a schedule until it is resumed; they are kept as skipped",
    Type.Object({ name }),
    ScheduleSummary,
  ),
  resumeSchedule: send(
    "POST",
    "/api/schedules/:name/resume",
    "lets a schedule go on from now",
    Type.Object({ name }),
    ScheduleSummary,
  ),
  jobs: get("/api/jobs", "the jobs of cellar.json", Type.Object({}), Type.Object({ jobs: Type.Array(JobSummary) })),
  runJob: send(
    "POST",
    "/api/jobs/:name/run",
    "starts a run of a job now",
    Type.Object({
      name,
      partition: Type.Optional(Text),
      params: Type.Optional(Type.Record(Type.String(), Json)),
      force: flag,
      tags,
      priority,
    }),
    RunReport,
  ),
} as const;
