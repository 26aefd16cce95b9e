import { keysSelection } from "../../cells/select/named.ts";
import type { BranchReport, ChangesReport } from "../../cells/api/branch-schema.ts";
import { AppError } from "../../cells/errors.ts";
import { AssetKey } from "../../cells/model/asset-key.ts";
import type { Branch, Promotion } from "../../cells/model/branch.ts";
import type { Materialization } from "../../cells/model/materialization.ts";
import type { StoredInput } from "../engine/messages.ts";
import type { Handlers } from "../http/define-routes.ts";
import type { OpenWorkspace } from "../open-workspace.ts";
import { affectedBy, branchOf, draftRevisions, promote } from "../planning/branches.ts";
import { runTests } from "../runner/cell-tests.ts";
import { changesOf } from "../planning/changes.ts";
import { endOldSchedule } from "../scheduler/scheduler.ts";
import { inputOf } from "./assets.ts";
import { isSet } from "./runs.ts";
import { startRun } from "./start-run.ts";

type Names =
  | "tests"
  | "changes"
  | "branches"
  | "createBranch"
  | "updateBranch"
  | "deleteBranch"
  | "runBranch"
  | "diffBranch"
  | "promoteBranch"
  | "rollbackBranch";

const samples = 5;

/** What differs from what is published: of the files as they are, and of branches. */
export function branchHandlers(workspace: OpenWorkspace): Pick<Handlers, Names> {
  const { store, clock, scheduler } = workspace;
  const report = async (name: string) => reportOf(store, await branchOf(workspace, name));
  return {
    async tests({ paths = [] }, { signal }) {
      const entries = workspace.catalog.entries();
      const isMeant = (path: string, asked: string) => path === asked || path.startsWith(`${asked}/`);
      const lost = paths.find((asked) => !entries.some(({ path }) => isMeant(path, asked)));
      if (lost !== undefined)
        throw new AppError(
          "usage",
          `no notebook at ${lost} in the workspace; give paths from its root, as in sales.html`,
        );
      const only = (path: string) => paths.length === 0 || paths.some((asked) => isMeant(path, asked));
      const tests = await runTests(workspace, entries, only, signal);
      return {
        ok: tests.every(({ state }) => state === "passed"),
        tests: tests.map((test) => ({ ...test, missing: [...test.missing], unexpected: [...test.unexpected] })),
      };
    },
    changes: ({ path, branch }) => changesReport(workspace, path ?? null, branch),
    branches: async () => ({
      branches: await Promise.all((await store.branches()).map((branch) => reportOf(store, branch))),
    }),
    async createBranch({ name, paths }) {
      const revisions = await draftRevisions(workspace, paths ?? []);
      await store.createBranch({ name, revisions, at: clock.now() });
      return report(name);
    },
    async updateBranch({ name, paths }) {
      const branch = await branchOf(workspace, name);
      const all = [...branch.revisions.map(({ path }) => path), ...(paths ?? [])];
      await store.updateBranch({ name, revisions: await draftRevisions(workspace, all), at: clock.now() });
      return report(name);
    },
    async deleteBranch({ name }) {
      await store.deleteBranch(name, clock.now());
      return { ok: true };
    },
    async runBranch({ name, select, partition, params, force }) {
      await branchOf(workspace, name);
      const affected = select === undefined || select.trim() === "" ? await affectedBy(workspace, name) : null;
      if (affected?.length === 0)
        throw new AppError(
          "usage",
          `nothing in branch ${name} differs from what is published; edit its notebooks and run cellar branch update ${name}, or give --select`,
        );
      return startRun(workspace, {
        select: affected === null ? (select ?? "") : keysSelection(affected),
        partition: partition ?? null,
        params: params ?? {},
        force: isSet(force),
        draft: false,
        branch: name,
        trigger: { type: "manual" },
      });
    },
    async diffBranch({ name, key, id, limit }, { signal }) {
      await branchOf(workspace, name);
      return diffReport(
        workspace,
        {
          ...{ name, only: key === undefined ? null : AssetKey.parse(key) },
          ...{ id: id === undefined || id === "" ? [] : id.split(","), limit: Number(limit ?? samples) },
        },
        signal,
      );
    },
    async promoteBranch({ name }) {
      const published = new Map((await store.published()).map((notebook) => [notebook.path, notebook]));
      const { revisions } = await promote(workspace, name);
      for (const { path, notebook } of revisions)
        await endOldSchedule(store, published.get(path) ?? null, { id: notebook, publishedAt: clock.now() });
      await scheduler.look();
      return report(name);
    },
    async rollbackBranch({ name, promotion, force }) {
      const all = await store.promotions(name);
      const chosen =
        promotion === undefined
          ? all.find(({ rolledBackAt }) => rolledBackAt === null)
          : all.find((candidate) => candidate.id === promotion);
      if (chosen === undefined)
        throw new AppError(
          "not_found",
          promotion === undefined
            ? `branch ${name} has no promotion that could be rolled back; cellar branches shows what was promoted`
            : `branch ${name} has no promotion ${promotion}; cellar branches shows those there are`,
          { data: { branch: name } },
        );
      await store.rollback(chosen.id, clock.now(), isSet(force));
      await scheduler.look();
      const branch = await store.branch(name);
      // it may be gone, and its promotions are still there to be rolled back
      return branch === null ? reportOf(store, { name, createdAt: chosen.at, revisions: [] }) : reportOf(store, branch);
    },
  };
}

