import type { DraftStore } from "../notebook/drafts.ts";
import type { Api } from "../remote/api.ts";

/** Paths of notebooks that have a draft in this browser. */
export async function draftPaths(factory: IDBFactory = indexedDB): Promise<readonly string[]> {
  // opening a database that is not there would make an empty one, in the way of whoever makes it rightly
  const known = await factory.databases();
  if (!known.some(({ name }) => name === "cellar-drafts")) return [];
  const keys = await new Promise<IDBValidKey[]>((resolve, reject) => {
    const request = factory.open("cellar-drafts");
    request.onerror = () => reject(request.error ?? new Error("IndexedDB did not open"));
    request.onsuccess = () => {
      const database = request.result;
      const asked = database.transaction("drafts").objectStore("drafts").getAllKeys();
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error ?? new Error("the drafts were not read"));
      database.close();
    };
  });
  return keys.filter((key) => typeof key === "string");
}

/**
 * Saves drafts of notebooks that are not open (`isOpen`: those save themselves), each on the revision that it is based on. One whose
 * file changed meanwhile stays a draft: opening the notebook merges it. Resolves to the paths that were saved.
 */
export async function flushDrafts(options: {
  readonly api: Api;
  readonly drafts: DraftStore;
  readonly paths: readonly string[];
  readonly isOpen: (path: string) => boolean;
}): Promise<readonly string[]> {
  const { api, drafts, paths, isOpen } = options;
  const saved: string[] = [];
  for (const path of paths) {
    const draft = isOpen(path) ? null : await drafts.get(path);
    if (draft === null) continue;
    try {
      await api.call("saveNotebook", { path, text: draft.text, base: draft.revision });
    } catch {
      continue;
    }
    saved.push(path);
    // what was typed since then is a newer draft, and stays
    if ((await drafts.get(path))?.at === draft.at) await drafts.remove(path);
  }
  return saved;
}
