import { messageOf } from "../../cells/errors.ts";
import { parseCondition } from "../../cells/automation/parse.ts";
import { factIn } from "../../cells/automation/read.ts";
import { parseCatchup, parseSchedule } from "../../cells/format/option-values.ts";
import type { Catchup } from "../../cells/model/options.ts";
import type { RunRules } from "../../cells/model/run.ts";
import { parseTimeZone } from "../../cells/partition/time-zone.ts";
import { lastEnded, parsePartitionPolicy, type PartitionPolicy } from "../../cells/schedule/partition-policy.ts";
import { parseSelection } from "../../cells/select/parse.ts";
import { type ConfigNode, ConfigObject, membersIn, type Report } from "../workspace/config-object.ts";

/** A job of `cellar.json`, read and complete: a selection with a name, and when it runs by itself. */
export interface JobConfig {
  readonly name: string;
  readonly select: string;
  /** cron expressions; empty where only people start it; `partitions`: at each end of a window of its partitions */
  readonly schedule: readonly string[] | "partitions";
  readonly timezone: string;
  readonly catchup: Catchup;
  readonly partition: PartitionPolicy;
  /** a condition by which it runs whole; null where it has none */
  readonly automation: string | null;
  readonly params: Readonly<Record<string, unknown>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly priority: number;
  /** null: those of the queue */
  readonly rules: Partial<RunRules>;
  readonly description: string | null;
}

const members = [
  "select",
  "schedule",
  "timezone",
  "catchup",
  "partition",
  "automation",
  "params",
  "tags",
  "priority",
  "timeout",
  "retries",
  "retryDelay",
  "retryFrom",
  "description",
];

/** Reads the member `jobs` of `cellar.json`. A job with an error is left out, and the error reported with its place. */
export function readJobs(section: ConfigNode | undefined, report: Report): ReadonlyMap<string, JobConfig> {
  const jobs = new Map<string, JobConfig>();
  const reads = new Map<string, ConfigObject>();
  if (section === undefined) return jobs;
  if (section.type !== "object") {
    report(section.offset, '"jobs" must be an object of name → job, as in {"nightly": {"select": "tag:daily"}}');
    return jobs;
  }
  for (const [name, key, node] of membersIn(section)) {
    if (!/^[A-Za-z][\w-]{0,63}$/.test(name))
      report(key.offset, `not a name of a job: ${JSON.stringify(name)}; use letters, digits, _ and -`);
    else if (jobs.has(name)) report(key.offset, `job ${JSON.stringify(name)} is there twice; keep one`);
    else {
      const read = new ConfigObject(`job ${JSON.stringify(name)}`, node ?? key, report);
      reads.set(name, read);
      const job = readJob(name, node ?? key, read);
      if (job !== null) jobs.set(name, job);
    }
  }
  for (const [name, read] of reads) if (!isSteady(read, jobs.get(name), jobs)) jobs.delete(name);
  return jobs;
}

function readJob(name: string, node: ConfigNode, read: ConfigObject): JobConfig | null {
  if (node.type !== "object") return read.wrong(node, 'must be an object, as in {"select": "tag:daily"}');
  read.knows(members);
  const hasSelect = read.text("select", 'a selection, as in "tag:daily", or "*" for everything') !== null;
  const select = hasSelect
    ? read.parsed("select", "", (text) => {
        if (text.trim() !== "*") parseSelection(text);
        return text.trim() === "*" ? "" : text;
      })
    : "";
  const job: JobConfig = {
    name,
    select,
    schedule: readSchedule(read),
    timezone: read.parsed("timezone", "UTC", parseTimeZone),
    catchup: read.parsed("catchup", { type: "latest" } as Catchup, parseCatchup),
    partition: read.parsed("partition", lastEnded, parsePartitionPolicy),
    automation: readAutomation(read),
    params: readParams(read),
    tags: read.textsByName("tags", '{"team": "sales"}'),
    priority: read.whole("priority", 0, -1_000_000, 1_000_000),
    rules: readRules(read),
    description: read.members.has("description") ? read.text("description", "a sentence") : null,
  };
  return read.isWrong ? null : job;
}

function readAutomation(read: ConfigObject): string | null {
  return read.parsed<string | null>("automation", null, (text) => {
    parseCondition(text);
    return text.trim() === "manual" ? null : text;
  });
}

/** Whether a job with a condition selects the same each time: whose the condition is must not change with each run. */
function isSteady(read: ConfigObject, job: JobConfig | undefined, jobs: ReadonlyMap<string, JobConfig>): boolean {
  if (job === undefined || job.automation === null) return true;
  const seen = new Set([job.name]);
  const factOf = (select: string): string | null => factIn(parseSelection(select), ofJob);
  const ofJob = (named: string | null): string | null => {
    for (const name of named === null ? jobs.keys() : [named]) {
      if (seen.has(name)) continue;
      seen.add(name);
      const fact = factOf(jobs.get(name)?.select ?? "");
      if (fact !== null) return `${fact} (job:${name})`;
    }
    return null;
  };
  const fact = factOf(job.select);
  if (fact !== null)
    read.wrong(
      read.at("select"),
      `has an automation and a select with ${fact} in it, which may be another with each run; select by key, tag, group, owner or kind`,
    );
  return fact === null;
}

/** `timeout`, `retries`, `retryDelay`, `retryFrom`: those that are there. */
export function readRules(read: ConfigObject, timeout = "timeout"): Partial<RunRules> {
  const has = (key: string) => read.members.has(key);
  return {
    ...(has(timeout) ? { timeoutMs: read.duration(timeout, null) } : {}),
    ...(has("retries") ? { retries: read.whole("retries", 0, 0, 100) } : {}),
    ...(has("retryDelay") ? { retryDelayMs: read.duration("retryDelay", 0) } : {}),
    ...(has("retryFrom") ? { retryFrom: read.word("retryFrom", "failure", "all") } : {}),
  };
}

function readSchedule(read: ConfigObject): readonly string[] | "partitions" {
  const node = read.members.get("schedule");
  if (node === undefined) return [];
  if (node.value === "partitions") return "partitions";
  if (node.type === "array") {
    const texts = read.texts("schedule", 'cron expressions, as in ["0 6 * * *", "0 18 * * 5"]') ?? [];
    if (texts.length === 0 && !read.isWrong) read.wrong(node, "has an empty schedule; take it out where there is none");
    return texts.flatMap((text, i) => {
      try {
        return parseSchedule(text);
      } catch (error) {
        read.wrong(node.children?.[i] ?? node, `has a schedule that cannot be read: ${messageOf(error)}`);
        return [];
      }
    });
  }
  return read.parsed("schedule", [] as readonly string[], parseSchedule);
}

function readParams(read: ConfigObject): Readonly<Record<string, unknown>> {
  const node = read.members.get("params");
  if (node === undefined) return {};
  if (node.type !== "object") {
    read.wrong(node, 'has params that are no object of name → value, as in {"year": 2026}');
    return {};
  }
  return Object.fromEntries(membersIn(node).map(([name, , value]) => [name, valueOf(value)]));
}

/** A JSON value from its tree. */
function valueOf(node: ConfigNode | undefined): unknown {
  if (node?.type === "array") return (node.children ?? []).map(valueOf);
  if (node?.type === "object")
    return Object.fromEntries(membersIn(node).map(([name, , value]) => [name, valueOf(value)]));
  return node?.value ?? null;
}
