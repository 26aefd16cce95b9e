import type { Workspace, WorkspaceProblem } from "../../cells/graph/workspace.ts";
import { didYouMean } from "../../cells/model/nearest.ts";
import { mappingProblems } from "../../cells/plan/mapping-problems.ts";
import { spacesOf } from "../../cells/plan/spaces.ts";
import { jobProblem } from "../jobs/job-problems.ts";
import { isGranted } from "../resources/resource-config.ts";
import type { CatalogEntry } from "../workspace/catalog.ts";
import type { WorkspaceConfig } from "../workspace/workspace-config.ts";

type Readable = CatalogEntry & { readonly type: "notebook" };

/**
 * What is wrong between notebooks, and between them and `cellar.json`: assets that are not there, circles, partitions that do not
 * fit, resources and pools that nobody has, ids that two files share. `now` is when partitions are counted, in milliseconds since 1970.
 */
export function workspaceProblems(
  entries: readonly CatalogEntry[],
  workspace: Workspace,
  config: WorkspaceConfig,
  now: number,
): readonly WorkspaceProblem[] {
  const readable = entries.filter((entry) => entry.type === "notebook");
  return [
    ...workspace.problems,
    ...mappingProblems(workspace, spacesOf(workspace, { at: now })),
    ...readable.flatMap((entry) => needs(entry, config)),
    ...sharedIds(readable),
  ];
}

/** Jobs that do not fit the notebooks, each with its place in `cellar.json`. */
export function jobProblems(workspace: Workspace, { jobs, jobPlaces }: WorkspaceConfig, now: number) {
  return [...jobs.values()].flatMap((job) => {
    const problem = jobProblem(job, workspace, jobs, now);
    const place = jobPlaces.get(job.name) ?? { line: 1, column: 1 };
    return problem === null ? [] : { ...place, ...problem };
  });
}

/** Resources and pools that cells name and `cellar.json` does not, or does not let them use. */
function needs({ path, graph }: Readable, config: WorkspaceConfig): readonly WorkspaceProblem[] {
  return graph.cells.flatMap(({ cell, compiled, options }) => {
    const place = { notebook: path, cell: cell.id, span: null };
    const found: WorkspaceProblem[] = [];
    for (const name of compiled.databases) {
      const resource = config.resources.get(name);
      if (resource !== undefined && isGranted(resource, path)) continue;
      const names = [...config.resources.keys()];
      const why =
        resource === undefined
          ? `cellar.json has no such resource; ${didYouMean(name, names)}add it under resources, or correct the name`
          : `cellar.json does not let this notebook use it; add ${JSON.stringify(path.replace(/\.html$/, ""))} to its notebooks`;
      found.push({
        ...{ code: "resource_missing", severity: "error", message: `resource ${name} (cell ${cell.id}): ${why}` },
        ...place,
        attribute: cell.database === name ? "database" : null,
      });
    }
    const { pool } = options;
    if (pool !== null && config.pools.size > 0 && !config.pools.has(pool) && !config.pools.has("*"))
      found.push({
        ...{ code: "attribute_invalid", severity: "warning", attribute: "pool" },
        message: `pool ${pool} has no limit (cell ${cell.id}): cellar.json has none of this name; ${didYouMean(pool, [...config.pools.keys()])}add it under pools, or correct the name`,
        ...place,
      });
    return found;
  });
}

/** Notebooks with one id, as a copy of a file has: what is published of one would be taken for the other. */
function sharedIds(entries: readonly Readable[]): readonly WorkspaceProblem[] {
  const first = new Map<string, string>();
  return entries.flatMap(({ path, graph: { id } }): WorkspaceProblem[] => {
    if (id === null) return [];
    const other = first.get(id);
    if (other === undefined) {
      first.set(id, path);
      return [];
    }
    return [
      {
        ...{ code: "attribute_invalid", severity: "warning", notebook: path, cell: null, span: null, attribute: "id" },
        message: `id ${JSON.stringify(id)} is also that of ${other} (notebook): a copy is a notebook of its own; take the id out of one of them`,
      },
    ];
  });
}
