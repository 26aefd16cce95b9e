// Long because it reads every kind of step that Dagster's scenarios are told in
import { Cut } from "../../../cells/automation/cut.ts";
import { toDependency } from "../../../cells/automation/dependency.ts";
import { evaluateAutomation } from "../../../cells/automation/evaluate.ts";
import type { AutomationEvent, AutomationFact } from "../../../cells/automation/events.ts";
import { toGraph, type AutomationGraph, type Target } from "../../../cells/automation/graph.ts";
import { parseCondition } from "../../../cells/automation/parse.ts";
import type { AutomationState } from "../../../cells/automation/state.ts";
import type { AssetKey } from "../../../cells/model/asset-key.ts";
import { keysIn, subsetCount } from "../../../cells/partition/subset.ts";
import { evaluateNodes } from "../../../cells/select/evaluate.ts";
import type { SelectNode } from "../../../cells/select/nodes.ts";
import { toMapping, toPartitions, type DagsterMapping, type DagsterPartitions } from "../dagster-definitions.ts";
import { same, type VectorResult, type VectorSuite } from "../suite.ts";

type DepSpec = string | { readonly key: string; readonly mapping?: DagsterMapping };

interface AssetSpec {
  readonly key?: string;
  readonly deps?: readonly DepSpec[];
  readonly partitions?: DagsterPartitions;
  readonly code_version?: string | null;
  readonly group?: string;
  readonly external?: boolean;
  readonly observable?: boolean;
  /** the name of a check, and its asset */
  readonly check?: string;
  readonly asset?: string;
  readonly blocking?: boolean;
}

interface ConditionSpec {
  readonly on: string | readonly string[];
  readonly expr: string;
  readonly also_true_for?: readonly string[];
}

type Step = Readonly<Record<string, unknown>>;

interface Case {
  readonly id: string;
  readonly assets: readonly AssetSpec[];
  readonly condition: ConditionSpec | readonly ConditionSpec[];
  readonly steps: readonly Step[];
}

interface Document {
  readonly cases: readonly Case[];
}

/** Dagster's ticks as evaluations over a log; its hard-coded conditions are our signals, its sources cannot be made. */
export const suite: VectorSuite = {
  name: "dagster-automation",
  run: async (document) => {
    const { cases } = document as Document;
    return cases.map((one): VectorResult => {
      try {
        return runCase(one);
      } catch (error) {
        return { id: one.id, passed: false, expected: one.steps, got: String(error) };
      }
    });
  },
};

function runCase(one: Case): VectorResult {
  const specs = [one.condition].flat() as readonly ConditionSpec[];
  const variants = [null, ...specs.flatMap((spec) => (spec.also_true_for ?? []).map((expr) => ({ spec, expr })))];
  const outcomes = variants.map((variant) => {
    const conditions = specs.map((spec) => (variant?.spec === spec ? { ...spec, expr: variant.expr } : spec));
    return new Scenario(one.assets, conditions).run(one.steps);
  });
  const wrong = outcomes.find(({ expected, got }) => !same(expected, got));
  return { id: one.id, passed: wrong === undefined, ...wrong };
}

class Scenario {
  private readonly specs: readonly AssetSpec[];
  private readonly conditions: readonly ConditionSpec[];
  /** targets whose requests are counted */
  private readonly counted: ReadonlySet<string>;
  private readonly partitions = new Map<string, DagsterPartitions>();
  private readonly codeVersions = new Map<string, string>();
  private readonly events: AutomationEvent[] = [];
  private state: AutomationState | null = null;
  private now = Date.UTC(2026, 0, 1);
  private position = 0;
  private runs = 0;

  constructor(specs: readonly AssetSpec[], conditions: readonly ConditionSpec[]) {
    this.specs = specs;
    this.conditions = conditions;
    this.counted = new Set(conditions.flatMap((condition) => targetsOf(condition)));
  }

  run(steps: readonly Step[]): { readonly expected: readonly unknown[]; readonly got: readonly unknown[] } {
    const expected: unknown[] = [];
    const got: unknown[] = [];
    for (const step of steps) {
      if (step["tick"] === undefined) {
        this.act(step);
        continue;
      }
      const requested = this.tick();
      expected.push(step["expect_requested"]);
      got.push([...requested.values()].reduce((sum, keys) => sum + keys.length, 0));
      if (step["expect_partitions"] === undefined) continue;
      expected.push(normal(step["expect_partitions"]));
      got.push(this.inForm(step["expect_partitions"], requested));
    }
    return { expected, got };
  }

  private tick(): ReadonlyMap<string, readonly string[]> {
    const { requested, state } = evaluateAutomation({
      graph: this.graph(),
      state: this.state,
      events: this.events.splice(0),
      now: this.now,
    });
    this.state = JSON.parse(JSON.stringify(state)) as AutomationState;
    return new Map(
      [...requested]
        .filter(([key]) => this.counted.has(key))
        .map(([key, subset]) => {
          const keys = [...keysIn(subset)];
          if (keys.length !== subsetCount(subset)) throw new Error(`${key} has ${keys.length} keys`);
          return [key, keys];
        }),
    );
  }

