import { assertNever } from "../errors.ts";
import type { SubsetJson } from "../partition/subset-json.ts";
import type { SubsetData } from "./cut.ts";
import type { AutomationEvent } from "./events.ts";
import type { AutomationGraph, Target } from "./graph.ts";
import { isEmptySubset, type PartitionSubset } from "../partition/subset.ts";
import { join, minus } from "./sets.ts";
import type { AutomationState, RunFacts, TargetFacts } from "./state.ts";

/** Runs that are remembered for the updates of one target: the latest. */
const rememberedRuns = 100;

/** What is known of a target, its subsets read. */
export interface LiveFacts {
  codeVersion: string | null;
  updatedAt: number | null;
  materialized: PartitionSubset;
  failed: PartitionSubset;
  passedCheck: PartitionSubset;
  failedCheck: PartitionSubset;
  versions: Map<string, PartitionSubset>;
  updates: { readonly run: string; partitions: PartitionSubset }[];
  live: Set<string>;
  signals: Map<string, PartitionSubset>;
}

/** What is true of a target for one step only. */
export interface Pulse {
  updated: PartitionSubset;
  newData: PartitionSubset;
  requested: PartitionSubset;
  isNewCode: boolean;
  signals: Map<string, PartitionSubset>;
  /** the run that updated it */
  run: string | null;
}

interface LiveRun {
  readonly type: "run" | "backfill";
  isLive: boolean;
  readonly tags: Readonly<Record<string, string>>;
  readonly targets: Readonly<Record<string, SubsetData>>;
  uses: number;
}

/** The facts that conditions ask for: read from the state as they are needed, folded with events, written back. */
export class Ledger {
  private readonly graph: AutomationGraph;
  private readonly before: AutomationState;
  private readonly facts = new Map<string, LiveFacts>();
  private readonly changed = new Set<string>();
  private readonly runs = new Map<string, LiveRun | null>();
  private readonly globalSignals: Set<string>;

  constructor(graph: AutomationGraph, before: AutomationState) {
    this.graph = graph;
    this.before = before;
    this.globalSignals = new Set(before.signals);
  }

  /** What is known of a target now. */
  of(target: Target): LiveFacts {
    const known = this.facts.get(target.key);
    if (known) return known;
    const { cut } = target;
    const data: TargetFacts | undefined = this.before.facts[target.key];
    const read = (subset: SubsetData | undefined) => (subset === undefined ? cut.empty : cut.decode(subset));
    const facts: LiveFacts = {
      codeVersion: data === undefined ? target.codeVersion : data.codeVersion,
      updatedAt: data?.updatedAt ?? null,
      materialized: read(data?.materialized),
      failed: read(data?.failed),
      passedCheck: read(data?.passedCheck),
      failedCheck: read(data?.failedCheck),
      versions: new Map(Object.entries(data?.versions ?? {}).map(([version, subset]) => [version, read(subset)])),
      updates: (data?.updates ?? []).map(({ run, partitions }) => ({ run, partitions: read(partitions) })),
      live: new Set(data?.live),
      signals: new Map(Object.entries(data?.signals ?? {}).map(([name, subset]) => [name, read(subset)])),
    };
    this.facts.set(target.key, facts);
    return facts;
  }

  /** The facts of a target, to be changed. */
  change(target: Target): LiveFacts {
    this.changed.add(target.key);
    return this.of(target);
  }

  run(id: string): Readonly<LiveRun> | null {
    return this.liveRun(id);
  }

  /** The partitions of a target that live runs, or live backfills, are to make. */
  inProgress(target: Target, type: "run" | "backfill"): PartitionSubset {
    let subset = target.cut.empty;
    for (const id of this.of(target).live) {
      const run = this.liveRun(id);
      if (run?.type === type) subset = join(subset, target.cut.decode(run.targets[target.key] ?? false));
    }
    return subset;
  }

  isGloballySignalled(name: string): boolean {
    return this.globalSignals.has(name);
  }

