import { buildWorkspace } from "../../cells/graph/build-workspace.ts";
import type { NotebookGraph } from "../../cells/graph/graph.ts";
import type { Workspace } from "../../cells/graph/workspace.ts";
import { AssetKey } from "../../cells/model/asset-key.ts";
import { changesBetween, type AssetChange, type NotebookState } from "../../cells/plan/changes.ts";
import type { Store } from "../store/store.ts";
import type { Catalog, CatalogEntry } from "../workspace/catalog.ts";
import { readEntry } from "../workspace/catalog.ts";
import type { ColumnReader } from "./column-reader.ts";
import type { LoadedFacts } from "./facts.ts";

/** What changes are told with. */
interface ChangeParts {
  readonly store: Store;
  /** gives the notebooks as they are published, as the files are, or as a branch has them; and their facts */
  readonly planner: {
    effective(
      draft?: boolean,
      branch?: string,
    ): Promise<{ readonly workspace: Workspace; readonly entries: readonly CatalogEntry[] }>;
    facts(workspace: Workspace, now?: number, branch?: string): Promise<LoadedFacts>;
  };
  readonly catalog: Catalog;
  readonly columns: ColumnReader;
}

/** What differs between what is published and the files as they are, or a branch; in the branch's dependency order. */
export async function changesOf(
  parts: ChangeParts,
  of: { readonly branch: string } | { readonly draft: true },
): Promise<{ readonly changes: readonly AssetChange[]; readonly before: Workspace; readonly after: Workspace }> {
  const { planner, columns } = parts;
  const branch = "branch" in of ? of.branch : undefined;
  const { workspace: after, entries } = await planner.effective(branch === undefined, branch);
  const own = branch === undefined ? [] : ((await parts.store.branch(branch))?.revisions ?? []);
  // a notebook that was never published and that the branch did not take is the same on both sides
  const shared =
    branch === undefined ? [] : entries.filter(({ path }) => !own.some((revision) => revision.path === path));
  const before = await publishedState(parts, shared);
  const stateOf = async (workspace: Workspace, environment?: string): Promise<NotebookState> => ({
    workspace,
    columns: await columns.columnsOf(workspace, await planner.facts(workspace, undefined, environment)),
  });
  return { changes: changesBetween(await stateOf(before), await stateOf(after, branch)), before, after };
}

/**
 * The notebooks as they are published; one that never was stands as the latest run had it that readers see something of, since that is
 * what its data were made by, unless it is given as it stands.
 */
async function publishedState({ store, catalog }: ChangeParts, given: readonly CatalogEntry[]): Promise<Workspace> {
  const graphs: NotebookGraph[] = [];
  const add = (path: string, text: string, revision: string): void => {
    const known = catalog.entry(path);
    const entry = known?.revision === revision ? known : readEntry(path, text, revision);
    if (entry.type === "notebook") graphs.push(entry.graph);
  };
  const published = await store.published();
  for (const { path, text, revision } of published) add(path, text, revision);
  const isThere = new Set(published.map(({ path }) => path));
  for (const entry of given) {
    if (isThere.has(entry.path)) continue;
    isThere.add(entry.path);
    if (entry.type === "notebook") graphs.push(entry.graph);
  }
  const latest = new Map<string, { readonly seq: number; readonly run: string }>();
  for (const { asset, seq, run } of await store.pointers()) {
    const path = `${AssetKey.notebook(asset)}.html`;
    if (!isThere.has(path) && seq > (latest.get(path)?.seq ?? 0)) latest.set(path, { seq, run });
  }
  for (const [path, { run }] of latest) {
    const revision = (await store.run(run))?.revisions[path];
    const text = revision === undefined ? null : await store.revision(revision);
    if (revision !== undefined && text !== null) add(path, text, revision);
  }
  return buildWorkspace(graphs);
}