  /** What was requested in the form of what is expected: keys, or numbers or keys by asset. */
  private inForm(expected: unknown, requested: ReadonlyMap<string, readonly string[]>): unknown {
    if (Array.isArray(expected)) return [...requested.values()].flat().sort();
    return Object.fromEntries(
      Object.entries(expected as Readonly<Record<string, unknown>>).map(([key, value]) => {
        const keys = requested.get(key) ?? [];
        return [key, typeof value === "number" ? keys.length : [...keys].sort()];
      }),
    );
  }

  private act(step: Step): void {
    const partition = (step["partition"] ?? null) as string | null;
    for (const [name, value] of Object.entries(step)) {
      switch (name) {
        case "now":
          this.now = Date.parse(withZone(String(value)));
          break;
        case "advance":
          this.now = advance(this.now, value as Readonly<Record<string, number>>);
          break;
        case "run_succeeds":
          this.play(list(value), partition, list(value), false);
          break;
        case "run_fails":
          this.play(list(value), partition, [], true);
          break;
        case "run": {
          const [[culprit, outcome] = ["", ""]] = Object.entries(step["outcome"] as Readonly<Record<string, string>>);
          const keys = list(value);
          const isWhole = /all .*materialize/.test(outcome);
          this.play(keys, partition, isWhole ? keys : keys.slice(0, keys.indexOf(culprit)), outcome.includes("raises"));
          break;
        }
        case "report_materialization":
          for (const key of list(value)) this.materialize(key, partition, null, step["code_version"]);
          break;
        case "observe":
          for (const key of list(value))
            this.log({
              type: "observed",
              key,
              partitions: [partition ?? ""],
              isNewData: step["new_data_version"] !== false,
            });
          break;
        case "wipe":
        case "wipe_assets":
        case "delete":
          for (const key of list(value))
            this.log({ type: "deleted", key, partitions: partition === null ? null : [partition] });
          break;
        case "redefine_partitions":
        case "add_partitions":
          for (const [key, keys] of Object.entries(
            value as Readonly<Record<string, DagsterPartitions | readonly string[]>>,
          ))
            this.partitions.set(
              key,
              Array.isArray(keys) ? { static: keys as readonly string[] } : (keys as DagsterPartitions),
            );
          break;
        case "set_code_version":
          for (const [key, version] of Object.entries(value as Readonly<Record<string, string>>))
            this.codeVersions.set(key, version);
          break;
        case "set":
          for (const [key, on] of Object.entries(value as Readonly<Record<string, boolean>>)) this.signal(key, on);
          break;
        case "pulse":
          this.position++;
          for (const signal of list(value)) this.signal(signal, "once", false);
          break;
        case "parent_requested_this_tick":
          this.position++;
          for (const parent of value as readonly (string | readonly string[])[]) {
            const [key = "", own = ""] = [parent].flat();
            this.log({ type: "signal", name: requestSignal, key, partitions: [own], value: "once" }, false);
          }
          break;
        case "partition":
        case "outcome":
        case "code_version":
        case "new_data_version":
        case "note":
          break;
        default:
          throw new Error(`the suite knows no step ${name}`);
      }
    }
  }

  private signal(text: string, value: boolean | "once", isAlone = true): void {
    const [, name = "", key, partition] = /^([^@]+)(?:@([^/]+)(?:\/(.+))?)?$/.exec(text) ?? [];
    const partitions = partition === undefined ? null : [partition];
    this.log({ type: "signal", name, key: key ?? null, partitions, value }, isAlone);
  }

  /** A run that is to make `keys`, makes `made`, and ends. */
  private play(keys: readonly string[], partition: string | null, made: readonly string[], isFailed: boolean): void {
    const run = `run${++this.runs}`;
    const targets = Object.fromEntries(keys.map((key) => [key, this.keysOf(key, partition)]));
    this.log({ type: "run_started", run, targets, tags: {} });
    for (const key of made) this.materialize(key, partition, run, undefined);
    this.log({ type: "run_ended", run, state: isFailed ? "failed" : "succeeded" });
  }

  private materialize(key: string, partition: string | null, run: string | null, codeVersion: unknown): void {
    const own = this.specs.find((spec) => spec.key === key)?.code_version ?? null;
    const version = typeof codeVersion === "string" ? codeVersion : (this.codeVersions.get(key) ?? own);
    const partitions = this.keysOf(key, partition);
    this.log({ type: "materialized", key, partitions, run, codeVersion: version, isNewData: true });
  }

  private keysOf(key: string, partition: string | null): readonly string[] {
    return [this.partitionsOf(key) === null ? "" : (partition ?? "")];
  }

  private log(fact: AutomationFact, isAlone = true): void {
    if (isAlone) this.position++;
    this.events.push({ ...fact, position: this.position, at: this.now });
  }

  private partitionsOf(key: string): DagsterPartitions | null {
    return this.partitions.get(key) ?? this.specs.find((spec) => spec.key === key)?.partitions ?? null;
  }

