import { AppError } from "../errors.ts";
import type { GraphCell, NotebookGraph } from "../graph/graph.ts";
import type { AssetNode, Workspace } from "../graph/workspace.ts";
import { AssetKey } from "../model/asset-key.ts";
import type { CellOptions } from "../model/options.ts";
import type { MappingAnswers } from "../partition/mapping-answers.ts";
import type { PartitionMapping } from "../partition/definition.ts";
import { mappedName, type OpenPartitions } from "../partition/open-partitions.ts";
import { parsePartitionMapping } from "../partition/parse-mapping.ts";
import { parsePartitions } from "../partition/parse.ts";
import { saidOf } from "../staleness/mapped.ts";
import { evaluateSelection } from "../select/evaluate.ts";
import { printSelection } from "../select/print.ts";
import type { Condition } from "./condition.ts";
import { Cut, type CutContext } from "./cut.ts";
import { toDependency } from "./dependency.ts";
import { toGraph, type AutomationGraph, type Dependency, type Target } from "./graph.ts";
import { parseCondition } from "./parse.ts";

/** A job of `cellar.json` that has a condition, or that conditions may name. */
export interface AutomationJob {
  readonly name: string;
  /** keys of its assets */
  readonly members: readonly string[];
  readonly automation: string | null;
  readonly timezone: string;
}

/** What the notebooks do not say. */
export interface AutomationSetting extends OpenPartitions {
  readonly jobs?: readonly AutomationJob[];
  /** conditions in place of those in the notebooks: key of an asset → text; throws `attribute_invalid` where one is wrong */
  readonly automation?: Readonly<Record<string, string>>;
}

/**
 * Every stored asset, check and job as a target of automation, virtual assets looked through. An attribute that cannot be
 * read counts as not there: the notebook's problems tell of it.
 */
export function automationGraphOf(workspace: Workspace, setting: AutomationSetting = {}): AutomationGraph {
  const maker = new TargetMaker(workspace, setting);
  const selected = new Map<string, ReadonlySet<string>>();
  return toGraph(maker.targets(), (selection) => {
    const text = printSelection(selection);
    const known = selected.get(text) ?? new Set<string>(evaluateSelection(selection, workspace));
    selected.set(text, known);
    return known;
  });
}

interface CheckCell {
  readonly key: string;
  readonly asset: AssetKey;
  readonly name: string;
  readonly cell: GraphCell;
  readonly notebook: NotebookGraph;
}

class TargetMaker {
  private readonly workspace: Workspace;
  private readonly setting: AutomationSetting;
  private readonly cuts = new Map<string, Cut>();
  private readonly conditions = new Map<string, Condition | null>();
  private readonly mappings = new Map<string, PartitionMapping | null>();

  constructor(workspace: Workspace, setting: AutomationSetting) {
    this.workspace = workspace;
    this.setting = setting;
  }

  targets(): readonly Target[] {
    const checks = new Map<AssetKey, CheckCell[]>();
    for (const check of checkCells(this.workspace)) {
      const list = checks.get(check.asset);
      if (list) list.push(check);
      else checks.set(check.asset, [check]);
    }
    const nodes = [...this.workspace.assets.values()].filter(({ storage }) => storage !== "virtual");
    return [
      ...nodes.map((node) => this.asset(node, checks.get(node.key) ?? [])),
      ...[...checks].flatMap(([asset, cells]) => {
        const node = this.workspace.assets.get(asset);
        return node === undefined || node.storage === "virtual" ? [] : cells.map((check) => this.check(check, node));
      }),
      ...(this.setting.jobs ?? []).map((job) => this.job(job)),
    ];
  }

  private asset(node: AssetNode, checks: readonly CheckCell[]): Target {
    const given = this.setting.automation?.[node.key];
    return {
      key: node.key,
      type: "asset",
      name: node.name,
      condition: given === undefined ? this.condition(node.options.automation) : parseCondition(given),
      deps: node.sources.flatMap((source) => (source.type === "asset" ? this.dependency(node, source) : [])),
      checks: checks.map(({ key, cell }) => ({ key, isBlocking: cell.options.blocking })),
      members: [],
      cut: this.cutOf(node),
      codeVersion: node.effectiveCodeVersion,
      timezone: this.timezoneOf(node.notebook),
      freshness: node.options.fresh,
      isMaterializable: true,
    };
  }

