import { defaultRunRules, type RunRules } from "../../cells/model/run.ts";
import { readRules } from "../jobs/job-config.ts";
import { type ConfigNode, ConfigObject, membersIn, type Report } from "../workspace/config-object.ts";
import type { TagLimit } from "./limits.ts";

/** What `cellar.json` says about carrying out runs. */
export interface QueueConfig {
  /** how many runs at once */
  readonly concurrency: number;
  readonly limits: readonly TagLimit[];
  /** of a step whose cell has no `timeout` */
  readonly stepTimeoutMs: number;
  /** rules of a run that was given none */
  readonly rules: RunRules;
}

/** What holds where `cellar.json` says nothing. */
export const defaultQueueConfig: QueueConfig = {
  concurrency: 2,
  limits: [],
  stepTimeoutMs: 30 * 60_000,
  rules: defaultRunRules,
};

/** Pool → how many steps of it at once. `*` is for pools that are not named; without it they have no limit. */
export type Pools = ReadonlyMap<string, number>;

/** Reads the member `queue` of `cellar.json`; what is wrong is reported with its place, and has its default. */
export function readQueue(section: ConfigNode | undefined, report: Report): QueueConfig {
  if (section === undefined) return defaultQueueConfig;
  const read = new ConfigObject('"queue"', section, report);
  if (section.type !== "object") {
    read.wrong(section, 'must be an object, as in {"concurrency": 4}');
    return defaultQueueConfig;
  }
  read.knows(["concurrency", "limits", "stepTimeout", "runTimeout", "retries", "retryDelay", "retryFrom"]);
  return {
    concurrency: read.whole("concurrency", defaultQueueConfig.concurrency, 1, 1000),
    limits: readLimits(read, report),
    stepTimeoutMs: read.duration("stepTimeout", defaultQueueConfig.stepTimeoutMs),
    rules: { ...defaultRunRules, ...readRules(read, "runTimeout") },
  };
}

function readLimits(read: ConfigObject, report: Report): readonly TagLimit[] {
  const node = read.members.get("limits");
  if (node === undefined) return [];
  if (node.type !== "array") {
    read.wrong(node, 'has limits that are no list, as in [{"tag": "team", "value": "sales", "limit": 1}]');
    return [];
  }
  return (node.children ?? []).flatMap((child, i) => {
    const limit = new ConfigObject(`limit ${i + 1} of "queue"`, child, report);
    if (child.type !== "object") limit.wrong(child, 'must be an object, as in {"tag": "team", "limit": 1}');
    else limit.knows(["tag", "value", "limit"]);
    if (limit.isWrong) return [];
    const tag = limit.text("tag", "the name of a tag") ?? "";
    const value =
      limit.at("value").type === "null" || !limit.members.has("value") ? null : limit.text("value", "a text");
    const most = limit.members.has("limit") ? limit.whole("limit", 1, 0, 1000) : limit.wrong(child, 'has no "limit"');
    return limit.isWrong || most === null ? [] : [{ tag, value, limit: most }];
  });
}

/** Reads the member `pools` of `cellar.json`: name → how many steps at once. */
export function readPools(section: ConfigNode | undefined, report: Report): Pools {
  const pools = new Map<string, number>();
  if (section === undefined) return pools;
  if (section.type !== "object") {
    report(section.offset, '"pools" must be an object of name → how many steps at once, as in {"warehouse": 2}');
    return pools;
  }
  for (const [name, key, node] of membersIn(section)) {
    const limit: unknown = node?.value;
    if (name !== "*" && !/^[\p{L}\p{N}_$][\p{L}\p{N}_$./-]*$/u.test(name))
      report(
        key.offset,
        `not a name of a pool: ${JSON.stringify(name)}; use letters, digits, _ - . and /, or "*" for all others`,
      );
    else if (pools.has(name)) report(key.offset, `pool ${JSON.stringify(name)} is there twice; keep one`);
    else if (typeof limit === "number" && Number.isInteger(limit) && limit >= 0 && limit <= 1000)
      pools.set(name, limit);
    else
      report(
        (node ?? key).offset,
        `pool ${JSON.stringify(name)} has a limit that is no whole number from 0 to 1000; 0 lets no step start`,
      );
  }
  return pools;
}
