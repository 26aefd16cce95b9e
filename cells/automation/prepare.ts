import type { Selection } from "../select/grammar.ts";
import type { Condition } from "./condition.ts";
import { coreChildren, type Core } from "./core.ts";
import { expand } from "./expand.ts";
import type { AutomationGraph, Dependency, Target } from "./graph.ts";
import type { Cut } from "./cut.ts";
import { printCondition } from "./print.ts";

/** A target with a condition, and what the condition looks at. */
export interface Root {
  readonly target: Target;
  readonly core: Core;
  readonly text: string;
  /** place in the order of evaluation */
  readonly index: number;
  /** changes with what the condition looks at, and with how that is cut */
  readonly shape: number;
}

/** A clock that conditions listen to. */
interface CronUse {
  readonly cron: string;
  readonly timezone: string;
  readonly roots: readonly Root[];
}

/** A graph with its conditions spelled out, and indexes of who must be evaluated when something happens. */
export interface Prepared {
  readonly graph: AutomationGraph;
  /** in order of evaluation: what is depended on first */
  readonly roots: readonly Root[];
  readonly byKey: ReadonlyMap<string, Root>;
  /** target → conditions that look at it */
  readonly readers: ReadonlyMap<string, readonly Root[]>;
  /** target → conditions that ask whether it will be requested */
  readonly requestReaders: ReadonlyMap<string, readonly Root[]>;
  readonly crons: ReadonlyMap<string, CronUse>;
  /** cuts that the clock changes, with the targets that conditions look at */
  readonly cuts: readonly { readonly cut: Cut; readonly keys: readonly string[] }[];
  /** targets whose freshness conditions ask for */
  readonly timed: readonly Target[];
  /** targets whose code conditions ask for */
  readonly coded: readonly Target[];
  /** target → those that read it by themselves */
  readonly below: ReadonlyMap<string, readonly Target[]>;
}

const prepared = new WeakMap<AutomationGraph, Prepared>();
const compiled = new WeakMap<Condition, { readonly core: Core; readonly text: string }>();

/** The indexes of a graph, made once for each graph. */
export function prepare(graph: AutomationGraph): Prepared {
  const known = prepared.get(graph);
  if (known) return known;
  const result = build(graph);
  prepared.set(graph, result);
  return result;
}

/** The dependencies that a condition on dependencies takes into account. */
export function takenDeps(
  graph: AutomationGraph,
  target: Target,
  { allow, ignore }: { readonly allow: Selection | null; readonly ignore: Selection | null },
): readonly Dependency[] {
  if (allow === null && ignore === null) return target.deps;
  const allowed = allow === null ? null : graph.select(allow);
  const ignored = ignore === null ? null : graph.select(ignore);
  return target.deps.filter(({ key }) => (allowed?.has(key) ?? true) && !(ignored?.has(key) ?? false));
}

/** The members of a job that read no other member. */
export function jobRoots(graph: AutomationGraph, job: Target): readonly Target[] {
  const members = new Set(job.members);
  return job.members.flatMap((key) => {
    const target = graph.targets.get(key);
    return target && !target.deps.some((dep) => dep.key !== key && members.has(dep.key)) ? target : [];
  });
}

/** The name of a clock: cron and zone. */
export function cronKey(cron: string, timezone: string): string {
  return `${timezone} ${cron}`;
}

function build(graph: AutomationGraph): Prepared {
  const roots: Root[] = [];
  const readers = new Map<string, Root[]>();
  const requestReaders = new Map<string, Root[]>();
  const crons = new Map<string, { cron: string; timezone: string; roots: Root[] }>();
  const timed = new Set<Target>();
  const coded = new Set<Target>();
  const below = new Map<string, Target[]>();
  for (const target of graph.targets.values())
    for (const { key } of target.deps) if (key !== target.key) push(below, key, target);
  for (const key of graph.order) {
    const target = graph.targets.get(key);
    if (!target || target.condition === null) continue;
    const { core, text } = compile(target.condition);
    const seen = look(graph, below, target, core);
    const root: Root = { target, core, text, index: roots.length, shape: shapeOf(graph, target, seen) };
    roots.push(root);
    for (const read of seen.reads) push(readers, read, root);
    for (const read of seen.requests) push(requestReaders, read, root);
    for (const read of seen.timed) addTarget(timed, graph, read);
    for (const read of seen.coded) addTarget(coded, graph, read);
    for (const [name, { cron, timezone }] of seen.crons) {
      const use = crons.get(name) ?? { cron, timezone, roots: [] };
      use.roots.push(root);
      crons.set(name, use);
    }
  }
  const cuts = new Map<string, { cut: Cut; keys: string[] }>();
  for (const key of readers.keys()) {
    const cut = graph.targets.get(key)?.cut;
    if (!cut) continue;
    const use = cuts.get(cut.id) ?? { cut, keys: [] };
    use.keys.push(key);
    cuts.set(cut.id, use);
  }
  return {
    graph,
    roots,
    byKey: new Map(roots.map((root) => [root.target.key, root])),
    readers,
    requestReaders,
    crons,
    cuts: [...cuts.values()],
    timed: [...timed],
    coded: [...coded],
    below,
  };
}