  private check({ key, name, cell, notebook }: CheckCell, asset: AssetNode): Target {
    const cut = this.cutOf(asset);
    return {
      key,
      type: "check",
      name,
      condition: this.condition(cell.options.automation),
      deps: [toDependency(asset.key, { upstream: cut, downstream: cut }, null)],
      checks: [],
      members: [],
      cut,
      codeVersion: cell.codeVersion,
      timezone: notebook.options.timezone,
      freshness: null,
      isMaterializable: true,
    };
  }

  private job({ name, members, automation, timezone }: AutomationJob): Target {
    return {
      key: `job:${name}`,
      type: "job",
      name,
      condition: automation === null ? null : parseCondition(automation),
      deps: [],
      checks: [],
      members,
      cut: this.cut(null, timezone),
      codeVersion: null,
      timezone,
      freshness: null,
      isMaterializable: true,
    };
  }

  private dependency(
    node: AssetNode,
    source: { readonly key: AssetKey; readonly label: string },
  ): readonly Dependency[] {
    const input = this.workspace.assets.get(source.key);
    if (!input) return [];
    const ends = { upstream: this.cutOf(input), downstream: this.cutOf(node) };
    const said = saidOf(node, source);
    try {
      return [toDependency(source.key, ends, said === null ? null : this.mapping(said.text))];
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return [toDependency(source.key, ends, { type: "all" })];
    }
  }

  private cutOf(node: AssetNode): Cut {
    const { partitions } = node.options;
    const answers = partitions === null ? undefined : this.setting.answers?.get(mappedName(node.notebook, partitions));
    if (answers === undefined) return this.cut(partitions, this.timezoneOf(node.notebook));
    return this.cut(partitions, this.timezoneOf(node.notebook), { of: node.notebook, answers });
  }

  private cut(
    text: CellOptions["partitions"],
    timezone: string,
    mapped?: { readonly of: string; readonly answers: MappingAnswers },
  ): Cut {
    if (text === null) timezone = "UTC";
    const name = JSON.stringify([timezone, text, mapped?.of]);
    const known = this.cuts.get(name);
    if (known) return known;
    const { dynamic } = this.setting;
    const context: CutContext = {
      timezone,
      ...(dynamic === undefined ? {} : { dynamic }),
      ...(mapped === undefined ? {} : { answers: mapped.answers }),
    };
    const cut = attempt(() => new Cut(text === null ? null : parsePartitions(text), context), new Cut(null, context));
    this.cuts.set(name, cut);
    return cut;
  }

  private condition(text: string): Condition | null {
    if (text === "manual") return null;
    let condition = this.conditions.get(text);
    if (condition === undefined) {
      condition = attempt(() => parseCondition(text), null);
      this.conditions.set(text, condition);
    }
    return condition;
  }

  private mapping(text: string): PartitionMapping | null {
    let mapping = this.mappings.get(text);
    if (mapping === undefined) {
      mapping = attempt(() => parsePartitionMapping(text), null);
      this.mappings.set(text, mapping);
    }
    return mapping;
  }

  private timezoneOf(notebook: string): string {
    return this.workspace.notebooks.get(notebook)?.options.timezone ?? "UTC";
  }
}

/** The cells that check an asset, by the asset. A check is named by its first output, or by its cell where it has none. */
function checkCells(workspace: Workspace): readonly CheckCell[] {
  return [...workspace.notebooks.values()].flatMap((notebook) =>
    notebook.cells.flatMap((cell) => {
      const { check } = cell.options;
      if (check === null) return [];
      const name = cell.compiled.outputs[0]?.name ?? `cell ${cell.cell.id}`;
      const asset = check.includes("/") ? AssetKey.parse(check) : AssetKey.of(notebook.path, check);
      return [{ key: checkKey(notebook.path, name), asset, name, cell, notebook }];
    }),
  );
}

/** The key of a check as a target: of the notebook at `path`, by its first output, or `cell N` where it has none. */
function checkKey(path: string, name: string): string {
  return `check:${AssetKey.of(path, name)}`;
}

/** What `make` makes, or something else where the text that it reads is invalid. */
function attempt<T, U>(make: () => T, otherwise: U): T | U {
  try {
    return make();
  } catch (error) {
    if (error instanceof AppError) return otherwise;
    throw error;
  }
}
