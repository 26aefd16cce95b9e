import { AppError } from "../errors.ts";
import { Clock } from "./clock.ts";
import { maxNesting } from "./condition.ts";
import type { AutomationEvent } from "./events.ts";
import { sayEvaluation } from "./explain.ts";
import type { AutomationGraph, Target } from "./graph.ts";
import { Ledger, type Pulse } from "./ledger.ts";
import { isEmptySubset, type PartitionSubset } from "../partition/subset.ts";
import { prepare, type Prepared, type Root } from "./prepare.ts";
import { isSame, join, meet, minus } from "./sets.ts";
import { emptyState, type AutomationState, type Because, type ConditionState, type NodeState } from "./state.ts";
import { causeOf, truthOf, type LiveNode, type Moment, type Truth } from "./truth.ts";

/** What to evaluate. */
export interface EvaluationInput {
  readonly graph: AutomationGraph;
  /** what the last evaluation handed on; null where there was none */
  readonly state: AutomationState | null;
  /** what the log has behind `state.position`, in its order */
  readonly events: readonly AutomationEvent[];
  /** milliseconds since 1970 */
  readonly now: number;
  /** look at every condition at every step: slow, and the same answer */
  readonly isThorough?: boolean;
}

/** What evaluating the conditions of a graph gives. */
export interface Evaluation {
  /** key of a target → the partitions to make, none of them empty; what is depended on first */
  readonly requested: ReadonlyMap<string, PartitionSubset>;
  /** the conditions that were looked at, since something that they look at is another, or they were true */
  readonly evaluations: ReadonlyMap<string, TargetEvaluation>;
  /** for the next evaluation */
  readonly state: AutomationState;
}

/** How the condition of one target came out. */
interface TargetEvaluation {
  readonly key: string;
  /** the partitions to make */
  readonly requested: PartitionSubset;
  /** why they are requested, or what they wait for, as a sentence; made when it is asked for, as most never are */
  readonly say: () => string;
  /** every condition in it, with where it is true; made when it is asked for */
  readonly tree: () => EvaluationNode;
}

/** A condition within an evaluation. */
export interface EvaluationNode {
  /** the condition as text; the name of a composed one */
  readonly text: string;
  /** the target that it was asked of */
  readonly key: string;
  readonly isTrue: boolean;
  readonly trueFor: PartitionSubset;
  readonly children: readonly EvaluationNode[];
}

/**
 * Evaluates the conditions of a graph over what happened since the last evaluation: a pure function. Each event of the log
 * is a step of its own, with the ticks of clocks between them where they fall, so that nothing is lost between two
 * evaluations and how the log is cut does not matter; requests are made once, at the end. Only what the events, the clock
 * and the last requests can reach is looked at. A condition seen for the first time, or edited, begins at the end:
 * what was before does not count for it.
 */
export function evaluateAutomation(input: EvaluationInput): Evaluation {
  const prepared = prepare(input.graph);
  const before = input.state ?? emptyState;
  if (before.version !== emptyState.version)
    throw new AppError(
      "usage",
      `the automation state has version ${String(before.version)}, not 1; make it again from the log`,
    );
  return new Evaluator(prepared, before, input).run();
}

/** A condition while it is evaluated. */
interface Live {
  readonly root: Root;
  readonly isInitial: boolean;
  readonly saved: ConditionState["nodes"];
  nodes: Map<string, LiveNode>;
  truth: Truth | null;
  /** something was true for the moment of the last look only */
  isMomentary: boolean;
  /** what made it true for a moment in this evaluation */
  because: Because | null;
}

/** `x.newly_true()` may set off another: as many turns as conditions can be nested. */
const mostTurns = 2 * maxNesting;
const noPulses: ReadonlyMap<string, Pulse> = new Map();
const noCrons: ReadonlySet<string> = new Set();

class Evaluator {
  private readonly prepared: Prepared;
  private readonly before: AutomationState;
  private readonly input: EvaluationInput;
  private readonly ledger: Ledger;
  private readonly live = new Map<Root, Live>();
  private readonly requested = new Map<string, PartitionSubset>();
  /** to be looked at in the step at hand, by index of the root */
  private readonly marks: Uint8Array;
  /** conditions that have no past: seen for the first time, or edited */
  private readonly initial = new Set<Root>();
  /** to be looked at again, since what was true for a moment no longer is */
  private fading = new Set<Root>();

  constructor(prepared: Prepared, before: AutomationState, input: EvaluationInput) {
    this.prepared = prepared;
    this.before = before;
    this.input = input;
    this.ledger = new Ledger(input.graph, before);
    this.marks = new Uint8Array(prepared.roots.length);
  }

