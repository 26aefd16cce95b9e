import { assertNever } from "../errors.ts";
import { freshnessOf } from "../freshness/freshness.ts";
import type { OperandName } from "./condition.ts";
import type { Core } from "./core.ts";
import type { Dependency, Target } from "./graph.ts";
import type { Ledger, Pulse } from "./ledger.ts";
import { isEmptySubset, type PartitionSubset } from "../partition/subset.ts";
import { coreOf, cronKey, jobRoots, takenDeps, type Prepared, type Root } from "./prepare.ts";
import { isWithin, join, meet, minus } from "./sets.ts";
import type { Because, NodeState } from "./state.ts";

/** A node of a condition, asked of one target at one moment. */
export interface Truth {
  readonly node: Core;
  readonly target: Target;
  /** where it is true */
  readonly now: PartitionSubset;
  /** the part of `now` that is not true for this moment only */
  readonly steady: PartitionSubset;
  readonly children: readonly Truth[];
  /** what made a `since` true */
  readonly because: Because | null;
}

/** What a moment of the log is: its instant, and all that is true for it alone. */
export interface Moment {
  readonly at: number;
  readonly pulses: ReadonlyMap<string, Pulse>;
  /** clocks that ticked: see `cronKey` */
  readonly crons: ReadonlySet<string>;
}

/** What evaluating one condition needs. */
export interface Scene {
  readonly prepared: Prepared;
  readonly ledger: Ledger;
  readonly moment: Moment;
  readonly root: Root;
  readonly isInitial: boolean;
  /** requested so far by this evaluation */
  readonly requested: ReadonlyMap<string, PartitionSubset>;
  /** memory of the condition, written by this look */
  readonly nodes: Map<string, LiveNode>;
  /** that of the last look in this evaluation */
  readonly remembered: ReadonlyMap<string, LiveNode>;
  /** that of the last evaluation, where this one has not looked yet */
  readonly saved: Readonly<Record<string, NodeState>>;
  /** called where something was true for this moment only, so that the condition is looked at again after it */
  readonly tell: () => void;
}

/** The memory of a `since` or `newly_true`. */
export interface LiveNode {
  readonly now: PartitionSubset;
  readonly because: Because | null;
  readonly target: Target;
}

/** Where a condition is true of its own target. Every node is asked, so that each has its memory. */
export function truthOf(scene: Scene): Truth {
  return ask(scene, scene.root.core, scene.root.target, "");
}

function ask(scene: Scene, node: Core, target: Target, path: string): Truth {
  const { at } = scene.moment;
  const all = () => target.cut.all(at);
  const made = (now: PartitionSubset, steady: PartitionSubset, children: readonly Truth[] = []): Truth => {
    if (children.length === 0 && !isWithin(now, steady)) scene.tell();
    return { node, target, now, steady, children, because: null };
  };
  const inner = (child: Core) => ask(scene, child, target, path);
  switch (node.type) {
    case "operand": {
      const now = askOperand(scene, node.name, target);
      return made(now, momentary.has(node.name) ? target.cut.empty : now);
    }
    case "cron_tick_passed": {
      const ticked = scene.moment.crons.has(cronKey(node.cron, node.timezone ?? scene.root.target.timezone));
      return made(ticked ? all() : target.cut.empty, target.cut.empty);
    }
    case "in_latest_time_window": {
      const now = target.cut.latest(at, node.lookbackMs);
      return made(now, now);
    }
    case "executed_with_tags": {
      const tags = Object.entries(node.tags);
      const now = updatedBy(scene, target, (run) =>
        tags.every(([name, value]) => Object.hasOwn(run.tags, name) && (value === null || run.tags[name] === value)),
      );
      return made(now, now);
    }
    case "signal": {
      const on = scene.ledger.isGloballySignalled(node.name)
        ? all()
        : meet(scene.ledger.of(target).signals.get(node.name) ?? target.cut.empty, all());
      const once = scene.moment.pulses.get(target.key)?.signals.get(node.name);
      return made(once ? join(on, once) : on, on);
    }
    case "any_downstream_conditions":
      return askBelow(scene, node, target, path);
    case "not": {
      const of = inner(node.of);
      const now = minus(all(), of.now);
      return made(now, now, [of]);
    }
    case "and":
    case "or": {
      const children = node.of.map(inner);
      const [first, ...rest] = children;
      if (first === undefined) return made(node.type === "and" ? all() : target.cut.empty, target.cut.empty);
      let { now, steady } = first;
      for (const child of rest) {
        now = node.type === "and" ? meet(now, child.now) : join(now, child.now);
        steady = node.type === "and" ? meet(steady, child.steady) : join(steady, child.steady);
      }
      return made(now, steady, children);
    }
    case "newly_true":
      return askNewlyTrue(scene, node, inner(node.of), path);
    case "since":
      return askSince(scene, node, inner(node.of), inner(node.reset), path);
    case "any_deps":
    case "all_deps": {
      const deps = takenDeps(scene.prepared.graph, target, node);
      const links = deps.flatMap((dep) => {
        const other = scene.prepared.graph.targets.get(dep.key);
        return other ? { other, map: (subset: PartitionSubset) => meet(dep.toReader(subset, at), all()) } : [];
      });
      return askOthers(scene, node, node.of, target, path, node.type === "any_deps", links);
    }
    case "any_checks":
    case "all_checks": {
      const checks = target.checks.filter(({ isBlocking }) => isBlocking || !node.blockingOnly);
      const links = checks.flatMap(({ key }) => link(scene, target, key));
      return askOthers(scene, node, node.of, target, path, node.type === "any_checks", links);
    }
    case "any_job_roots":
    case "all_job_roots": {
      const links = jobRoots(scene.prepared.graph, target).flatMap(({ key }) => link(scene, target, key));
      return askOthers(scene, node, node.of, target, path, node.type === "any_job_roots", links);
    }
    case "asset_matches":
      return askOthers(scene, node, node.of, target, path, true, link(scene, target, node.key));
    default:
      return assertNever(node);
  }
}

