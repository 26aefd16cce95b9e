import { randomUUID } from "node:crypto";
import { AppError } from "../../cells/errors.ts";
import type { Workspace } from "../../cells/graph/workspace.ts";
import type { Branch, BranchRevision, Promotion } from "../../cells/model/branch.ts";
import type { AssetKey } from "../../cells/model/asset-key.ts";
import { spacesOf } from "../../cells/plan/spaces.ts";
import { assess } from "../../cells/staleness/assess.ts";
import { recordedVersion } from "../../cells/staleness/facts.ts";
import { mappingsOf, withMappings } from "../../cells/staleness/mapped.ts";
import type { Clock } from "../clock.ts";
import type { Store } from "../store/store.ts";
import type { Catalog } from "../workspace/catalog.ts";
import { changesOf } from "./changes.ts";
import type { ColumnReader } from "./column-reader.ts";
import type { Planner } from "./planner.ts";

/** What branches are made and promoted with. */
interface BranchParts {
  readonly store: Store;
  readonly catalog: Catalog;
  readonly planner: Planner;
  readonly columns: ColumnReader;
  readonly clock: Clock;
}

const namedInErrors = 3;

/** The branch of a name. Throws `not_found`. */
export async function branchOf({ store }: Pick<BranchParts, "store">, name: string): Promise<Branch> {
  const branch = await store.branch(name);
  if (branch === null)
    throw new AppError("not_found", `there is no branch ${name}; cellar branches shows those there are`, {
      data: { branch: name },
    });
  return branch;
}

/**
 * The files as they are, as revisions of a branch: those named, or each that differs from what is published. Throws `usage` where there
 * is none, `notebook_not_found`, `notebook_invalid`.
 */
export async function draftRevisions(
  { store, catalog }: Pick<BranchParts, "store" | "catalog">,
  paths: readonly string[],
): Promise<readonly (BranchRevision & { readonly text: string })[]> {
  const published = new Map((await store.published()).map((notebook) => [notebook.path, notebook]));
  const chosen =
    paths.length > 0
      ? paths
      : catalog.entries().flatMap(({ path, revision }) => {
          const base = published.get(path);
          return base !== undefined && base.revision !== revision ? path : [];
        });
  if (chosen.length === 0)
    throw new AppError(
      "usage",
      "no file differs from what is published; edit one, or name a notebook, as in --from-draft sales.html",
    );
  const revisions: (BranchRevision & { readonly text: string })[] = [];
  for (const path of new Set(chosen)) {
    await catalog.refresh(path);
    const entry = catalog.entry(path);
    if (entry === null)
      throw new AppError("notebook_not_found", `no notebook at ${path} in the workspace; give paths from its root`, {
        data: { path },
      });
    if (entry.type === "damaged")
      throw new AppError("notebook_invalid", `notebook ${path} cannot be read: ${entry.error.message}`);
    const base = published.get(path)?.revision ?? null;
    revisions.push({ path, notebook: entry.graph.id ?? path, revision: entry.revision, text: entry.text, base });
  }
  return revisions;
}

/** The assets that a branch has to compute: those that differ from what is published, and that readers of its data would notice. */
export async function affectedBy(parts: BranchParts, name: string): Promise<readonly AssetKey[]> {
  const { changes, after } = await changesOf(parts, { branch: name });
  return changes.flatMap(({ key, isAffected, change }) =>
    isAffected && change !== "removed" && after.assets.get(key)?.storage !== "virtual" ? key : [],
  );
}

/**
 * Puts a branch in place of what is published. Its data must be what its code gives of what is published now. Throws
 * `branch_conflict`, which says what does not fit, and `notebook_problems`.
 */
