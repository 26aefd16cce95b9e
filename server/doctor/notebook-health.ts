import { join } from "node:path";
import { nextTick } from "../../cells/schedule/cron.ts";
import { checkReport } from "../handlers/notebooks.ts";
import { lostOnPublish } from "../handlers/lost-attributes.ts";
import { isGranted, secretsOf } from "../resources/resource-config.ts";
import { type Environment, Secrets } from "../resources/secrets.ts";
import { notebookSchedules } from "../scheduler/schedule.ts";
import { openSqliteFile } from "../store/sqlite-file.ts";
import type { PublishedNotebook } from "../store/store.ts";
import { Catalog } from "../workspace/catalog.ts";
import { NotebookFiles } from "../workspace/notebook-files.ts";
import { readWorkspaceConfig } from "../workspace/workspace-config.ts";
import { type Finding, info, problem, some, warning } from "./finding.ts";

/** A tick that is this late was missed, and is not about to be decided. */
const lateMs = 5 * 60_000;

/** What is wrong with cellar.json, the notebooks, what they need of resources, and their schedules. */
export async function notebookFindings(
  root: string,
  { now, isServed, env }: { readonly now: number; readonly isServed: boolean; readonly env: Environment },
): Promise<readonly Finding[]> {
  const home = join(root, ".cellar");
  const { config, problems } = await readWorkspaceConfig(root);
  const catalog = new Catalog(root, new NotebookFiles(root, join(home, "versions")));
  await catalog.load();
  const { published, ticks } = publishedIn(join(home, "store.db"));
  const findings: Finding[] = problems.map(({ line, column, message }) =>
    problem(
      "config",
      `cellar.json, line ${line}, column ${column}: ${message}`,
      "correct it; what is wrong is left out until then",
    ),
  );
  const report = checkReport(catalog.entries(), { config, problems: [] }, null, now);
  for (const [path, wrong] of Map.groupBy(report.problems, (one) => one.path)) {
    const errors = wrong.filter(({ severity }) => severity === "error");
    const [first = wrong[0]] = errors;
    if (first === undefined) continue;
    const text = `${path} has ${errors.length} errors and ${wrong.length - errors.length} warnings, the first in line ${first.line}: ${first.message}`;
    findings.push((errors.length > 0 ? problem : warning)("notebooks", text, `cellar check ${path} lists them`));
  }
  for (const notebook of published) {
    const entry = catalog.entry(notebook.path);
    const lost = entry?.type === "notebook" ? lostOnPublish(notebook, entry.file.notebook) : [];
    if (lost.length > 0)
      findings.push(
        warning(
          "notebooks",
          `${notebook.path}: ${lost[0] ?? ""}${lost.length > 1 ? `; and ${lost.length - 1} more` : ""}`,
          "look at the file before you publish it",
        ),
      );
    if (entry === null)
      findings.push(
        warning(
          "notebooks",
          `${notebook.path} is published, and its file is gone`,
          `put it back, or run cellar unpublish ${notebook.path}`,
        ),
      );
  }
  findings.push(...(await needs(new Secrets(home, env), config, catalog)), ...overdue(published, ticks, now, isServed));
  if (findings.length === 0)
    findings.push(
      info(
        "notebooks",
        `${catalog.entries().length} notebooks, ${published.length} published, nothing wrong with them`,
      ),
    );
  await catalog.close();
  return findings;
}

/** Resources that cells name and may not use or that are none, and secrets that nobody gave. */
async function needs(
  secrets: Secrets,
  config: Awaited<ReturnType<typeof readWorkspaceConfig>>["config"],
  catalog: Catalog,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const known = new Set((await secrets.list()).map(({ name }) => name));
  for (const resource of config.resources.values()) {
    const lacking = secretsOf(resource.is).filter((name) => !known.has(name));
    if (lacking.length > 0)
      findings.push(
        problem(
          "resources",
          `${resource.name} needs ${some(lacking)}, which nobody gave`,
          `run cellar secret set ${lacking[0] ?? ""}, or set it in the server's environment`,
        ),
      );
  }
  const said = new Set<string>();
  for (const entry of catalog.entries())
    for (const { compiled } of entry.type === "notebook" ? entry.graph.cells : [])
      for (const name of compiled.databases) {
        const resource = config.resources.get(name);
        if (said.has(`${entry.path} ${name}`) || (resource !== undefined && isGranted(resource, entry.path))) continue;
        said.add(`${entry.path} ${name}`);
        findings.push(
          resource === undefined
            ? problem(
                "resources",
                `${entry.path} uses ${name}, which is not in cellar.json`,
                "add it under resources, or correct the name",
              )
            : problem(
                "resources",
                `${entry.path} uses ${name} and may not`,
                `add it to notebooks of ${name} in cellar.json`,
              ),
        );
      }
  return findings;
}

/** Schedules with ticks that nobody decided. */
function overdue(
  published: readonly PublishedNotebook[],
  ticks: ReadonlyMap<string, number>,
  now: number,
  isServed: boolean,
): readonly Finding[] {
  return notebookSchedules(published).flatMap(({ id, notebook, crons, timezone }) => {
    const after = ticks.get(id);
    if (after === undefined) return [];
    const first = nextTick(crons, timezone, after);
    return first === null || first > now - lateMs
      ? []
      : [
          warning(
            "schedules",
            `${notebook ?? id} was due at ${new Date(first).toISOString()}, and nothing was decided about it`,
            isServed
              ? "look at the server's output: its scheduler stands still"
              : "start cellar serve, which makes up what catchup says",
          ),
        ];
  });
}

/** Published notebooks, and the last decided tick (or beginning) of each schedule; nothing where the store cannot be asked. */
function publishedIn(path: string): {
  readonly published: readonly PublishedNotebook[];
  readonly ticks: ReadonlyMap<string, number>;
} {
  try {
    const file = openSqliteFile(path, { readOnly: true });
    try {
      const published = file
        .prepare<[], PublishedNotebook>(
          `select n.path, n.id, n.revision, r.text, n.published_at as publishedAt from notebooks n join revisions r on r.hash = n.revision`,
        )
        .all();
      const ticks = file
        .prepare<[], readonly [string, number]>(
          `select s.name, max(s.begun_at, coalesce((select max(t.tick) from ticks t where t.schedule = s.name), 0)) from schedules s`,
        )
        .raw()
        .all();
      return { published, ticks: new Map(ticks) };
    } finally {
      file.close();
    }
  } catch {
    // what is wrong with the store is told where the store is looked at
    return { published: [], ticks: new Map() };
  }
}