  /** Takes an event in. `pulse` gives the momentary truths of a target, `touch` tells that something of it is another. */
  fold(event: AutomationEvent, pulse: (target: Target) => Pulse, touch: (key: string) => void): void {
    switch (event.type) {
      case "materialized":
        this.target(event.key, (target) => this.update(event, target, pulse(target)));
        break;
      case "observed":
        this.target(event.key, (target) => {
          const subset = target.cut.of(event.partitions);
          const facts = this.change(target);
          facts.materialized = join(facts.materialized, subset);
          facts.updatedAt = event.at;
          if (!event.isNewData) return touch(event.key);
          const now = pulse(target);
          now.updated = join(now.updated, subset);
          now.newData = join(now.newData, subset);
        });
        break;
      case "deleted":
        this.target(event.key, (target) => {
          const facts = this.change(target);
          const subset = event.partitions === null ? facts.materialized : target.cut.of(event.partitions);
          for (const name of ["materialized", "failed", "passedCheck", "failedCheck"] as const)
            facts[name] = minus(facts[name], subset);
          if (isEmptySubset(facts.materialized)) facts.updatedAt = null;
          for (const [version, of] of facts.versions) facts.versions.set(version, minus(of, subset));
        });
        break;
      case "run_started":
        this.start("run", event.run, event.targets, event.tags, touch);
        break;
      case "backfill_started":
        this.start("backfill", backfillId(event.backfill), event.targets, {}, touch);
        break;
      case "run_ended":
        this.end(event.run, event.state === "failed", touch);
        break;
      case "backfill_ended":
        this.end(backfillId(event.backfill), false, touch);
        break;
      case "step_failed":
        this.target(event.key, (target) => {
          const facts = this.change(target);
          facts.failed = join(facts.failed, target.cut.of(event.partitions));
        });
        break;
      case "checked":
        this.target(event.key, (target) => {
          const subset = target.cut.of(event.partitions);
          this.update({ ...event, codeVersion: null, isNewData: false }, target, pulse(target));
          const facts = this.change(target);
          facts.passedCheck = event.passed ? join(facts.passedCheck, subset) : minus(facts.passedCheck, subset);
          facts.failedCheck = event.passed ? minus(facts.failedCheck, subset) : join(facts.failedCheck, subset);
        });
        break;
      case "signal":
        this.signal(event, pulse, touch);
        break;
      default:
        return assertNever(event);
    }
    if ("key" in event && event.key !== null) touch(event.key);
  }

  /** What the next evaluation starts from: all that was not changed as it was. */
  encode(): Pick<AutomationState, "facts" | "runs" | "signals"> {
    const facts: Record<string, TargetFacts> = { ...this.before.facts };
    for (const key of this.changed) {
      const target = this.graph.targets.get(key);
      if (target) facts[key] = encodeFacts(target, this.of(target));
    }
    const runs: Record<string, RunFacts> = { ...this.before.runs };
    for (const [id, run] of this.runs) {
      if (run === null) delete runs[id];
      else runs[id] = { ...run };
    }
    return { facts, runs, signals: [...this.globalSignals] };
  }

  private target(key: string, act: (target: Target) => void): void {
    const target = this.graph.targets.get(key);
    if (target) act(target);
  }

  private update(
    event: {
      readonly at: number;
      readonly partitions: readonly string[];
      readonly run: string | null;
      readonly codeVersion: string | null;
      readonly isNewData: boolean;
    },
    target: Target,
    pulse: Pulse,
  ): void {
    const subset = target.cut.of(event.partitions);
    const facts = this.change(target);
    facts.materialized = join(facts.materialized, subset);
    facts.failed = minus(facts.failed, subset);
    facts.updatedAt = event.at;
    for (const [version, of] of facts.versions) facts.versions.set(version, minus(of, subset));
    if (event.codeVersion !== null)
      facts.versions.set(event.codeVersion, join(facts.versions.get(event.codeVersion) ?? target.cut.empty, subset));
    for (const update of facts.updates) update.partitions = minus(update.partitions, subset);
    if (event.run !== null) {
      facts.updates.push({ run: event.run, partitions: subset });
      this.use(event.run, 1);
    }
    this.forget(facts);
    // a check's result is about what was materialized when it ran
    for (const { key } of target.checks)
      this.target(key, (check) => {
        const results = this.change(check);
        const old = check.cut.id === target.cut.id ? subset : join(results.passedCheck, results.failedCheck);
        results.passedCheck = minus(results.passedCheck, old);
        results.failedCheck = minus(results.failedCheck, old);
      });
    pulse.updated = join(pulse.updated, subset);
    if (event.isNewData) pulse.newData = join(pulse.newData, subset);
    pulse.run = event.run;
  }

  /** Drops updates that newer ones cover, and the oldest beyond what is remembered. */
  private forget(facts: LiveFacts): void {
    const kept = facts.updates.filter(({ partitions }) => !isEmptySubset(partitions)).slice(-rememberedRuns);
    for (const update of facts.updates) if (!kept.includes(update)) this.use(update.run, -1);
    facts.updates = kept;
  }