async function reportOf(store: OpenWorkspace["store"], branch: Branch): Promise<BranchReport> {
  const { name, createdAt, revisions } = branch;
  return {
    name,
    createdAt,
    notebooks: revisions.map(({ path, revision, base }) => ({ path, revision, base })),
    pointers: (await store.branchPointers(name)).map((pointer) => ({ ...pointer })),
    promotions: (await store.promotions(name)).map(promotionReport),
  };
}

function promotionReport({ id, at, rolledBackAt, moves, revisions }: Promotion): BranchReport["promotions"][number] {
  return {
    ...{ id, at, rolledBackAt },
    moves: moves.map((move) => ({ ...move })),
    revisions: revisions.map(({ path, from, to }) => ({ path, from, to })),
  };
}

/** What differs, and what a run would do about it: of the files, or of a branch. */
async function changesReport(
  workspace: OpenWorkspace,
  path: string | null,
  branch: string | undefined,
): Promise<ChangesReport> {
  const { changes, before, after } = await changesOf(workspace, branch === undefined ? { draft: true } : { branch });
  const affected = changes.filter(({ isAffected, change }) => isAffected && change !== "removed");
  const select = keysSelection(affected.map(({ key }) => key));
  const plan =
    select === ""
      ? []
      : (
          await workspace.planner.plan({
            ...{ select, partition: null, force: false, params: {} },
            ...(branch === undefined ? { draft: true } : { draft: false, branch }),
          })
        ).plan.steps;
  const steps = new Map(plan.toReversed().map((step) => [step.key, step]));
  const facts = await workspace.planner.facts(after, undefined, branch);
  const counts = await facts.complete(
    () => new Map(changes.map(({ key }) => [key, facts.partitionsOf(key).length] as const)),
  );
  const sliced = new Set<AssetKey>();
  /** What a run would do, asked in dependency order; of slices, those that readers see are meant. */
  const toDo = (key: AssetKey): Pick<ChangesReport["assets"][number], "action" | "why" | "estimateMs"> => {
    const step = steps.get(key);
    if (step === undefined) return { action: null, why: null, estimateMs: null };
    // the plan leaves slices alone, so that what reads them seems up to date
    if (after.assets.get(key)?.sources.some((source) => source.type === "asset" && sliced.has(source.key))) {
      sliced.add(key);
      return { action: "run", why: "once the partitions that it reads are computed", estimateMs: facts.medianMs(key) };
    }
    if (step.action !== "skip" || after.assets.get(key)?.options.partitions === null)
      return { action: step.action, why: step.reason, estimateMs: step.estimateMs };
    sliced.add(key);
    const count = counts.get(key) ?? 0;
    const each = facts.medianMs(key);
    return {
      action: count === 0 ? "skip" : "run",
      why: `${count} of its partitions are materialized; name those to run, as in --partition A..B`,
      estimateMs: each === null ? null : each * count,
    };
  };
  return {
    assets: changes.flatMap(({ key, change, isAffected, columns, reason }) => {
      const notebook = (after.assets.get(key) ?? before.assets.get(key))?.notebook ?? "";
      if (path !== null && notebook !== path) return [];
      return {
        ...{ key, notebook, change, affected: isAffected, reason },
        columns:
          columns === null
            ? null
            : { added: [...columns.added], removed: [...columns.removed], changed: [...columns.changed] },
        ...toDo(key),
      };
    }),
  };
}

