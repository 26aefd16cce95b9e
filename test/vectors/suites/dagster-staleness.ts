// Long because it reads every kind of step that Dagster's life cycles are told in
import { defaultCellOptions } from "../../../cells/format/options.ts";
import { lookThrough, type Looked } from "../../../cells/graph/look-through.ts";
import {
  sourceKey,
  type AssetInput,
  type AssetNode,
  type Source,
  type Workspace,
} from "../../../cells/graph/workspace.ts";
import { AssetKey } from "../../../cells/model/asset-key.ts";
import type { Materialization } from "../../../cells/model/materialization.ts";
import { keysOf, toSpace, type PartitionSpace } from "../../../cells/partition/space.ts";
import { rootCauses, type Cause } from "../../../cells/staleness/cause.ts";
import { recordedVersion, type Facts } from "../../../cells/staleness/facts.ts";
import { mappingsOf, withMappings } from "../../../cells/staleness/mapped.ts";
import { stalenessOf, type Staleness } from "../../../cells/staleness/staleness.ts";
import { memoKeyOf } from "../../../cells/staleness/version.ts";
import {
  toPartitions,
  textOfMapping,
  textOfPartitions,
  type DagsterMapping,
  type DagsterPartitions,
} from "../dagster-definitions.ts";
import { same, type VectorResult, type VectorSuite } from "../suite.ts";

type DepSpec = string | { readonly key: string; readonly mapping?: DagsterMapping };

interface AssetSpec {
  readonly key: string;
  readonly deps: readonly DepSpec[];
  readonly code_version?: string | null;
  readonly data_version?: string;
  readonly external?: boolean;
  readonly virtual?: boolean;
  readonly partitions?: DagsterPartitions;
}

type Step = Readonly<Record<string, unknown>>;
type Expected = Readonly<Record<string, unknown>>;

interface Case {
  readonly id: string;
  readonly assets: readonly AssetSpec[];
  readonly steps: readonly Step[];
}

interface Document {
  readonly cases: readonly Case[];
}

/**
 * Dagster's unsynced states: its sources are our files, and what it calls the data version of an asset without its own
 * (of code and inputs, or of the run where there is no code version) is what our assets come out as.
 */
export const suite: VectorSuite = {
  name: "dagster-staleness",
  run: async (document) => {
    const { cases } = document as Document;
    return cases.map((one): VectorResult => {
      try {
        const outcomes = new LifeCycle(one.assets).run(one.steps);
        const wrong = outcomes.find(({ expected, got }) => !same(expected, got));
        return { id: one.id, passed: wrong === undefined, ...wrong };
      } catch (error) {
        return { id: one.id, passed: false, expected: one.steps, got: String(error) };
      }
    });
  },
};

class LifeCycle implements Facts {
  now = Date.UTC(2026, 0, 1);
  readonly engine = "duckdb 1.5";
  private readonly specs: Map<string, AssetSpec>;
  private readonly made = new Map<string, Materialization>();
  private readonly observed = new Map<string, number>();
  private readonly saved = new Map<string, string>();
  private seq = 0;

  constructor(specs: readonly AssetSpec[]) {
    this.specs = new Map(specs.map((spec) => [spec.key, spec]));
  }

  run(steps: readonly Step[]): readonly { readonly expected: unknown; readonly got: unknown }[] {
    const outcomes: { expected: unknown; got: unknown }[] = [];
    for (const step of steps) {
      this.now += 60_000;
      if (step["expect"] === undefined) this.act(step);
      else
        for (const [name, value] of Object.entries(step["expect"] as Expected))
          outcomes.push(...this.check(name, value));
    }
    return outcomes;
  }

  latest(asset: AssetKey, partition: string): Materialization | null {
    return this.made.get(`${asset} ${partition}`) ?? null;
  }

  byMemoKey(): null {
    return null;
  }

  fileVersion(name: string): string {
    return `observation ${this.observed.get(name) ?? 0}`;
  }

  lastFailure(): null {
    return null;
  }

  medianMs(): null {
    return null;
  }

  private act(step: Step): void {
    for (const [name, value] of Object.entries(step)) {
      switch (name) {
        case "materialize":
          this.materialize(list(value), step);
          break;
        case "observe":
          for (const key of list(value))
            if (step["new_data_version"] !== false) this.observed.set(key, (this.observed.get(key) ?? 0) + 1);
          break;
        case "redefine":
          for (const [key, spec] of Object.entries(value as Readonly<Record<string, Partial<AssetSpec>>>)) {
            const before = this.specs.get(key) ?? { key, deps: [] };
            this.specs.set(key, { ...before, ...spec });
          }
          break;
        case "add_asset":
          for (const spec of [value].flat() as readonly AssetSpec[]) this.specs.set(spec.key, spec);
          break;
        case "remove_asset":
          for (const key of list(value)) this.specs.delete(key);
          break;
        case "save":
        case "data_version":
        case "returns_data_version":
        case "new_data_version":
        case "partition":
        case "note":
          break;
        default:
          throw new Error(`the suite knows no step ${name}`);
      }
    }
  }

