import { randomUUID } from "node:crypto";
import { nothingSelected } from "../../cells/model/unknown-key.ts";
import { AppError } from "../../cells/errors.ts";
import { buildWorkspace } from "../../cells/graph/build-workspace.ts";
import type { NotebookGraph } from "../../cells/graph/graph.ts";
import type { Workspace } from "../../cells/graph/workspace.ts";
import type { AssetKey } from "../../cells/model/asset-key.ts";
import { defaultRunRules, type Run, type RunRules, type Step, type Trigger } from "../../cells/model/run.ts";
import { conformParams, type DeclaredParams } from "../../cells/params/params.ts";
import { askedOf, makePlan, type Plan } from "../../cells/plan/plan.ts";
import { spacesOf } from "../../cells/plan/spaces.ts";
import { mappingsOf } from "../../cells/staleness/mapped.ts";
import { columnEdges, downstreamOf } from "../../cells/lineage/column-graph.ts";
import type { ChangeKind } from "../../cells/plan/changes.ts";
import type { SensorPartitions } from "../../cells/sensor/outcome.ts";
import { factsAsked } from "../../cells/select/facts-asked.ts";
import { evaluateSelection, type SelectContext } from "../../cells/select/evaluate.ts";
import { endedPartitions } from "../../cells/plan/ended-partitions.ts";
import { namedSelections, partsOf, type NamedJobs } from "../../cells/select/named.ts";
import { parseSelection } from "../../cells/select/parse.ts";
import { printSelection } from "../../cells/select/print.ts";
import type { Clock } from "../clock.ts";
import { engineMajor } from "../engine/engine-version.ts";
import type { NewRun, Store } from "../store/store.ts";
import { type Catalog, type CatalogEntry, readEntry } from "../workspace/catalog.ts";
import type { WorkspaceFiles } from "../workspace/workspace-files.ts";
import { changesOf } from "./changes.ts";
import type { ColumnReader } from "./column-reader.ts";
import { loadFacts } from "./facts.ts";
import { withFound } from "./found-results.ts";
import { Identities } from "./identities.ts";
import type { PartitionReader } from "../partitions/partition-reader.ts";
import { loadReach } from "./reach.ts";
import { rebased, targetsOfSlices } from "./run-targets.ts";
import { tagsOf } from "./run-tags.ts";
import { standingOf } from "./standing.ts";

/** What the server runs: published revisions, and the file as it is of a notebook that was never published. */
export interface Effective {
  readonly workspace: Workspace;
  readonly entries: readonly CatalogEntry[];
}

/** What a run is asked to do. */
export interface RunRequest {
  readonly select: string;
  /** the slices of assets with partitions: `K`, `A..B` or `*`; null where none is named */
  readonly partition: string | null;
  /** the slices of each asset by key, in place of `partition`: what failed of another run, what a backfill found missing */
  readonly slices?: ReadonlyMap<AssetKey, readonly string[]>;
  /** the run is about `slices` and nothing else: what they read and has no data is not added, and assets without partitions are meant too */
  readonly exact?: boolean;
  /** why steps cannot be computed, under `key\npartition`: they are blocked from the start */
  readonly blocked?: ReadonlyMap<string, string>;
  readonly params: Readonly<Record<string, unknown>>;
  readonly force: boolean;
  /** nothing is computed: the checks of what there is are carried out again */
  readonly checksOnly?: boolean;
  /** steps of this asset alone: nothing that it needs is made beside it */
  readonly only?: AssetKey;
  /** the files as they are, whatever is published */
  readonly draft: boolean;
  /** the branch to work in; left out for what is published */
  readonly branch?: string;
  /** keys of dynamic partitions that are added and removed together with the run */
  readonly partitions?: SensorPartitions;
  readonly trigger: Trigger;
  /** beside those of the notebooks that it computes */
  readonly tags?: Readonly<Record<string, string>>;
  readonly priority?: number;
  /** what is given in place of the queue's own */
  readonly rules?: Partial<RunRules>;
  /** the partitions of time that had ended at an instant, in place of `partition` */
  readonly ended?: EndedPartitions;
}

/** The last `count` windows of time that had ended at an instant, but for the `ago` last of all. */
interface EndedPartitions {
  readonly at: number;
  readonly count: number;
  readonly ago: number;
}