/** The tables of a branch against those that are published, one after the other. */
async function diffReport(
  workspace: OpenWorkspace,
  { name, only, id, limit }: { name: string; only: AssetKey | null; id: readonly string[]; limit: number },
  signal: AbortSignal,
): ReturnType<Handlers["diffBranch"]> {
  const { store, reader } = workspace;
  const { changes } = await changesOf(workspace, { branch: name });
  const told = new Map(changes.map((change) => [change.key, change]));
  if (only !== null && !told.has(only))
    throw new AppError(
      "asset_not_found",
      `no asset has the key ${only}; cellar list --branch ${name} shows those there are`,
      {
        data: { asset: only },
      },
    );
  const pointers = (await store.branchPointers(name)).filter(({ asset }) => only === null || asset === only);
  const keys = [...new Set(pointers.map(({ asset }) => asset))];
  const slot = ({ asset, partition }: { asset: string; partition: string }) => `${asset}\n${partition}`;
  const published = new Map((await store.pointers(keys)).map((fact) => [slot(fact), fact]));
  const own = new Map((await store.pointers(keys, name)).map((fact) => [slot(fact), fact]));
  const tableOf = async (fact: Materialization | undefined) =>
    fact === undefined || fact.format !== "parquet" ? null : inputOf(workspace.lake, fact);
  const compare = async (before: StoredInput | null, after: StoredInput | null) => {
    const ask = (key: readonly string[]) => reader.ask((calls) => calls.diff({ before, after, key, limit }, signal));
    try {
      return await ask(id);
    } catch (error) {
      // a key that was not meant for this asset among all
      if (id.length === 0 || only !== null || !(error instanceof AppError) || error.code !== "usage") throw error;
      return ask([]);
    }
  };
  const assets: Awaited<ReturnType<Handlers["diffBranch"]>>["assets"] = [];
  for (const pointer of pointers) {
    const change = told.get(pointer.asset);
    const [before, after] = [await tableOf(published.get(slot(pointer))), await tableOf(own.get(slot(pointer)))];
    const data = before === null && after === null ? null : await compare(before, after);
    assets.push({
      ...{ key: pointer.asset, partition: pointer.partition, change: change?.change ?? "unchanged" },
      reason: change?.reason ?? "",
      data:
        data === null
          ? null
          : {
              ...data,
              differing: data.differing === null ? null : { ...data.differing },
              samples: {
                added: [...data.samples.added],
                removed: [...data.samples.removed],
                changed: [...data.samples.changed],
              },
            },
    });
  }
  const isTold = new Set(keys);
  for (const { key, change, reason } of changes)
    if (!isTold.has(key) && change !== "unchanged" && (only === null || only === key))
      assets.push({ key, partition: "", change, reason, data: null });
  return { assets };
}