/** Operands that are true for a moment only. */
const momentary: ReadonlySet<OperandName> = new Set<OperandName>([
  "newly_updated",
  "newly_requested",
  "code_version_changed",
  "data_version_changed",
  "initial_evaluation",
]);

function askOperand(scene: Scene, name: OperandName, target: Target): PartitionSubset {
  const { ledger, moment } = scene;
  const { empty } = target.cut;
  const all = () => target.cut.all(moment.at);
  const pulse = moment.pulses.get(target.key);
  switch (name) {
    case "manual":
      return empty;
    case "missing":
      return target.type === "job" ? empty : minus(all(), ledger.of(target).materialized);
    case "run_in_progress":
      return ledger.inProgress(target, "run");
    case "backfill_in_progress":
      return ledger.inProgress(target, "backfill");
    case "execution_failed":
      return meet(ledger.of(target).failed, all());
    case "newly_updated":
      return pulse?.updated ?? empty;
    case "newly_requested":
      return pulse?.requested ?? empty;
    case "data_version_changed":
      return pulse?.newData ?? empty;
    case "code_version_changed":
      return pulse?.isNewCode ? all() : empty;
    case "code_version_outdated": {
      let outdated = empty;
      if (target.codeVersion !== null)
        for (const [version, subset] of ledger.of(target).versions)
          if (version !== target.codeVersion) outdated = join(outdated, subset);
      return meet(outdated, all());
    }
    case "will_be_requested":
      return canShareRun(scene, target) ? (scene.requested.get(target.key) ?? empty) : empty;
    case "initial_evaluation":
      return scene.isInitial ? all() : empty;
    case "check_passed":
      return meet(ledger.of(target).passedCheck, all());
    case "check_failed":
      return meet(ledger.of(target).failedCheck, all());
    case "executed_with_root_target": {
      const { key } = scene.root.target;
      return key === target.key ? empty : updatedBy(scene, target, (run) => Object.hasOwn(run.targets, key));
    }
    case "freshness_passed":
    case "freshness_warned":
    case "freshness_failed": {
      if (target.freshness === null) return empty;
      const { updatedAt } = ledger.of(target);
      const { state } = freshnessOf(target.freshness, updatedAt, { now: moment.at, timezone: target.timezone });
      return state === freshnessStates[name] ? all() : empty;
    }
    default:
      return assertNever(name);
  }
}

const freshnessStates = { freshness_passed: "pass", freshness_warned: "warn", freshness_failed: "fail" } as const;

/** The partitions whose last update came from a run of this kind. */
function updatedBy(
  scene: Scene,
  target: Target,
  isMeant: (run: {
    readonly tags: Readonly<Record<string, string>>;
    readonly targets: Readonly<Record<string, unknown>>;
  }) => boolean,
): PartitionSubset {
  let subset = target.cut.empty;
  for (const { run, partitions } of scene.ledger.of(target).updates) {
    const facts = scene.ledger.run(run);
    if (facts && isMeant(facts)) subset = join(subset, partitions);
  }
  return subset;
}

/** Whether a run could make a target and the one that the condition is of. */
function canShareRun({ root }: Scene, target: Target): boolean {
  if (!target.isMaterializable || target.key === root.target.key) return false;
  const dep = root.target.deps.find(({ key }) => key === target.key);
  return dep === undefined ? target.cut.id === root.target.cut.id : dep.sharesRun;
}

interface Link {
  readonly other: Target;
  /** partitions of the other as partitions of this one */
  readonly map: (subset: PartitionSubset) => PartitionSubset;
}