  private materialize(names: readonly string[], step: Step): void {
    const run = `run${++this.seq}`;
    for (const name of names) {
      const [key = "", written = (step["partition"] as string | undefined) ?? ""] = name.split("/");
      const node = this.workspace().assets.get(keyOf(key));
      if (!node) throw new Error(`no asset ${key}`);
      const partitions =
        written === "*" ? [...keysOf(this.spaceOf(node))] : [node.options.partitions === null ? "" : written];
      for (const partition of partitions) this.make(node, partition, run, step);
    }
  }

  private make(node: AssetNode, partition: string, run: string, step: Step): void {
    const workspace = this.workspace();
    const facts = this.mapped(workspace);
    const spec = this.specs.get(node.name);
    const version = (source: Source) => recordedVersion(workspace, facts, node, source, partition) ?? "";
    const inputs = Object.fromEntries(node.sources.map((source) => [sourceKey(source), version(source)]));
    const given = step["data_version"];
    const own =
      step["returns_data_version"] ??
      (typeof given === "object" && given !== null
        ? ((given as Readonly<Record<string, unknown>>)[`${node.name}/${partition}`] ??
          (given as Readonly<Record<string, unknown>>)[node.name])
        : given);
    const code = spec?.code_version ?? null;
    const logical = JSON.stringify([code ?? `${run} ${partition}`, Object.entries(inputs).sort()]);
    const dataVersion = own === undefined ? logical : String(own);
    const memoKey = memoKeyOf(workspace, node, version, { partition, params: {}, engine: this.engine }) ?? "";
    this.made.set(`${node.key} ${partition}`, {
      seq: ++this.seq,
      asset: node.key,
      partition,
      run,
      codeVersion: node.effectiveCodeVersion,
      dataVersion,
      inputs,
      bound: "[]",
      memoKey,
      format: "parquet",
      sha256: "",
      bytes: 0,
      rows: null,
      schema: [],
      ms: 0,
      engine: this.engine,
      createdAt: this.now,
      expiresAt: null,
    });
    const { save } = step;
    if (typeof save === "string") this.saved.set(save, dataVersion);
    else if (typeof save === "object" && save !== null)
      for (const [key, name] of Object.entries(save)) if (key === node.name) this.saved.set(String(name), dataVersion);
  }

  private check(name: string, value: unknown): readonly { readonly expected: unknown; readonly got: unknown }[] {
    const entries = () => Object.entries(value as Readonly<Record<string, unknown>>);
    switch (name) {
      case "status":
        return entries().map(([asset, expected]) => ({ expected, got: this.status(asset) }));
      case "causes":
        return entries().map(([asset, expected]) => ({ expected, got: this.causes(asset) }));
      case "root_causes":
        return entries().map(([asset, expected]) => ({ expected, got: this.roots(asset) }));
      case "data_cause_includes":
      case "data_cause_excludes":
        return entries().map(([asset, keys]) => {
          const inputs = new Set(this.causes(asset).flatMap((cause) => cause["dependency"] ?? []));
          const expected = list(keys).map(() => name === "data_cause_includes");
          return { expected, got: list(keys).map((key) => inputs.has(key)) };
        });
      case "data_version":
        return entries().map(([asset, expected]) => ({
          expected,
          got: this.latest(keyOf(asset), "")?.dataVersion,
        }));
      case "data_version_equal": {
        const triples = (Array.isArray((value as readonly unknown[])[0]) ? value : [value]) as readonly [
          string,
          string,
          boolean,
        ][];
        return triples.map(([a, b, expected]) => ({ expected, got: this.saved.get(a) === this.saved.get(b) }));
      }
      case "code_causes":
        return entries().map(([asset, expected]) => ({
          expected,
          got: this.causes(asset).filter((cause) => cause["category"] === "CODE").length,
        }));
      case "self_dependency_threshold":
        return [];
      default:
        throw new Error(`the suite knows no expectation ${name}`);
    }
  }

  private stalenessOf(asset: string): { readonly own: Staleness; readonly node: AssetNode } {
    const [key = "", partition = ""] = asset.split("/");
    const workspace = this.workspace();
    const own = stalenessOf(workspace, this.mapped(workspace), { partition }).get(keyOf(key));
    const node = workspace.assets.get(keyOf(key));
    if (!own || !node) throw new Error(`no asset ${key}`);
    return { own, node };
  }

  private status(asset: string): string {
    if (this.specs.get(asset)?.external) return "FRESH";
    const { own, node } = this.stalenessOf(asset);
    if (own.status !== "virtual") return own.status.toUpperCase();
    // Dagster gives its views a state: there once what they read is, and stale where their own code is another
    if (own.causes.length > 0) return "STALE";
    const isThere = node.sources.every((source) => source.type === "file" || this.latest(source.key, "") !== null);
    return isThere ? "FRESH" : "MISSING";
  }

