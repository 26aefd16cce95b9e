import { sha256Hex } from "../../../cells/data/sha256.ts";
import { AppError } from "../../../cells/errors.ts";
import type { HydrationPort, StoredResult } from "../../../src/host/ports.ts";
import type { NotebookPorts } from "../../../src/notebook/ports.ts";

/** A notebook and its surroundings, all in memory. */
export interface MemoryNotebook {
  readonly path?: string;
  readonly text: string;
  readonly readOnly?: boolean;
  readonly trusted?: boolean;
  /** name → content */
  readonly files?: Readonly<Record<string, string | Uint8Array | WireBytes>>;
  /** asset key → result; `blobs` has the bytes */
  readonly assets?: Readonly<Record<string, StoredResult>>;
  readonly blobs?: Readonly<Record<string, Uint8Array | WireBytes>>;
  /** what hydration finds, by output name */
  readonly stored?: Readonly<Record<string, StoredResult>>;
}

/** Bytes as they come from a test. */
interface WireBytes {
  readonly bytes: readonly number[];
}

const encoder = new TextEncoder();

function toBytes(content: string | Uint8Array | WireBytes): Uint8Array {
  if (typeof content === "string") return encoder.encode(content);
  return content instanceof Uint8Array ? content : Uint8Array.from(content.bytes);
}

/** Ports over memory, with handles for what a test does from outside. */
export function memoryPorts(options: MemoryNotebook) {
  let text = options.text;
  let offline = false;
  const saves: string[] = [];
  const trusted: string[] = [];
  const listeners = new Set<(change: { readonly revision: string }) => void>();
  const files = new Map(Object.entries(options.files ?? {}).map(([name, content]) => [name, toBytes(content)]));
  const revisionOf = (content: string): string => sha256Hex(content);
  const hydration: HydrationPort = {
    fresh: () => Promise.resolve(null),
    hasAll: () => Promise.resolve(false),
    find: ({ output }) => Promise.resolve(options.stored?.[output] ?? null),
  };
  const ports: NotebookPorts = {
    path: options.path ?? "test.html",
    frameUrl: "/frame",
    load: () =>
      Promise.resolve({
        text,
        revision: revisionOf(text),
        readOnly: options.readOnly ?? false,
        trusted: options.trusted ?? true,
      }),
    save({ text: next, base }) {
      if (offline) return Promise.reject(new Error("no connection"));
      if (base !== revisionOf(text)) return Promise.reject(new AppError("notebook_conflict", "the file changed"));
      text = next;
      saves.push(next);
      return Promise.resolve({ revision: revisionOf(next) });
    },
    watch(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    trust: (revision) => Promise.resolve(void trusted.push(revision)),
    addFile(name, bytes) {
      files.set(name, bytes);
      return Promise.resolve(name);
    },
    names: () => Promise.resolve([]),
    runOnServer: () => Promise.reject(new AppError("not_found", "this page has no server")),
    linkTo: (cell) => `http://localhost/#cell-${cell}`,
    data: {
      file(name) {
        const bytes = files.get(name);
        if (bytes === undefined)
          return Promise.reject(new AppError("file_not_found", `file not found: ${name}; put it beside the notebook`));
        return Promise.resolve({ name, bytes: bytes.slice(), mimeType: "", lastModified: 0 });
      },
      asset(key) {
        const found = options.assets?.[key];
        return found
          ? Promise.resolve(found)
          : Promise.reject(new AppError("asset_not_found", `no asset has the key ${key}`));
      },
      blob(hash) {
        const bytes = options.blobs?.[hash];
        return bytes
          ? Promise.resolve(toBytes(bytes))
          : Promise.reject(new AppError("lake_damaged", `no blob ${hash}`));
      },
      hydration: options.stored ? hydration : null,
      resources: null,
    },
  };
  return {
    ports,
    saves,
    trusted,
    get text(): string {
      return text;
    },
    /** Another program writes the file. */
    writeOutside(next: string): void {
      text = next;
      for (const listener of listeners) listener({ revision: revisionOf(next) });
    },
    setOffline(value: boolean): void {
      offline = value;
    },
  };
}