function compile(condition: Condition): { readonly core: Core; readonly text: string } {
  let result = compiled.get(condition);
  if (!result) {
    result = { core: expand(condition), text: printCondition(condition) };
    compiled.set(condition, result);
  }
  return result;
}

interface Seen {
  readonly reads: Set<string>;
  readonly requests: Set<string>;
  readonly timed: Set<string>;
  readonly coded: Set<string>;
  readonly crons: Map<string, { readonly cron: string; readonly timezone: string }>;
}

/** Everything that a condition of a target looks at. */
function look(graph: AutomationGraph, below: ReadonlyMap<string, readonly Target[]>, root: Target, core: Core): Seen {
  const seen: Seen = {
    reads: new Set([root.key]),
    requests: new Set(),
    timed: new Set(),
    coded: new Set(),
    crons: new Map(),
  };
  const passed = new Set<string>();
  const visit = (node: Core, target: Target): void => {
    seen.reads.add(target.key);
    switch (node.type) {
      case "operand":
        if (node.name === "will_be_requested") seen.requests.add(target.key);
        else if (node.name.startsWith("freshness_")) seen.timed.add(target.key);
        else if (node.name.startsWith("code_version_")) seen.coded.add(target.key);
        return;
      case "cron_tick_passed": {
        const timezone = node.timezone ?? root.timezone;
        seen.crons.set(cronKey(node.cron, timezone), { cron: node.cron, timezone });
        return;
      }
      case "any_deps":
      case "all_deps":
        for (const { key } of takenDeps(graph, target, node)) visitKey(node.of, key);
        return;
      case "any_checks":
      case "all_checks":
        for (const { key, isBlocking } of target.checks) if (isBlocking || !node.blockingOnly) visitKey(node.of, key);
        return;
      case "any_job_roots":
      case "all_job_roots":
        for (const { key } of jobRoots(graph, target)) visitKey(node.of, key);
        return;
      case "asset_matches":
        visitKey(node.of, node.key);
        return;
      case "any_downstream_conditions":
        for (const reader of below.get(target.key) ?? []) {
          if (reader.condition === null || passed.has(reader.key)) continue;
          passed.add(reader.key);
          visit(compile(reader.condition).core, reader);
        }
        return;
      case "and":
      case "or":
      case "not":
      case "since":
      case "newly_true":
        for (const child of coreChildren(node)) visit(child, target);
        return;
      case "in_latest_time_window":
      case "executed_with_tags":
      case "signal":
        return;
    }
  };
  const visitKey = (node: Core, key: string): void => {
    const target = graph.targets.get(key);
    if (target) visit(node, target);
  };
  visit(core, root);
  return seen;
}

/** The condition of a target as it is evaluated, or null. */
export function coreOf(target: Target): Core | null {
  return target.condition === null ? null : compile(target.condition).core;
}

function shapeOf(graph: AutomationGraph, root: Target, { reads }: Seen): number {
  let hash = 0x811c9dc5;
  const mix = (text: string): void => {
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  };
  for (const key of reads) {
    const target = graph.targets.get(key);
    mix(key);
    mix(target?.cut.id ?? "");
    for (const dep of target === root ? root.deps : []) mix(dep.sharesRun ? "=" : "~");
  }
  return hash >>> 0;
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

function addTarget(set: Set<Target>, graph: AutomationGraph, key: string): void {
  const target = graph.targets.get(key);
  if (target) set.add(target);
}