  private causes(asset: string): readonly Readonly<Record<string, unknown>>[] {
    if (this.specs.get(asset)?.external) return [];
    return this.stalenessOf(asset).own.causes.flatMap((cause) => this.toCauses(cause));
  }

  private roots(asset: string): readonly Readonly<Record<string, unknown>>[] {
    this.isRoot = true;
    const roots = rootCauses(this.stalenessOf(asset).own.causes).flatMap((cause) => this.toCauses(cause));
    this.isRoot = false;
    return roots;
  }

  /** A cause as Dagster tells it. */
  private toCauses(cause: Cause): readonly Readonly<Record<string, unknown>>[] {
    const isVersioned = (key: string) => {
      const spec = this.specs.get(key);
      return spec?.external === true || spec?.code_version != null || spec?.data_version !== undefined;
    };
    switch (cause.type) {
      case "code":
        return [
          { category: "CODE", reason: "NEW_CODE_VERSION", ...(this.isRoot ? { on: AssetKey.name(cause.asset) } : {}) },
        ];
      case "dependency": {
        const reason = cause.change === "added" ? "NEW_DEPENDENCY" : "REMOVED_DEPENDENCY";
        return [{ category: "DEPENDENCIES", reason, dependency: cause.input.replace(/^file:|^n\//, "") }];
      }
      case "file": {
        const child = { category: "DATA", reason: "NEW_DATA_VERSION", on: cause.file };
        return [
          this.isRoot ? child : { category: "DATA", reason: "DEP_NEW_DATA_VERSION", dependency: cause.file, child },
        ];
      }
      case "materialized": {
        const on = [AssetKey.name(cause.asset), ...(cause.partition === undefined ? [] : [cause.partition])].join("/");
        return [
          {
            category: "DATA",
            reason: isVersioned(AssetKey.name(cause.asset)) ? "NEW_DATA_VERSION" : "NEW_MATERIALIZATION",
            on,
          },
        ];
      }
      case "data":
        return cause.causes.flatMap((inner) =>
          this.toCauses(inner).map((child) => ({
            category: "DATA",
            reason: `DEP_${String(child["reason"])}`,
            dependency: child["on"],
            child,
          })),
        );
      case "engine":
      case "expired":
      case "failed":
      case "missing":
      case "params":
      case "pending":
        return [{ type: cause.type }];
    }
  }

  /** whether causes are told as roots, which name the asset that they are on */
  private isRoot = false;

  private mapped(workspace: Workspace): Facts {
    return withMappings(
      this,
      mappingsOf(workspace, (node) => this.spaceOf(node)),
    );
  }

  private spaceOf(node: AssetNode): PartitionSpace {
    return toSpace(toPartitions(this.specs.get(node.name)?.partitions ?? null), { at: this.now, timezone: "UTC" });
  }

  private workspace(): Workspace {
    const assets = new Map<AssetKey, AssetNode>();
    const looked = new Map<AssetKey, Looked>();
    for (const spec of this.specs.values()) {
      if (spec.external) continue;
      const key = keyOf(spec.key);
      const inputs = spec.deps.map((dep): AssetInput => {
        const name = typeof dep === "string" ? dep : dep.key;
        return this.specs.get(name)?.external
          ? { type: "file", file: name }
          : { type: "asset", key: keyOf(name), name };
      });
      const upstream = Object.fromEntries(
        spec.deps.flatMap((dep) =>
          typeof dep === "string" || dep.mapping === undefined ? [] : [[dep.key, textOfMapping(dep.mapping)]],
        ),
      );
      const codeVersion = spec.code_version ?? "none";
      const through = lookThrough(
        { notebook: "n", codeVersion, inputs, readsParams: false, ownVolatile: [] },
        (input) => (this.specs.get(AssetKey.name(input))?.virtual ? (looked.get(input) ?? null) : null),
      );
      looked.set(key, through);
      assets.set(key, {
        key,
        notebook: "n",
        notebookId: null,
        cell: 1,
        name: spec.key,
        kind: "sql",
        storage: spec.virtual ? "virtual" : "stored",
        codeVersion,
        inputs,
        readsItself: false,
        keysFrom: [],
        comesAfter: [],
        options: { ...defaultCellOptions, partitions: textOfPartitions(spec.partitions ?? null), upstream },
        tags: {},
        owners: [],
        group: "n",
        description: null,
        problem: null,
        ...through,
      });
    }
    return {
      notebooks: new Map(),
      assets,
      order: [...assets.keys()],
      readers: new Map(),
      checks: new Map(),
      problems: [],
    };
  }
}

/** Every asset of a case is of one notebook. */
function keyOf(name: string): AssetKey {
  return AssetKey.of("n", name);
}

function list(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]) as readonly string[];
}
