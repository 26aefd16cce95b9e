import type { RunRequest } from "../planning/planner.ts";
import type { JobConfig } from "./job-config.ts";

/** The tag that every run of a job has. */
const jobTag = "job";

/** A job as a target of automation, beside the assets that a run with these tags is to make. */
export function jobTargetOf(tags: Readonly<Record<string, string>>): Readonly<Record<string, readonly string[]>> {
  const job = tags[jobTag];
  return job === undefined ? {} : { [`job:${job}`]: [""] };
}

/** What a job asks for at an instant: its partitions of time are those that had ended by then, as its policy says. */
export function jobRequest(job: JobConfig, at: number): Omit<RunRequest, "trigger"> {
  const { partition, select, params, tags, priority, rules, name } = job;
  return {
    select,
    params,
    priority,
    rules,
    tags: { ...tags, [jobTag]: name },
    force: false,
    draft: false,
    ...(partition.type === "named"
      ? { partition: partition.text }
      : { partition: null, ended: { at, count: partition.count, ago: partition.ago } }),
  };
}
