import { AssetKey } from "../model/asset-key.ts";

/**
 * What a reference written in the notebook at `path` means from the root of the workspace: `./` and `../` are taken from
 * the notebook's folder, as is a bare path; a leading `/` is the root. Null where it leaves the workspace or is empty.
 */
function resolvePath(path: string, reference: string): string | null {
  const parts = reference.startsWith("/") ? [] : path.split("/").slice(0, -1);
  for (const part of reference.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return null;
  }
  return parts.length === 0 ? null : parts.join("/");
}

/** Whether this names something outside the workspace: `https://…`, `data:…`, `//host/…`. */
export function isUrl(reference: string): boolean {
  return /^([a-z][a-z0-9+.-]+:|\/\/)/i.test(reference);
}

/** The file that `reference`, written in the notebook at `path`, means: a path from the root, or a URL as it is. */
export function resolveFile(path: string, reference: string): string | null {
  return isUrl(reference) ? reference : resolvePath(path, reference);
}

/** The asset that `asset("…")`, `schema.name` or an import in the notebook at `path` means, or null where none can be. */
export function resolveAsset(path: string, notebook: string, name: string): AssetKey | null {
  const resolved = name === "" ? null : resolvePath(path, notebook);
  return resolved === null ? null : AssetKey.of(resolved, name);
}

/** Whether an import specifier names another notebook of the workspace: `./sales.html`. */
export function isNotebookImport(specifier: string): boolean {
  return !isUrl(specifier) && /^\.{0,2}\//.test(specifier) && /\.html$/.test(specifier);
}