/** What `changed:` asks for, as Dagster's `changed_in_branch` has it. */
const changeWords: Readonly<Record<ChangeKind, readonly string[]>> = {
  added: ["new"],
  removed: ["removed"],
  direct: ["code"],
  indirect: ["dependencies"],
  unchanged: [],
};

/** Turns requests into plans, and plans into runs that wait in the store. */
export class Planner {
  readonly #store: Store;
  readonly #catalog: Catalog;
  readonly #files: WorkspaceFiles;
  readonly #clock: Clock;
  readonly #columns: ColumnReader;
  readonly #partitions: PartitionReader;
  readonly #identities: Identities;
  /** the last that was asked for: joining ten thousand assets takes longer than planning them */
  #effective: { readonly name: string; readonly is: Effective } | null = null;
  readonly #rules: () => RunRules;
  readonly #jobs: () => NamedJobs;
  readonly #wideFrom: number | undefined;
  // a revision never changes: compiled once
  readonly #revisions = new Map<string, CatalogEntry>();
  readonly #kept = new Set<string>();

  constructor(parts: {
    readonly store: Store;
    readonly catalog: Catalog;
    readonly files: WorkspaceFiles;
    readonly clock: Clock;
    readonly columns: ColumnReader;
    readonly partitions: PartitionReader;
    /** rules of a run that is given none */
    readonly rules?: () => RunRules;
    /** those that selections may name */
    readonly jobs?: () => NamedJobs;
    /** partitions from which on those of an asset are not all loaded */
    readonly wideFrom?: number;
  }) {
    this.#wideFrom = parts.wideFrom;
    this.#columns = parts.columns;
    this.#partitions = parts.partitions;
    this.#store = parts.store;
    this.#catalog = parts.catalog;
    this.#files = parts.files;
    this.#clock = parts.clock;
    this.#identities = new Identities(parts.store, parts.clock);
    this.#rules = parts.rules ?? (() => defaultRunRules);
    this.#jobs = parts.jobs ?? (() => new Map());
  }

