import { AppError } from "../../cells/errors.ts";
import { buildWorkspace } from "../../cells/graph/build-workspace.ts";
import { paramsSchema } from "../../cells/params/params.ts";
import type { CheckReport, NotebookDocument, NotebookSummary, Problem } from "../../cells/api/schema.ts";
import { diagnosticPlace, filePlaceOf } from "../../cells/format/place.ts";
import type { Diagnostic } from "../../cells/model/diagnostic.ts";
import type { WorkspaceProblem } from "../../cells/graph/workspace.ts";
import { nextTick } from "../../cells/schedule/cron.ts";
import type { Handlers } from "../http/define-routes.ts";
import type { OpenWorkspace } from "../open-workspace.ts";
import type { PublishedNotebook } from "../store/store.ts";
import type { CatalogEntry } from "../workspace/catalog.ts";
import type { LiveConfig } from "../workspace/live-config.ts";
import { endOldSchedule } from "../scheduler/scheduler.ts";
import { lostOnPublish } from "./lost-attributes.ts";
import { missingFiles } from "./missing-files.ts";
import { isTrusted, trust } from "./trust.ts";
import { jobProblems, workspaceProblems } from "./workspace-problems.ts";

type Names =
  | "notebooks"
  | "notebook"
  | "saveNotebook"
  | "deleteNotebook"
  | "trustNotebook"
  | "publish"
  | "unpublish"
  | "params"
  | "check";

/** Notebooks: reading, saving, trusting, publishing, checking. */
export function notebookHandlers(workspace: OpenWorkspace): Pick<Handlers, Names> {
  const { catalog, notebooks, store, clock, scheduler } = workspace;
  const publishedAt = async (path: string) => {
    const found = (await store.published()).find((notebook) => notebook.path === path);
    return found === undefined ? null : { revision: found.revision, at: found.publishedAt };
  };
  const document = async ({
    path,
    text,
    revision,
  }: {
    path: string;
    text: string;
    revision: string;
  }): Promise<NotebookDocument> => ({
    path,
    text,
    revision,
    published: await publishedAt(path),
    trusted: await isTrusted(workspace, { path, text, revision }),
  });
  return {
    async notebooks() {
      const published = new Map((await store.published()).map((notebook) => [notebook.path, notebook]));
      return {
        notebooks: await Promise.all(
          catalog.entries().map((entry) => summaryOf(workspace, entry, published.get(entry.path))),
        ),
      };
    },
    notebook: async ({ path }) => document(await notebooks.read(path)),
    async saveNotebook({ path, text, base }) {
      const saved = await notebooks.write(path, text, base);
      await trust(workspace, saved);
      await catalog.refresh(path);
      return document(saved);
    },
    async deleteNotebook({ path, base }) {
      await notebooks.remove(path, base);
      await catalog.refresh(path);
      return { ok: true };
    },
    async params({ path }) {
      const graph = (await workspace.planner.effective()).workspace.notebooks.get(path);
      if (graph === undefined)
        throw new AppError(
          "notebook_not_found",
          `no notebook has the path ${path}; cellar check lists those there are`,
        );
      return paramsSchema(graph.options.params);
    },
    async trustNotebook({ path, revision }) {
      const now = await notebooks.read(path);
      if (now.revision !== revision)
        throw new AppError(
          "notebook_conflict",
          `notebook ${path} changed since you looked at it; look again before you let it run`,
          {
            data: { path, revision: now.revision },
          },
        );
      await trust(workspace, now);
      return { ok: true };
    },
    async publish({ path }) {
      await catalog.refresh(path);
      // says why where there is none
      if (catalog.entry(path) === null) await notebooks.read(path);
      const entry = catalog.entry(path);
      if (entry === null)
        throw new AppError("notebook_not_found", `notebook not found: ${path}; the workspace has no such file`, {
          data: { path },
        });
      const errors = problemsOf(entry).filter(({ severity }) => severity === "error");
      const [first] = errors;
      if (entry.type === "damaged" || first !== undefined)
        throw new AppError(
          "notebook_problems",
          `${path} cannot be published: ${first === undefined ? "it cannot be read" : `${first.message} (line ${first.line}, column ${first.column})`}${errors.length > 1 ? `, and ${errors.length - 1} more` : ""}; mend it and publish again`,
          { data: { path, problems: errors.length } },
        );
      if (isCutOff(entry))
        throw new AppError(
          "notebook_problems",
          `${path} cannot be published: its text ends before its notebook does, so it may be cut off; restore it, or write </script> and </notebook> where they belong`,
          { data: { path } },
        );
      const id = entry.graph.id ?? path;
      const before = await publishedBefore(workspace, path, id);
      const warnings = lostOnPublish(before, entry.file.notebook);
      const publishedAt = clock.now();
      await endOldSchedule(store, before, { id, publishedAt });
      if (before !== null && before.path !== path) await store.unpublish(before.path, publishedAt);
      await store.publish({ path, id, revision: entry.revision, text: entry.text, publishedAt });
      await scheduler.look();
      return { path, revision: entry.revision, warnings };
    },
    async unpublish({ path }) {
      if (!(await store.unpublish(path, clock.now())))
        throw new AppError("notebook_not_found", `${path} is not published; cellar list shows what there is`, {
          data: { path },
        });
      return { ok: true };
    },
    async check({ path }) {
      const missing = await missingFiles(workspace.root, catalog.entries(), workspace.live.now.config);
      return checkReport(catalog.entries(), workspace.live.now, path ?? null, clock.now(), missing);
    },
  };
}