export async function promote(parts: BranchParts, name: string): Promise<Promotion> {
  const { store, planner, clock } = parts;
  const branch = await branchOf(parts, name);
  const { workspace, entries } = await planner.effective(false, name);
  for (const { path } of branch.revisions) {
    const entry = entries.find((candidate) => candidate.path === path);
    const problem =
      entry?.type === "notebook" ? entry.graph.problems.find(({ severity }) => severity === "error") : null;
    if (problem)
      throw new AppError(
        "notebook_problems",
        `${path} cannot be published: ${problem.message}; mend it, and run cellar branch update ${name}`,
        {
          data: { path },
        },
      );
  }
  const pointers = await store.branchPointers(name);
  const obstacles = [
    ...(await movedNotebooks(store, branch)),
    ...(await missing(parts, name, workspace, new Set(pointers.map(({ asset }) => asset)))),
    ...(await misfits(parts, name, workspace, pointers)),
  ];
  if (obstacles.length > 0)
    throw new AppError(
      "branch_conflict",
      `branch ${name} does not fit what is published: ${obstacles.slice(0, namedInErrors).join("; ")}${
        obstacles.length > namedInErrors ? `; and ${obstacles.length - namedInErrors} more` : ""
      }`,
      { data: { branch: name } },
    );
  const published = new Map((await store.pointers()).map((fact) => [`${fact.asset}\n${fact.partition}`, fact.seq]));
  return store.promote({
    branch: name,
    id: randomUUID(),
    at: clock.now(),
    moves: pointers.map(({ asset, partition, fact }) => ({
      ...{ asset, partition, to: fact },
      from: published.get(`${asset}\n${partition}`) ?? null,
    })),
    revisions: branch.revisions.flatMap(({ path, notebook, revision, base }) =>
      revision === base ? [] : [{ path, notebook, from: base, to: revision }],
    ),
  });
}

/** Notebooks that were published anew since the branch took them. */
async function movedNotebooks(store: Store, branch: Branch): Promise<readonly string[]> {
  const published = new Map((await store.published()).map(({ path, revision }) => [path, revision]));
  return branch.revisions.flatMap(({ path, base }) =>
    (published.get(path) ?? null) === base
      ? []
      : `${path} was published again since the branch took it: cellar branch update ${branch.name} takes it anew`,
  );
}

/** Assets whose code differs and that were never computed in the branch. */
async function missing(
  parts: BranchParts,
  name: string,
  workspace: Workspace,
  made: ReadonlySet<AssetKey>,
): Promise<readonly string[]> {
  const failed = new Set((await parts.store.failures(name)).map(({ asset }) => asset));
  const seen = Map.groupBy(await parts.store.pointers(undefined, name), ({ asset }) => asset);
  const obstacles: string[] = [];
  for (const key of await affectedBy(parts, name)) {
    const own = seen.get(key) ?? [];
    if (failed.has(key)) obstacles.push(`${key} failed in the branch`);
    // a result that was there already, as what is published, fits without a pointer
    else if (!made.has(key) && (own.length === 0 || (await misfits(parts, name, workspace, own)).length > 0))
      obstacles.push(`${key} was not run in the branch: cellar branch run ${name} does`);
  }
  return obstacles;
}

/** Data of the branch that its code would make otherwise of what is published now. What is old by time alone fits. */
async function misfits(
  { planner }: BranchParts,
  name: string,
  workspace: Workspace,
  pointers: readonly { readonly asset: AssetKey; readonly partition: string }[],
): Promise<readonly string[]> {
  const loaded = await planner.facts(workspace, undefined, name);
  const facts = withMappings(loaded, mappingsOf(workspace, spacesOf(workspace, { at: loaded.now, ...loaded.open })));
  return pointers.flatMap(({ asset, partition }) => {
    const node = workspace.assets.get(asset);
    if (node === undefined) return [];
    const { causes } = assess(workspace, facts, node, partition, {}, (source) =>
      recordedVersion(workspace, facts, node, source, partition),
    );
    const real = causes.filter(({ type }) => type !== "expired" && type !== "params");
    const slice = partition === "" ? "" : ` (${partition})`;
    return real.length === 0
      ? []
      : `${asset}${slice} is behind what it reads or its code since it was computed: cellar branch run ${name} brings it up to date`;
  });
}