  /**
   * The notebooks as the server runs them, (`draft`) as the files are, or as a branch has them. Throws `not_found` where there is no such
   * branch.
   */
  async effective(draft = false, branch?: string): Promise<Effective> {
    const entries = new Map(this.#catalog.entries().map((entry) => [entry.path, entry]));
    const take = (path: string, text: string, revision: string): void => {
      if (entries.get(path)?.revision === revision) return;
      const known = this.#revisions.get(`${path}\n${revision}`) ?? readEntry(path, text, revision);
      this.#revisions.set(`${path}\n${revision}`, known);
      entries.set(path, known);
    };
    if (!draft || branch !== undefined)
      for (const { path, text, revision } of await this.#store.published()) take(path, text, revision);
    if (branch !== undefined)
      for (const { path, revision } of await this.#revisionsOf(branch))
        take(path, (await this.#store.revision(revision)) ?? "", revision);
    const effective = this.#joined([...entries.values()]);
    if (!draft && branch === undefined) await this.#identities.keep(effective.workspace);
    return effective;
  }

  async #revisionsOf(name: string) {
    const branch = await this.#store.branch(name);
    if (branch === null)
      throw new AppError("not_found", `there is no branch ${name}; cellar branches shows those there are`, {
        data: { branch: name },
      });
    return branch.revisions;
  }

  #joined(entries: readonly CatalogEntry[]): Effective {
    const name = JSON.stringify(entries.map(({ path, revision }) => [path, revision]));
    if (this.#effective?.name === name) return this.#effective.is;
    const graphs = entries.flatMap((entry): NotebookGraph[] => (entry.type === "notebook" ? [entry.graph] : []));
    const is = { entries, workspace: buildWorkspace(graphs) };
    this.#effective = { name, is };
    return is;
  }

  /** The facts of a workspace, as of `now`, as readers of a branch see them or of what is published. */
  facts(workspace: Workspace, now = this.#clock.now(), branch?: string, changed?: SensorPartitions) {
    return loadFacts(workspace, {
      store: this.#store,
      partitions: this.#partitions,
      fileVersion: (name) => this.#files.version(name),
      now,
      isPretended: now > this.#clock.now() || changed !== undefined,
      engine: engineMajor,
      ...(branch === undefined ? {} : { branch }),
      ...(changed === undefined ? {} : { changed }),
      ...(this.#wideFrom === undefined ? {} : { most: this.#wideFrom }),
    });
  }

  /** The assets that a selection names, in dependency order. Throws `selection_invalid`. */
  async select(workspace: Workspace, select: string, now?: number, branch?: string): Promise<readonly AssetKey[]> {
    if (select.trim() === "") return [...workspace.order];
    const selection = parseSelection(select);
    const jobs = this.#jobs();
    const parts = partsOf(selection, namedSelections(workspace, jobs));
    const asked = new Set(parts.flatMap((part) => [...factsAsked(part)]));
    const stated: SelectContext = { jobs };
    if (asked.has("staleness") || asked.has("facts")) {
      const facts = await this.facts(workspace, now, branch);
      Object.assign(stated, { facts, staleness: await standingOf(workspace, facts) });
    }
    return evaluateSelection(selection, workspace, {
      ...stated,
      ...(await this.#compared(asked, workspace, branch)),
    });
  }

  /** What a selection asks of changes and columns: told only where it does, since it takes an engine. */
  async #compared(
    asked: ReadonlySet<keyof SelectContext>,
    workspace: Workspace,
    branch?: string,
  ): Promise<SelectContext> {
    const parts = { store: this.#store, catalog: this.#catalog, columns: this.#columns, planner: this };
    const context: { -readonly [K in keyof SelectContext]: SelectContext[K] } = {};
    if (asked.has("changes")) {
      const { changes } = await changesOf(parts, branch === undefined ? { draft: true } : { branch });
      const words = new Map(changes.map(({ key, change }) => [key, changeWords[change]]));
      context.changes = (key) => words.get(key) ?? [];
    }
    if (asked.has("readers")) {
      const known = await this.#columns.columnsOf(workspace, await this.facts(workspace, undefined, branch));
      const edges = columnEdges(workspace, known);
      context.readers = (asset, column) => downstreamOf(edges, { id: asset, column }).map(({ id }) => id as AssetKey);
    }
    return context;
  }

  /** What a run would do, and why. Throws `selection_invalid`, `usage` where nothing is selected. */
  async plan(
    request: Pick<
      RunRequest,
      "select" | "partition" | "slices" | "exact" | "ended" | "force" | "draft" | "branch" | "params" | "partitions"
    >,
    now = this.#clock.now(),
  ): Promise<{ readonly plan: Plan; readonly effective: Effective }> {
    const effective = await this.effective(request.draft, request.branch);
    const { workspace } = effective;
    const { partition, slices, exact = false, ended, force, params } = request;
    const keys = exact
      ? [...(slices?.keys() ?? [])]
      : await this.select(workspace, request.select, now, request.branch);
    if (keys.length === 0 && request.select.trim() !== "")
      throw nothingSelected(request.select, workspace.assets.keys());
    const facts = await this.facts(workspace, now, request.branch, request.partitions);
    const spaceOf = spacesOf(workspace, { at: now, ...facts.open });
    const targets =
      slices !== undefined
        ? { targets: targetsOfSlices(workspace, spaceOf, slices) }
        : ended !== undefined
          ? {
              targets: rebased(
                endedPartitions(workspace, keys, spacesOf(workspace, { ...facts.open, at: ended.at }), ended),
                workspace,
                spaceOf,
              ),
            }
          : {};
    const isAll = request.select.trim() === "" && !exact && slices === undefined && ended === undefined;
    const question = { workspace, keys: isAll ? null : keys, partition, ...targets, spaceOf };
    const mappings = mappingsOf(workspace, spaceOf);
    await loadReach(facts, { workspace, spaceOf, mappings, exact, ...askedOf(question, mappings) });
    const chained = [...workspace.assets.values()].filter(({ readsItself }) => readsItself).map(({ key }) => key);
    return {
      plan: await withFound(this.#store, facts, chained, (known) =>
        facts.complete(() => makePlan({ ...question, facts: known, exact, force, params })),
      ),
      effective,
    };
  }

  /** The params of a request as the notebooks take them. Throws `usage` for one that none takes. */
  async conform(params: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> {
    return conformParams(params, await this.#declaredParams({ params, draft: false }));
  }

  async #declaredParams({
    params,
    draft,
    branch,
  }: Pick<RunRequest, "params" | "draft" | "branch">): Promise<readonly DeclaredParams[]> {
    if (Object.keys(params).length === 0) return [];
    const { workspace } = await this.effective(draft, branch);
    return Array.from(workspace.notebooks.values(), ({ path, options }) => ({
      notebook: path,
      params: options.params,
    }));
  }

  /**
   * A run with its steps, not in the store yet; the texts that it runs are kept. Throws as `plan`, and `usage` for params that no
   * notebook takes.
   */
  async newRun(asked: RunRequest): Promise<NewRun> {
    const params = conformParams(asked.params, await this.#declaredParams(asked));
    const request = { ...asked, params };
    const { plan, effective } = request.checksOnly === true ? await this.#checks(request) : await this.plan(request);
    const now = this.#clock.now();
    const notebooks = this.#reaches(effective.workspace, plan);
    const revisions: Record<string, string> = {};
    for (const { path, text, revision } of effective.entries) {
      if (!notebooks.has(path)) continue;
      revisions[path] = revision;
      if (this.#kept.has(revision)) continue;
      await this.#store.keepRevision({ path, revision, text, at: now });
      this.#kept.add(revision);
    }
    const id = randomUUID();
    const run: Run = {
      id,
      state: "queued",
      trigger: request.trigger,
      selection: request.select.trim() === "" ? "" : printSelection(parseSelection(request.select)),
      partition: request.partition,
      params: request.params,
      force: request.force,
      ...(request.checksOnly === true ? { checksOnly: true } : {}),
      revisions,
      ...(request.branch === undefined ? {} : { environment: request.branch }),
      tags: { ...tagsOf(effective.workspace, plan), ...request.tags },
      priority: request.priority ?? 0,
      rules: { ...this.#rules(), ...request.rules },
      createdAt: now,
      startedAt: null,
      endedAt: null,
      error: null,
    };
    const planned = plan.steps.filter(({ key }) => request.only === undefined || key === request.only);
    const steps = planned.map(({ key, partition, action, reason }): Step => {
      const blocked = request.blocked?.get(`${key}\n${partition}`);
      const state = blocked !== undefined ? "blocked" : action === "skip" ? "skipped" : "waiting";
      return {
        run: id,
        asset: key,
        partition,
        state,
        attempt: 0,
        reason: blocked ?? reason,
        rows: null,
        bytes: null,
        ms: null,
        dataVersion: null,
        error: null,
        startedAt: null,
        endedAt: state === "waiting" ? null : now,
      };
    });
    return { run, steps };
  }

  /** The checks of everything that is selected, has any, and was materialized. Throws `usage` where there is nothing. */
  async #checks({ select, partition, slices, draft }: RunRequest): Promise<{ plan: Plan; effective: Effective }> {
    const effective = await this.effective(draft);
    const { workspace } = effective;
    const keys = (await this.select(workspace, select)).filter((key) => workspace.checks.has(key));
    const facts = await this.#store.pointers(keys);
    const steps = facts
      .filter((fact) =>
        slices === undefined
          ? partition === null || fact.partition === partition
          : (slices.get(fact.asset)?.includes(fact.partition) ?? false),
      )
      .map((fact) => ({ fact, at: workspace.order.indexOf(fact.asset) }))
      .sort((a, b) => a.at - b.at)
      .map(({ fact: { asset, partition: own } }) => {
        const count = workspace.checks.get(asset)?.length ?? 0;
        const reason = `${count} ${count === 1 ? "check" : "checks"} to carry out`;
        return { key: asset, partition: own, action: "run", reason, estimateMs: null } as const;
      });
    if (steps.length === 0)
      throw new AppError(
        "usage",
        keys.length === 0
          ? "nothing that is selected has a check; cellar checks lists those there are"
          : "nothing that is selected was materialized, so there is nothing to check; run it first",
      );
    return { plan: { steps }, effective };
  }

  /** The notebooks whose code the plan's steps need: their own, and those whose virtual or stored assets they read. */
  #reaches(workspace: Workspace, plan: Plan): ReadonlySet<string> {
    const notebooks = new Set<string>();
    const seen = new Set<AssetKey>();
    const visit = (key: AssetKey) => {
      const node = workspace.assets.get(key);
      if (node === undefined || seen.has(key)) return;
      seen.add(key);
      notebooks.add(node.notebook);
      for (const input of node.inputs) if (input.type === "asset") visit(input.key);
      for (const source of node.comesAfter) visit(source);
    };
    for (const { key } of plan.steps) visit(key);
    return notebooks;
  }
}