/**
 * What is published of a notebook: under this path, or under the one that its file had before it was moved. Throws
 * `notebook_problems` where the file is a copy, with the id of another that is published.
 */
async function publishedBefore(
  { store, catalog }: Pick<OpenWorkspace, "store" | "catalog">,
  path: string,
  id: string,
): Promise<PublishedNotebook | null> {
  const published = await store.published();
  const sameId = published.find((notebook) => notebook.id === id && notebook.path !== path) ?? null;
  if (sameId !== null && catalog.entry(sameId.path) !== null)
    throw new AppError(
      "notebook_problems",
      `${path} has the id of ${sameId.path}, which is published: ${JSON.stringify(id)}; give one of them another id, or unpublish ${sameId.path}`,
      { data: { path, other: sameId.path } },
    );
  return published.find((notebook) => notebook.path === path) ?? sameId;
}

/** What `cellar check` prints. `problems` of severity error make it not `ok`; `missing` are those that only looking at the folder tells. */
export function checkReport(
  entries: readonly CatalogEntry[],
  { config, problems: inConfig }: LiveConfig["now"],
  only: string | null,
  now: number,
  missing: readonly WorkspaceProblem[] = [],
): CheckReport {
  const chosen = entries.filter(({ path }) => only === null || path === only || path.startsWith(`${only}/`));
  const workspace = buildWorkspace(entries.flatMap((entry) => (entry.type === "notebook" ? [entry.graph] : [])));
  const between = Map.groupBy(
    [...workspaceProblems(entries, workspace, config, now), ...missing],
    ({ notebook }) => notebook,
  );
  const problems: Problem[] = chosen.flatMap((entry) => problemsOf(entry, between.get(entry.path)));
  if (only === null)
    for (const problem of [
      ...inConfig.map((each) => ({ ...each, severity: "error" as const })),
      ...jobProblems(workspace, config, now),
    ])
      problems.push({ path: "cellar.json", cell: null, code: "config_invalid", ...problem });
  return {
    ok: !problems.some(({ severity }) => severity === "error"),
    notebooks: chosen.flatMap((entry) =>
      entry.type === "damaged"
        ? []
        : [
            {
              path: entry.path,
              id: entry.graph.id,
              title: entry.graph.title,
              cells: entry.graph.cells.map(({ cell, compiled }) => ({
                id: cell.id,
                kind: cell.kind,
                inputs: [
                  ...new Set([
                    ...compiled.inputs.map(({ name }) => name),
                    ...compiled.tables.map(({ schema, name }) => (schema === null ? name : `${schema}.${name}`)),
                  ]),
                ],
                outputs: compiled.outputs.map(({ name }) => name),
              })),
            },
          ],
    ),
    problems,
  };
}

/** What is wrong in a notebook, each with its place in the file. */
function problemsOf(entry: CatalogEntry, between: readonly Diagnostic[] = []): readonly Problem[] {
  if (entry.type === "damaged")
    return [
      {
        path: entry.path,
        cell: null,
        line: 1,
        column: 1,
        severity: "error",
        code: entry.error.code ?? "notebook_invalid",
        message: entry.error.message,
      },
    ];
  const problems = [...entry.file.diagnostics, ...entry.graph.problems, ...between].map((diagnostic): Problem => ({
    path: entry.path,
    cell: diagnostic.cell,
    ...diagnosticPlace(entry.file, diagnostic),
    severity: diagnostic.severity,
    code: diagnostic.code,
    message: diagnostic.message,
  }));
  const { text, notebookPlace, places } = entry.file;
  if (notebookPlace?.closed === false && places.every(({ closed }) => closed))
    problems.push({
      path: entry.path,
      cell: null,
      ...filePlaceOf(text, text.length),
      severity: "warning",
      code: "notebook_invalid",
      message: "the text ends within its <notebook>; if its end is lost, restore it, else write </notebook>",
    });
  return problems;
}

/** Whether a text ends before its notebook does: a file that is half written reads well, with less in it. */
function isCutOff({ file: { notebookPlace, places } }: CatalogEntry & { type: "notebook" }): boolean {
  return notebookPlace?.closed !== true || places.some(({ closed }) => !closed);
}

async function summaryOf(
  workspace: OpenWorkspace,
  entry: CatalogEntry,
  published: PublishedNotebook | undefined,
): Promise<NotebookSummary> {
  const schedule = entry.type === "notebook" ? entry.graph.options.schedule : [];
  const timezone = entry.type === "notebook" ? entry.graph.options.timezone : "UTC";
  return {
    path: entry.path,
    id: entry.type === "notebook" ? entry.graph.id : null,
    title: entry.type === "notebook" ? entry.graph.title : entry.path,
    revision: entry.revision,
    published: published === undefined ? null : { revision: published.revision, at: published.publishedAt },
    schedule: [...schedule],
    nextTick:
      published === undefined || schedule.length === 0 ? null : nextTick(schedule, timezone, workspace.clock.now()),
    errors: problemsOf(entry).filter(({ severity }) => severity === "error").length,
    trusted: await isTrusted(workspace, entry),
  };
}