/** Another target that is no input: cut alike it answers for each partition, otherwise for all at once. */
function link(scene: Scene, target: Target, key: string): readonly Link[] {
  const other = scene.prepared.graph.targets.get(key);
  if (!other) return [];
  const { at } = scene.moment;
  const dep: Dependency | undefined = target.deps.find((candidate) => candidate.key === key);
  if (dep) return [{ other, map: (subset) => dep.toReader(subset, at) }];
  if (other.cut.id === target.cut.id) return [{ other, map: (subset) => subset }];
  return [{ other, map: (subset) => (isEmptySubset(subset) ? target.cut.empty : target.cut.all(at)) }];
}

function askOthers(
  scene: Scene,
  node: Core,
  of: Core,
  target: Target,
  path: string,
  isAny: boolean,
  links: readonly Link[],
): Truth {
  const start = isAny ? target.cut.empty : target.cut.all(scene.moment.at);
  let [now, steady] = [start, start];
  const children = links.map(({ other, map }) => {
    const child = ask(scene, of, other, `${path}${node.id}>${other.key}/`);
    const mapped = map(child.now);
    const kept = child.steady === child.now ? mapped : map(child.steady);
    now = isAny ? join(now, mapped) : meet(now, mapped);
    steady = isAny ? join(steady, kept) : meet(steady, kept);
    return child;
  });
  return { node, target, now, steady, children, because: null };
}

/** The union of the conditions of what reads a target, whole chains of them (O10). */
function askBelow(scene: Scene, node: Core, target: Target, path: string): Truth {
  let [now, steady] = [target.cut.empty, target.cut.empty];
  const children: Truth[] = [];
  for (const reader of scene.prepared.below.get(target.key) ?? []) {
    const core = coreOf(reader);
    const dep = reader.deps.find(({ key }) => key === target.key);
    if (core === null || dep === undefined || path.includes(`>${reader.key}/`)) continue;
    const child = ask(scene, core, reader, `${path}${node.id}>${reader.key}/`);
    now = join(now, dep.fromReader(child.now, scene.moment.at));
    steady = join(steady, dep.fromReader(child.steady, scene.moment.at));
    children.push(child);
  }
  return { node, target, now, steady, children, because: null };
}

function recall(scene: Scene, id: string, target: Target): LiveNode | null {
  const live = scene.remembered.get(id);
  if (live) return live;
  if (scene.remembered.size > 0) return null;
  const data = scene.saved[id];
  if (data === undefined) return null;
  const { cut } = target;
  return {
    now: data.now === undefined ? cut.empty : cut.decode(data.now),
    because: data.because ?? null,
    target,
  };
}

/** True where it was false. The first look is the baseline: nothing is new then. */
function askNewlyTrue(scene: Scene, node: Core, of: Truth, path: string): Truth {
  const { target } = of;
  const id = `${path}${node.id}`;
  const before = recall(scene, id, target);
  scene.nodes.set(id, { now: of.now, because: null, target });
  const now = before === null ? target.cut.empty : minus(of.now, before.now);
  if (!isEmptySubset(now)) scene.tell();
  return { node, target, now, steady: target.cut.empty, children: [of], because: null };
}

/** True from when `of` is until `reset` is. Where both are at one moment of the log, the reset wins. */
function askSince(scene: Scene, node: Core, of: Truth, reset: Truth, path: string): Truth {
  const { target } = of;
  const id = `${path}${node.id}`;
  const before = recall(scene, id, target);
  const was = before?.now ?? target.cut.empty;
  const now = meet(minus(join(was, of.now), reset.now), target.cut.all(scene.moment.at));
  const isNew = !isEmptySubset(of.now) && (isEmptySubset(was) || !isWithin(of.now, of.steady));
  const because = isEmptySubset(now) ? null : isNew ? causeOf(scene, of) : (before?.because ?? null);
  scene.nodes.set(id, { now, because, target });
  return { node, target, now, steady: now, children: [of, reset], because };
}

/** What made a condition true: of several, what is true for this moment only goes first. */
export function causeOf(scene: Pick<Scene, "ledger" | "moment">, truth: Truth): Because | null {
  if (isEmptySubset(truth.now) || truth.node.type === "not") return null;
  if (truth.because !== null) return truth.because;
  if (truth.children.length > 0) {
    const candidates = truth.children.filter((child) => !isEmptySubset(child.now));
    const rank = (child: Truth) => (isWithin(child.now, child.steady) ? (child.because === null ? 2 : 1) : 0);
    for (const child of candidates.toSorted((a, b) => rank(a) - rank(b))) {
      const cause = causeOf(scene, child);
      if (cause !== null) return cause;
    }
    return null;
  }
  const { node, target } = truth;
  if (node.type === "in_latest_time_window" || node.type === "any_downstream_conditions") return null;
  const facts = scene.ledger.of(target);
  const operand = node.type === "operand" ? node.name : node.text;
  const isUpdate = operand === "newly_updated" || operand === "data_version_changed";
  return {
    operand,
    key: target.key,
    run: isUpdate ? (scene.moment.pulses.get(target.key)?.run ?? null) : null,
    at: isUpdate ? (facts.updatedAt ?? scene.moment.at) : scene.moment.at,
  };
}
