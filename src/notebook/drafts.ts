/** What was typed and not saved yet. */
export interface Draft {
  readonly path: string;
  readonly text: string;
  /** the file that it changes */
  readonly base: string;
  readonly revision: string | null;
  readonly at: number;
}

/** Keeps drafts across crashes and reloads. */
export interface DraftStore {
  get(path: string): Promise<Draft | null>;
  put(draft: Draft): Promise<void>;
  remove(path: string): Promise<void>;
}

/** Drafts in memory, where the browser keeps nothing (private mode, full disk). */
export function memoryDrafts(): DraftStore {
  const drafts = new Map<string, Draft>();
  return {
    get: (path) => Promise.resolve(drafts.get(path) ?? null),
    put: (draft) => Promise.resolve(void drafts.set(draft.path, draft)),
    remove: (path) => Promise.resolve(void drafts.delete(path)),
  };
}

/** Drafts in IndexedDB. Rejects where the browser has none, or no room. */
export function browserDrafts(factory: IDBFactory = indexedDB): DraftStore {
  let opened: Promise<IDBDatabase> | null = null;
  const open = (): Promise<IDBDatabase> =>
    (opened ??= new Promise<IDBDatabase>((resolve, reject) => {
      const request = factory.open("cellar-drafts", 1);
      request.onupgradeneeded = () => request.result.createObjectStore("drafts", { keyPath: "path" });
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error ?? new Error("IndexedDB did not open"));
      request.onblocked = () => reject(new Error("IndexedDB is blocked by another tab"));
    }).catch((error: unknown) => {
      opened = null;
      throw error;
    }));
  const run = async <T>(mode: IDBTransactionMode, use: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> => {
    const transaction = (await open()).transaction("drafts", mode, { durability: "relaxed" });
    const request = use(transaction.objectStore("drafts"));
    return new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = transaction.onabort = () =>
        reject(transaction.error ?? new Error("the draft was not written"));
    });
  };
  return {
    get: async (path) => readDraft(await run<unknown>("readonly", (store) => store.get(path))),
    put: async (draft) => void (await run("readwrite", (store) => store.put(draft))),
    remove: async (path) => void (await run("readwrite", (store) => store.delete(path))),
  };
}

function readDraft(value: unknown): Draft | null {
  if (typeof value !== "object" || value === null) return null;
  const { path, text, base, revision, at } = value as Partial<Draft>;
  return typeof path === "string" && typeof text === "string" && typeof base === "string" && typeof at === "number"
    ? { path, text, base, revision: typeof revision === "string" ? revision : null, at }
    : null;
}
