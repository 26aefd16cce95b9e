import { createHash } from "node:crypto";
import type { NotebookText } from "../workspace/notebook-files.ts";
import type { OpenWorkspace } from "../open-workspace.ts";
import { type CatalogEntry, readEntry } from "../workspace/catalog.ts";
import { isModule } from "../workspace/workspace-files.ts";

type Parts = Pick<OpenWorkspace, "store" | "catalog" | "files">;

/** Whether a notebook may run when it is opened: this text, with these modules, was written here, or someone looked at it and said so. */
export async function isTrusted(workspace: Parts, notebook: NotebookText): Promise<boolean> {
  return (await workspace.store.setting(await settingOf(workspace, notebook))) !== null;
}

/** Says that a notebook, with the modules that it imports as they are now, may run when it is opened. */
export async function trust(workspace: Parts & Pick<OpenWorkspace, "clock">, notebook: NotebookText): Promise<void> {
  await workspace.store.setSetting(await settingOf(workspace, notebook), String(workspace.clock.now()));
}

/** The name under which trust is kept: the hash of the text and, where it imports modules, of everything behind them. */
async function settingOf({ catalog, files }: Parts, { path, text, revision }: NotebookText): Promise<string> {
  const known = catalog.entry(path);
  const entry = known?.revision === revision ? known : readEntry(path, text, revision);
  const modules = modulesOf(entry);
  if (modules.length === 0) return `trust:${revision}`;
  const hash = createHash("sha256").update(revision);
  for (const name of modules) hash.update(`\n${name} ${(await files.version(name)) ?? ""}`);
  return `trust:${hash.digest("hex")}`;
}

function modulesOf(entry: CatalogEntry): readonly string[] {
  if (entry.type === "damaged") return [];
  const read = entry.graph.edges.flatMap((edge) => (edge.type === "file" && isModule(edge.file) ? [edge.file] : []));
  return [...new Set(read)].sort();
}
