import { readNotebookOptions } from "../../cells/format/options.ts";
import { parseNotebook } from "../../cells/format/parse.ts";
import type { Workspace } from "../../cells/graph/workspace.ts";
import type { AssetKey } from "../../cells/model/asset-key.ts";
import type { Catchup, NotebookOptions } from "../../cells/model/options.ts";
import { parsePartitions } from "../../cells/partition/parse.ts";
import { parseCron } from "../../cells/schedule/cron.ts";
import { notebookSelection } from "../../cells/select/named.ts";
import { AppError, messageOf } from "../../cells/errors.ts";
import type { JobConfig } from "../jobs/job-config.ts";
import { jobRequest } from "../jobs/job-request.ts";
import type { RunRequest } from "../planning/planner.ts";
import type { PublishedNotebook } from "../store/store.ts";

/** What runs by the clock: a published notebook, or a job of `cellar.json`. */
export interface Schedule {
  /** stable name in the store: the notebook's id, or `job:` and the job's name */
  readonly id: string;
  /** the notebook's path, or null */
  readonly notebook: string | null;
  /** the job's name, or null */
  readonly job: string | null;
  readonly crons: readonly string[];
  readonly timezone: string;
  readonly catchup: Catchup;
  /** why it has no ticks although it should, or null */
  readonly problem: string | null;
  /** no tick before it is due; null: from when it is first seen */
  readonly begunAt: number | null;
  /** what a tick starts */
  readonly request: (tick: number) => Omit<RunRequest, "trigger">;
}

/** The id of a job's schedule. */
export function jobScheduleId(job: string): string {
  return `job:${job}`;
}

/** The schedules of published notebooks. A tick is about what had ended by then, where assets have partitions of time (C11). */
export function notebookSchedules(published: readonly PublishedNotebook[]): readonly Schedule[] {
  return published.flatMap(({ id, path, text, publishedAt }): Schedule[] => {
    const options = optionsOf(text);
    if (options.schedule.length === 0) return [];
    return [
      {
        id,
        notebook: path,
        job: null,
        crons: options.schedule,
        timezone: options.timezone,
        catchup: options.catchup,
        problem: null,
        begunAt: publishedAt,
        request: (tick) => ({
          select: notebookSelection(path),
          partition: null,
          ended: { at: tick, count: 1, ago: 0 },
          params: {},
          force: false,
          draft: false,
        }),
      },
    ];
  });
}

/** The schedules of jobs. `select` gives the assets that a selection names, for those that follow their partitions. */
export async function jobSchedules(
  jobs: Iterable<JobConfig>,
  workspace: () => Promise<Workspace>,
  select: (selection: string) => Promise<readonly AssetKey[]>,
): Promise<readonly Schedule[]> {
  const schedules: Schedule[] = [];
  for (const job of jobs) {
    const { schedule } = job;
    if (schedule.length === 0) continue;
    const common = {
      id: jobScheduleId(job.name),
      notebook: null,
      job: job.name,
      catchup: job.catchup,
      begunAt: null,
      request: (tick: number) => jobRequest(job, tick),
    };
    if (schedule !== "partitions")
      schedules.push({ ...common, crons: schedule, timezone: job.timezone, problem: null });
    else
      try {
        schedules.push({ ...common, ...partitionCadence(await workspace(), await select(job.select)), problem: null });
      } catch (error) {
        schedules.push({ ...common, crons: [], timezone: job.timezone, problem: messageOf(error) });
      }
  }
  return schedules;
}

/** When windows of these assets' partitions end: cron and zone of their one definition of time. */
export function partitionCadence(
  workspace: Workspace,
  keys: readonly AssetKey[],
): { readonly crons: readonly string[]; readonly timezone: string } {
  const found = new Map<string, { readonly crons: readonly string[]; readonly timezone: string }>();
  for (const key of keys) {
    const node = workspace.assets.get(key);
    if (node === undefined || node.options.partitions === null) continue;
    const definition = parsePartitions(node.options.partitions);
    const all = definition.type === "multi" ? definition.dimensions.map(({ partitions }) => partitions) : [definition];
    for (const one of all) {
      if (one.type !== "time") continue;
      const timezone = one.timezone ?? workspace.notebooks.get(node.notebook)?.options.timezone ?? "UTC";
      const cron = parseCron(one.cron);
      found.set(`${cron} ${timezone}`, { crons: [cron], timezone });
    }
  }
  const [first, second] = found.values();
  if (first === undefined)
    throw new AppError(
      "config_invalid",
      'it follows partitions, and none of its assets has any of time; write "schedule" as a cron, as in "0 6 * * *"',
    );
  if (second !== undefined)
    throw new AppError(
      "config_invalid",
      `it follows partitions, and its assets have several cadences (${[...found.keys()].join("; ")}); write "schedule" as a cron`,
    );
  return first;
}

/** What makes a schedule another one, so that what was due before is not missed. */
export function definitionOf({ crons, timezone }: Pick<Schedule, "crons" | "timezone">): string {
  return JSON.stringify([crons, timezone]);
}

/** What a notebook's text says of itself. */
export function optionsOf(text: string): NotebookOptions {
  return readNotebookOptions(parseNotebook(text).notebook).options;
}