  run(): Evaluation {
    const { events, now } = this.input;
    const from = this.before.at;
    const clock = new Clock(this.prepared, this.ledger, from === 0 ? now : from);
    this.begin(from === 0 ? now : from);
    for (const group of together(events, this.before.position)) {
      const at = Math.max(from, group[0]?.at ?? now);
      this.advance(clock, at);
      this.step(at, group);
    }
    this.advance(clock, now);
    this.end(now);
    return this.result(now);
  }

  /** What changed since the last evaluation without an event: its own requests, and the graph. */
  private begin(at: number): void {
    const pulses = new Map<string, Pulse>();
    for (const [key, data] of Object.entries(this.before.requested)) {
      const target = this.input.graph.targets.get(key);
      if (!target) continue;
      this.pulse(pulses, target).requested = target.cut.decode(data);
      this.touch(key);
    }
    for (const target of this.prepared.coded) {
      const isKnown = this.before.facts[target.key] !== undefined;
      const facts = isKnown ? this.ledger.of(target) : this.ledger.change(target);
      if (facts.codeVersion === target.codeVersion) continue;
      this.ledger.change(target).codeVersion = target.codeVersion;
      this.pulse(pulses, target).isNewCode = true;
      this.touch(target.key);
    }
    for (const root of this.prepared.roots) {
      const saved = this.before.conditions[root.target.key];
      if (saved?.text !== root.text) this.initial.add(root);
      if (saved?.shape !== root.shape) this.mark(root);
    }
    this.look({ at, pulses, crons: noCrons }, false);
  }

  private step(at: number, events: readonly AutomationEvent[]): void {
    const pulses = new Map<string, Pulse>();
    for (const event of events)
      this.ledger.fold(
        event,
        (target) => this.pulse(pulses, target),
        (key) => {
          this.touch(key);
          for (const check of this.input.graph.targets.get(key)?.checks ?? []) this.touch(check.key);
        },
      );
    this.look({ at, pulses, crons: noCrons }, false);
  }

  private advance(clock: Clock, to: number): void {
    for (const { at, crons, keys } of clock.advance(to)) {
      for (const name of crons) for (const root of this.prepared.crons.get(name)?.roots ?? []) this.mark(root);
      for (const key of keys) this.touch(key);
      this.look({ at, pulses: noPulses, crons }, false);
    }
  }

  private end(now: number): void {
    for (const key of this.before.awake) this.mark(this.prepared.byKey.get(key));
    for (const { root, truth } of this.live.values()) if (truth !== null && !isEmptySubset(truth.now)) this.mark(root);
    for (const root of this.initial) this.mark(root);
    this.look({ at: now, pulses: noPulses, crons: noCrons }, true);
  }

  /** Looks at what a moment touches, and once more behind it at what was true for that moment only. */
  private look(moment: Moment, isLast: boolean): void {
    this.lookOnce(moment, isLast);
    const after: Moment = { at: moment.at, pulses: noPulses, crons: noCrons };
    for (let turns = 0; this.fading.size > 0 && turns < mostTurns; turns++) {
      for (const root of this.fading) this.mark(root);
      this.fading = new Set();
      this.lookOnce(after, false);
    }
  }

  /** Looks at every marked condition, what is depended on first. */
  private lookOnce(moment: Moment, isLast: boolean): void {
    const { roots } = this.prepared;
    const next = (from: number) => (this.input.isThorough === true ? from : this.marks.indexOf(1, from));
    for (let i = next(0); i >= 0 && i < roots.length; i = next(i + 1)) {
      this.marks[i] = 0;
      const root = roots[i];
      if (root && (isLast || this.isUnderWay(root))) this.lookAt(root, moment, isLast);
    }
  }

  private lookAt(root: Root, moment: Moment, isLast: boolean): void {
    const live = this.liveOf(root);
    live.isMomentary = false;
    const remembered = live.nodes;
    live.nodes = new Map();
    const scene = {
      prepared: this.prepared,
      ledger: this.ledger,
      moment,
      root,
      isInitial: live.isInitial && isLast,
      requested: this.requested,
      nodes: live.nodes,
      remembered,
      saved: live.saved,
      tell: () => {
        live.isMomentary = true;
      },
    };
    const truth = truthOf(scene);
    live.truth = truth;
    if (live.isMomentary) this.fading.add(root);
    const asks = isLast ? truth.now : minus(truth.now, truth.steady);
    if (isEmptySubset(asks)) return;
    live.because ??= causeOf(scene, truth);
    this.request(root, asks);
  }

  private request(root: Root, subset: PartitionSubset): void {
    const { key } = root.target;
    const known = this.requested.get(key);
    const both = known === undefined ? subset : join(known, subset);
    if (known !== undefined && isSame(both, known)) return;
    this.requested.set(key, both);
    for (const reader of this.prepared.requestReaders.get(key) ?? []) this.mark(reader);
  }