  private graph(): AutomationGraph {
    const cutOf = (key: string) => new Cut(toPartitions(this.partitionsOf(key)), { timezone: "UTC" });
    const cuts = new Map(this.specs.flatMap(({ key }) => (key === undefined ? [] : [[key, cutOf(key)] as const])));
    const none = new Cut(null, { timezone: "UTC" });
    const assets = this.specs.filter(({ key }) => key !== undefined);
    const targets = this.specs.map((spec): Target => {
      const isCheck = spec.check !== undefined;
      const key = isCheck ? `check:${spec.check}` : (spec.key ?? "");
      const downstream = (isCheck ? cuts.get(spec.asset ?? "") : cuts.get(key)) ?? none;
      const deps: readonly DepSpec[] = isCheck ? [spec.asset ?? ""] : (spec.deps ?? []);
      return {
        key,
        type: isCheck ? "check" : "asset",
        name: spec.check ?? key,
        condition: this.conditionOf(key),
        deps: deps.map((dep) => {
          const input = typeof dep === "string" ? dep : dep.key;
          const mapping = typeof dep === "string" || dep.mapping === undefined ? null : toMapping(dep.mapping);
          return toDependency(input, { upstream: cuts.get(input) ?? none, downstream }, mapping);
        }),
        checks: this.specs.flatMap(({ check, asset, blocking }) =>
          check !== undefined && asset === key ? { key: `check:${check}`, isBlocking: blocking ?? false } : [],
        ),
        members: [],
        cut: downstream,
        codeVersion: this.codeVersions.get(key) ?? spec.code_version ?? null,
        timezone: "UTC",
        freshness: null,
        isMaterializable: !(spec.external === true || spec.observable === true),
      };
    });
    const job: Target = {
      key: "job:job",
      type: "job",
      name: "job",
      condition: this.conditionOf("job:job"),
      deps: [],
      checks: [],
      members: assets.flatMap(({ key }) => key ?? []),
      cut: none,
      codeVersion: null,
      timezone: "UTC",
      freshness: null,
      isMaterializable: true,
    };
    const nodes = assets.map(toNode);
    return toGraph([...targets, job], (selection) => new Set<string>(evaluateNodes(selection, nodes).assets));
  }

  private conditionOf(key: string): Target["condition"] {
    const spec = this.conditions.find((condition) => targetsOf(condition).includes(key));
    if (spec) return parseCondition(ours(spec.expr));
    return parseCondition(`signal("${requestSignal}")`);
  }
}

/** How a test of Dagster's says that a parent is requested in a tick. */
const requestSignal = "requested by the scenario";

function targetsOf({ on }: ConditionSpec): readonly string[] {
  return list(on).map((name) => {
    if (name.startsWith("job")) return "job:job";
    return name.startsWith("check ") ? `check:${name.slice("check ".length)}` : name;
  });
}

/** Dagster's expression as ours: its hard-coded conditions are signals, its selections have `or` and `and`. */
function ours(expr: string): string {
  return expr
    .replace(/\b([XTR])\b(?:\(\))?/g, 'signal("$1")')
    .replace(/\b((?:on_cron|cron_tick_passed|all_deps_updated_since_cron)\()([^"')]+)\)/g, '$1"$2")')
    .replace(/\b(allow|ignore)\(([^()]*)\)/g, (_, name: string, inner: string) => {
      const selection = inner
        .replaceAll("|", " or ")
        .replaceAll("&", " and ")
        .replace(/\bgroup\s*[=(]\s*"?(\w+)"?\)?/g, "group:$1");
      return `${name}(${selection})`;
    });
}

function toNode({ key = "", group }: AssetSpec): SelectNode {
  return {
    type: "asset",
    id: key,
    key: key as AssetKey,
    name: key,
    inputs: [],
    storage: "stored",
    notebook: null,
    cell: 0,
    tags: {},
    owners: [],
    group: group ?? "default",
    kinds: [],
    partitions: "none",
    automations: [],
  };
}

function list(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]) as readonly string[];
}

function normal(expected: unknown): unknown {
  if (Array.isArray(expected)) return [...(expected as readonly string[])].sort();
  return Object.fromEntries(
    Object.entries(expected as Readonly<Record<string, unknown>>).map(([key, value]) => [
      key,
      Array.isArray(value) ? [...(value as readonly string[])].sort() : value,
    ]),
  );
}

function withZone(text: string): string {
  const instant = text.includes("T") ? text : `${text.replace(" ", "T")}${/\d:\d/.test(text) ? "" : "T00:00:00"}`;
  return /(?:Z|[+-]\d\d:?\d\d)$/.test(instant) ? instant : `${instant}Z`;
}

function advance(now: number, by: Readonly<Record<string, number>>): number {
  const date = new Date(now);
  for (const [unit, count] of Object.entries(by)) {
    if (unit === "years") date.setUTCFullYear(date.getUTCFullYear() + count);
    else if (unit === "months") date.setUTCMonth(date.getUTCMonth() + count);
    else date.setTime(date.getTime() + count * (unitMs[unit.replace(/s$/, "")] ?? NaN));
  }
  return date.getTime();
}

const unitMs: Readonly<Record<string, number>> = {
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
};
