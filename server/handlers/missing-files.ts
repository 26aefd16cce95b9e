import { stat } from "node:fs/promises";
import { AppError } from "../../cells/errors.ts";
import { isUrl, resolveFile } from "../../cells/graph/reference.ts";
import type { WorkspaceProblem } from "../../cells/graph/workspace.ts";
import type { CatalogEntry } from "../workspace/catalog.ts";
import { resolveName } from "../workspace/paths.ts";
import type { WorkspaceConfig } from "../workspace/workspace-config.ts";

/**
 * Files that cells read by a name and that are not there: warnings, since they may come yet. Patterns and addresses are not looked at,
 * and of what `cellar.json` names a source it is only known once it is asked.
 */
export async function missingFiles(
  root: string,
  entries: readonly CatalogEntry[],
  { files }: Pick<WorkspaceConfig, "files">,
): Promise<readonly WorkspaceProblem[]> {
  const known = new Map<string, boolean>();
  const isThere = async (name: string): Promise<boolean> => {
    const there = known.get(name) ?? (files.has(name) || (await isFile(root, name)));
    known.set(name, there);
    return there;
  };
  const found: WorkspaceProblem[] = [];
  for (const entry of entries) {
    if (entry.type !== "notebook") continue;
    for (const { cell, compiled } of entry.graph.cells)
      for (const { name, spans } of compiled.files) {
        const file = isUrl(name) || /[*?[]/.test(name) ? null : resolveFile(entry.path, name);
        if (file === null || (await isThere(file))) continue;
        found.push({
          ...{ code: "file_not_found", severity: "warning", attribute: null },
          message: `file ${file} is not there (cell ${cell.id}); put it into the workspace folder, correct the name, or name its source under files in cellar.json`,
          ...{ notebook: entry.path, cell: cell.id, span: spans[0] ?? null },
        });
      }
  }
  return found;
}

async function isFile(root: string, name: string): Promise<boolean> {
  try {
    return (await stat(await resolveName(root, name)).catch(() => null)) !== null;
  } catch (error) {
    if (error instanceof AppError) return false;
    throw error;
  }
}