  private result(now: number): Evaluation {
    const requested = new Map<string, PartitionSubset>();
    for (const { target } of this.prepared.roots) {
      const asked = this.requested.get(target.key);
      if (asked === undefined) continue;
      const subset = meet(asked, target.cut.all(now));
      if (!isEmptySubset(subset)) requested.set(target.key, target.cut.present(subset, now));
    }
    const evaluations = new Map<string, TargetEvaluation>();
    const looked = [...this.live].sort(([a], [b]) => a.index - b.index);
    for (const [root, { truth, because }] of looked) {
      if (truth === null) continue;
      const { key, cut } = root.target;
      const own = requested.get(key) ?? cut.empty;
      evaluations.set(key, {
        key,
        requested: own,
        say: () => sayEvaluation(this.input.graph, this.ledger, truth, own, because, now),
        tree: () => toNode(truth, now),
      });
    }
    return { requested, evaluations, state: this.encode(now, requested) };
  }

  private encode(now: number, requested: ReadonlyMap<string, PartitionSubset>): AutomationState {
    const conditions: Record<string, ConditionState> = { ...this.before.conditions };
    const awake = new Set(this.before.awake.filter((key) => this.prepared.byKey.has(key)));
    for (const [root, live] of this.live) {
      const { key } = root.target;
      if (live.truth === null) continue;
      conditions[key] = { text: root.text, shape: root.shape, nodes: encodeNodes(live.nodes) };
      if (!isEmptySubset(live.truth.now)) awake.add(key);
      else awake.delete(key);
    }
    if (Object.keys(conditions).length > this.prepared.roots.length)
      for (const key of Object.keys(conditions)) if (!this.prepared.byKey.has(key)) delete conditions[key];
    const { events } = this.input;
    return {
      version: 1,
      position: Math.max(this.before.position, events.at(-1)?.position ?? -1),
      at: Math.max(this.before.at, now),
      ...this.ledger.encode(),
      conditions,
      requested: Object.fromEntries(
        this.prepared.roots.flatMap(({ target: { key, cut } }) => {
          const subset = requested.get(key);
          return subset === undefined ? [] : [[key, cut.encode(subset)]];
        }),
      ),
      awake: [...awake].sort(),
    };
  }

  /** Whether a condition has begun: what was before it does not count. */
  private isUnderWay(root: Root): boolean {
    return !this.initial.has(root) || this.live.has(root);
  }

  private liveOf(root: Root): Live {
    let live = this.live.get(root);
    if (!live) {
      const isInitial = this.initial.has(root);
      live = {
        root,
        isInitial,
        saved: isInitial ? {} : (this.before.conditions[root.target.key]?.nodes ?? {}),
        nodes: new Map(),
        truth: null,
        isMomentary: false,
        because: null,
      };
      this.live.set(root, live);
    }
    return live;
  }

  private pulse(pulses: Map<string, Pulse>, { key, cut }: Target): Pulse {
    let pulse = pulses.get(key);
    if (!pulse) {
      const { empty } = cut;
      pulse = { updated: empty, newData: empty, requested: empty, isNewCode: false, signals: new Map(), run: null };
      pulses.set(key, pulse);
    }
    return pulse;
  }

  /** Marks the conditions that look at a target. */
  private touch(key: string): void {
    for (const root of this.prepared.readers.get(key) ?? []) this.mark(root);
  }

  private mark(root: Root | undefined): void {
    if (root) this.marks[root.index] = 1;
  }
}

/** Events in groups of one position, without what was folded in before. */
function* together(events: readonly AutomationEvent[], after: number): Generator<readonly AutomationEvent[], void> {
  let group: AutomationEvent[] = [];
  for (const event of events) {
    if (event.position <= after) continue;
    const last = group.at(-1);
    if (last && last.position !== event.position) {
      yield group;
      group = [];
    }
    group.push(event);
  }
  if (group.length > 0) yield group;
}

function encodeNodes(nodes: ReadonlyMap<string, LiveNode>): Readonly<Record<string, NodeState>> {
  const encoded: Record<string, NodeState> = {};
  for (const [id, { now, because, target }] of nodes)
    encoded[id] = {
      ...(isEmptySubset(now) ? {} : { now: target.cut.encode(now) }),
      ...(because === null ? {} : { because }),
    };
  return encoded;
}

function toNode({ node, target, now, children }: Truth, at: number): EvaluationNode {
  return {
    text: node.text,
    key: target.key,
    isTrue: !isEmptySubset(now),
    trueFor: target.cut.present(now, at),
    children: children.map((child) => toNode(child, at)),
  };
}
