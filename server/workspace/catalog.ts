import { EventEmitter } from "node:events";
import { watch } from "chokidar";
import { relative, sep } from "node:path";
import { AppError, type WireError, encodeError } from "../../cells/errors.ts";
import { type NotebookFile, parseNotebook } from "../../cells/format/parse.ts";
import { buildGraph } from "../../cells/graph/build.ts";
import type { NotebookGraph } from "../../cells/graph/graph.ts";
import type { NotebookFiles } from "./notebook-files.ts";
import { checkName } from "./paths.ts";
import { filesBelow } from "./workspace-files.ts";

/** A notebook of the folder: its text, and what it says where it could be read. */
export type CatalogEntry =
  | {
      readonly type: "notebook";
      readonly path: string;
      readonly text: string;
      readonly revision: string;
      readonly file: NotebookFile;
      readonly graph: NotebookGraph;
    }
  | {
      readonly type: "damaged";
      readonly path: string;
      readonly text: string;
      readonly revision: string;
      readonly error: WireError;
    };

export type CatalogChange =
  | { readonly type: "notebook_changed"; readonly path: string; readonly revision: string }
  | { readonly type: "notebook_removed"; readonly path: string }
  | { readonly type: "file_changed"; readonly name: string };

/** The notebooks of a workspace folder, read, compiled, and kept up to date while the folder changes. */
export class Catalog {
  readonly #root: string;
  readonly #files: NotebookFiles;
  readonly #entries = new Map<string, CatalogEntry>();
  readonly #changes = new EventEmitter<{ change: [CatalogChange] }>();
  readonly #reading = new Map<string, Promise<void>>();
  #stopWatching: () => Promise<void> = () => Promise.resolve();

  constructor(root: string, files: NotebookFiles) {
    this.#root = root;
    this.#files = files;
  }

  /** Reads every notebook of the folder. */
  async load(): Promise<void> {
    for (const name of await filesBelow(this.#root)) if (isNotebookName(name)) await this.refresh(name);
  }

  /** Follows the folder until `close`. Resolves when the watch is on. */
  async follow(): Promise<void> {
    const watcher = watch(this.#root, {
      ignored: (path) =>
        relative(this.#root, path)
          .split(sep)
          .some((part) => (part.startsWith(".") && part !== "..") || part === "node_modules"),
      ignoreInitial: true,
      awaitWriteFinish: { stabilityThreshold: 60, pollInterval: 20 },
    });
    const onChange = (path: string) => {
      const name = relative(this.#root, path).split(sep).join("/");
      if (!isNotebookName(name)) this.#changes.emit("change", { type: "file_changed", name });
      else this.refresh(name).catch(() => undefined);
    };
    watcher
      .on("add", onChange)
      .on("change", onChange)
      .on("unlink", onChange)
      .on("error", () => undefined);
    this.#stopWatching = () => watcher.close();
    await new Promise<void>((resolve) => watcher.once("ready", resolve));
  }

  /** All notebooks, by path. */
  entries(): readonly CatalogEntry[] {
    return [...this.#entries.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** The notebook at a path, or null. */
  entry(path: string): CatalogEntry | null {
    return this.#entries.get(path) ?? null;
  }

  /** Reads one notebook again and tells listeners where it differs. What is asked for later is read later. */
  refresh(path: string): Promise<void> {
    const after = (this.#reading.get(path) ?? Promise.resolve()).then(() => this.#read(path));
    const settled = after.catch(() => undefined);
    this.#reading.set(path, settled);
    void settled.then(() => this.#reading.get(path) === settled && this.#reading.delete(path));
    return after;
  }

  async #read(path: string): Promise<void> {
    const before = this.#entries.get(path);
    try {
      const { text, revision } = await this.#files.read(path);
      if (before?.revision === revision) return;
      this.#entries.set(path, readEntry(path, text, revision, before));
      this.#changes.emit("change", { type: "notebook_changed", path, revision });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      // it is there, but the disk refuses it: that is told, and its published revision goes on
      if (error.code === "storage_failed")
        this.#entries.set(path, { type: "damaged", path, text: "", revision: "", error: encodeError(error) });
      else if (before !== undefined && this.#entries.delete(path))
        this.#changes.emit("change", { type: "notebook_removed", path });
    }
  }

  /** Returns what unsubscribes. */
  onChange(listener: (change: CatalogChange) => void): () => void {
    this.#changes.on("change", listener);
    return () => this.#changes.off("change", listener);
  }

  async close(): Promise<void> {
    await this.#stopWatching();
  }
}

/** Reads a notebook's text; a text that cannot be read is a `damaged` entry, never an exception. */
export function readEntry(path: string, text: string, revision: string, before?: CatalogEntry): CatalogEntry {
  try {
    const file = parseNotebook(text);
    const graph = buildGraph(path, file.notebook, before?.type === "notebook" ? before.graph : undefined);
    return { type: "notebook", path, text, revision, file, graph };
  } catch (error) {
    // also what nobody expected, as a text nested so deeply that a parser's stack ends: one notebook stops no server
    return { type: "damaged", path, text, revision, error: encodeError(error) };
  }
}

function isNotebookName(name: string): boolean {
  if (!name.endsWith(".html")) return false;
  try {
    checkName(name);
    return true;
  } catch {
    return false;
  }
}