  private start(
    type: "run" | "backfill",
    id: string,
    asked: Readonly<Record<string, readonly string[] | SubsetJson>>,
    tags: Readonly<Record<string, string>>,
    touch: (key: string) => void,
  ): void {
    const known = this.liveRun(id);
    if (known !== null) {
      // a run that starts again is to make what it was to make
      known.isLive = true;
      for (const key of Object.keys(known.targets))
        this.target(key, (target) => {
          this.change(target).live.add(id);
          touch(key);
        });
      this.runs.set(id, known);
      return;
    }
    const targets: Record<string, SubsetData> = {};
    for (const [key, partitions] of Object.entries(asked))
      this.target(key, (target) => {
        targets[key] = target.cut.encode(subsetFor(target, partitions));
        this.change(target).live.add(id);
        touch(key);
      });
    this.runs.set(id, { type, isLive: true, tags, targets, uses: 0 });
  }

  private end(id: string, isFailed: boolean, touch: (key: string) => void): void {
    const run = this.liveRun(id);
    if (run === null || !run.isLive) return;
    run.isLive = false;
    for (const [key, data] of Object.entries(run.targets))
      this.target(key, (target) => {
        const facts = this.change(target);
        facts.live.delete(id);
        touch(key);
        if (!isFailed) return;
        let left = target.cut.decode(data);
        for (const update of facts.updates) if (update.run === id) left = minus(left, update.partitions);
        facts.failed = join(facts.failed, left);
      });
    this.drop(id, run);
  }

  private signal(
    event: Extract<AutomationEvent, { type: "signal" }>,
    pulse: (target: Target) => Pulse,
    touch: (key: string) => void,
  ): void {
    const { name, value } = event;
    if (event.key === null && value !== "once") {
      if (value) this.globalSignals.add(name);
      else this.globalSignals.delete(name);
    }
    const keys = event.key === null ? [...this.graph.targets.keys()] : [event.key];
    for (const key of keys)
      this.target(key, (target) => {
        touch(key);
        const whole = event.partitions === null;
        const subset = whole ? target.cut.all(event.at) : target.cut.of(event.partitions);
        if (value === "once") {
          const { signals } = pulse(target);
          signals.set(name, join(signals.get(name) ?? target.cut.empty, subset));
        } else if (event.key !== null) {
          const { signals } = this.change(target);
          const before = signals.get(name) ?? target.cut.empty;
          signals.set(name, value ? join(before, subset) : whole ? target.cut.empty : minus(before, subset));
        }
      });
  }

  private use(id: string, count: 1 | -1): void {
    const run = this.liveRun(id) ?? { type: "run", isLive: false, tags: {}, targets: {}, uses: 0 };
    run.uses += count;
    this.runs.set(id, run);
    this.drop(id, run);
  }

  /** Forgets a run at once when nothing needs it any more, so that it does not matter when the state is written. */
  private drop(id: string, run: LiveRun): void {
    if (!run.isLive && run.uses <= 0) this.runs.set(id, null);
  }

  private liveRun(id: string): LiveRun | null {
    let run = this.runs.get(id);
    if (run === undefined) {
      const data = this.before.runs[id];
      run = data === undefined ? null : { ...data };
      this.runs.set(id, run);
    }
    return run;
  }
}

function subsetFor({ cut }: Target, partitions: readonly string[] | SubsetJson): PartitionSubset {
  if (!("parts" in partitions)) return cut.of(partitions);
  return cut.hasPartitions ? cut.decode(partitions) : cut.all(0);
}

/** Runs and backfills are remembered together. */
function backfillId(id: string): string {
  return `backfill ${id}`;
}

function encodeFacts({ cut }: Target, facts: LiveFacts): TargetFacts {
  const part = (name: string, subset: PartitionSubset) => (isEmptySubset(subset) ? {} : { [name]: cut.encode(subset) });
  const byName = (name: string, subsets: ReadonlyMap<string, PartitionSubset>) => {
    const entries = [...subsets].flatMap(([key, of]) => (isEmptySubset(of) ? [] : [[key, cut.encode(of)] as const]));
    return entries.length === 0 ? {} : { [name]: Object.fromEntries(entries) };
  };
  return {
    codeVersion: facts.codeVersion,
    updatedAt: facts.updatedAt,
    ...part("materialized", facts.materialized),
    ...part("failed", facts.failed),
    ...part("passedCheck", facts.passedCheck),
    ...part("failedCheck", facts.failedCheck),
    ...byName("versions", facts.versions),
    ...(facts.updates.length === 0
      ? {}
      : { updates: facts.updates.map(({ run, partitions }) => ({ run, partitions: cut.encode(partitions) })) }),
    ...(facts.live.size === 0 ? {} : { live: [...facts.live] }),
    ...byName("signals", facts.signals),
  };
}
