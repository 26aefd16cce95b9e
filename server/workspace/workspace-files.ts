import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { link, mkdir, open, readdir, readFile, realpath, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { resolveLocal } from "../../cells/compile/imports.ts";
import { moduleImports } from "../../cells/compile/module.ts";
import { AppError } from "../../cells/errors.ts";
import type { Store } from "../store/store.ts";
import { resolveName } from "./paths.ts";
import { locateFileSource, type WorkspaceConfig } from "./workspace-config.ts";

/** A data file of the workspace. */
export interface DataFile {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  readonly modifiedAt: number;
}

/** The data files of a workspace: those in its folder, and those that `cellar.json` takes from elsewhere. */
export class WorkspaceFiles {
  readonly #root: string;
  readonly #store: Store;
  readonly #config: () => WorkspaceConfig;
  /** hash of a module's text → the specifiers that it imports */
  readonly #imports = new Map<string, readonly string[]>();

  constructor(root: string, store: Store, config: () => WorkspaceConfig) {
    this.#root = root;
    this.#store = store;
    this.#config = config;
  }

  /** Every data file, by name; notebooks and hidden files are none. */
  async list(): Promise<readonly DataFile[]> {
    const found: DataFile[] = [];
    for (const name of await filesBelow(this.#root))
      if (!name.endsWith(".html") && name !== "cellar.json") {
        const file = await this.find(name);
        if (file !== null) found.push(file);
      }
    for (const name of this.#config().files.keys()) {
      const file = await this.find(name);
      if (file !== null) found.push(file);
    }
    return found.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Where a file is. Throws `file_not_found`, `path_invalid`. */
  async locate(name: string): Promise<DataFile> {
    const source = this.#config().files.get(name);
    const path =
      source === undefined ? await resolveName(this.#root, name) : await locateFileSource(this.#root, name, source);
    const entry = await stat(path).catch(() => null);
    if (!entry?.isFile())
      throw new AppError(
        "file_not_found",
        `file not found: ${name}; put it into the workspace folder, or name its source in cellar.json`,
        {
          data: { file: name },
        },
      );
    return { name, path, bytes: entry.size, modifiedAt: entry.mtimeMs };
  }

  /** Where a file is, or null. */
  async find(name: string): Promise<DataFile | null> {
    try {
      return await this.locate(name);
    } catch (error) {
      if (error instanceof AppError) return null;
      throw error;
    }
  }

  /**
   * SHA-256 of a file's bytes, and for a module of all files that it imports as well; null where it is missing. Hashed
   * again only when size or time changed.
   */
  async version(name: string): Promise<string | null> {
    const own = await this.#hash(name);
    if (own === null || !isModule(name)) return own;
    const behind = (await this.closure(name)).slice(1);
    if (behind.length === 0) return own;
    const hash = createHash("sha256").update(own);
    for (const other of behind.toSorted()) hash.update(`\n${other} ${(await this.#hash(other)) ?? ""}`);
    return hash.digest("hex");
  }

  /**
   * A file, and behind it, where it is a module, every file of the workspace that it imports, directly or not: names from
   * the root, of missing files too. What leads out of the workspace is left out, and never read.
   */
  async closure(name: string): Promise<readonly string[]> {
    const found = new Set([name]);
    // grows while it is walked
    for (const from of found)
      for (const specifier of await this.#importsOf(from)) {
        const to = resolveLocal(from, specifier);
        if (to !== null) found.add(to);
      }
    return [...found];
  }

  async #importsOf(name: string): Promise<readonly string[]> {
    if (!isModule(name)) return [];
    const file = await this.find(name);
    const version = file === null ? null : await this.#hash(name);
    if (file === null || version === null || file.bytes > largestModuleBytes) return [];
    const known = this.#imports.get(version);
    if (known !== undefined) return known;
    const read = moduleImports(await readFile(file.path, "utf8")).map(({ specifier }) => specifier);
    this.#imports.set(version, read);
    return read;
  }

  async #hash(name: string): Promise<string | null> {
    const file = await this.find(name);
    if (file === null) return null;
    const known = (await this.#store.fileVersions()).get(name);
    if (known !== undefined && known.size === file.bytes && known.mtimeMs === file.modifiedAt) return known.version;
    const version = await hashFile(file.path);
    await this.#store.setFileVersion(name, { size: file.bytes, mtimeMs: file.modifiedAt, version });
    return version;
  }

  /**
   * Adds a file, whole or not at all; a name that is taken gets a number, so that nothing is ever overwritten. Returns the name it
   * got. Throws `path_invalid`, `storage_full`, `storage_failed`.
   */
  async add(name: string, content: AsyncIterable<Uint8Array>): Promise<DataFile> {
    const folder = dirname(await resolveName(this.#root, name));
    const temporary = join(folder, `.${process.pid}-${randomUUID()}.tmp`);
    try {
      await mkdir(folder, { recursive: true });
      const handle = await open(temporary, "wx", 0o644);
      try {
        await handle.writeFile(content);
        await handle.sync();
      } finally {
        await handle.close();
      }
      return await this.locate(await this.#name(temporary, name));
    } catch (error) {
      throw error instanceof AppError ? error : toWriteError(name, error);
    } finally {
      await rm(temporary, { force: true });
    }
  }

  /** Gives a written file its name, or the next one that is free. */
  async #name(temporary: string, name: string): Promise<string> {
    for (let n = 0; ; n++) {
      const free = n === 0 ? name : name.replace(/(\.[^./]*)?$/, (extension) => `-${n}${extension}`);
      try {
        await link(temporary, await resolveName(this.#root, free));
        return free;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
    }
  }
}

/** Longer texts are data, whatever they are called: to parse one would hold up the server. */
const largestModuleBytes = 8_000_000;

/** Whether a file is JavaScript, which may import other files. */
export function isModule(name: string): boolean {
  return /\.m?js$/i.test(name);
}

/** Names of the files below a folder, with `/`, hidden ones and packages left out; links out of it are not followed. */
export async function filesBelow(root: string, below = ""): Promise<readonly string[]> {
  const names: string[] = [];
  for (const entry of await readdir(join(root, below), { withFileTypes: true })) {
    if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
    const name = below === "" ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) names.push(...(await filesBelow(root, name)));
    else if (entry.isFile()) names.push(name);
    else if (entry.isSymbolicLink()) {
      const real = await realpath(join(root, name)).catch(() => null);
      if (real !== null && (await stat(real)).isFile() && (await resolveName(root, name).catch(() => null)) !== null)
        names.push(name);
    }
  }
  return names;
}

const leftover = /^\.\d+-[0-9a-z-]+\.tmp$/;

/** Removes what a server that was killed had begun to write beside the files of a workspace. */
export async function removeLeftovers(root: string, below = ""): Promise<void> {
  for (const entry of await readdir(join(root, below), { withFileTypes: true })) {
    if (entry.isFile() && leftover.test(entry.name)) await rm(join(root, below, entry.name), { force: true });
    else if (entry.isDirectory() && !entry.name.startsWith(".") && entry.name !== "node_modules")
      await removeLeftovers(root, join(below, entry.name));
  }
}

function toWriteError(name: string, error: unknown): AppError {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT")
    return new AppError(
      "storage_full",
      `the disk is full, so ${name} was not added; free some space and add it again`,
      {
        cause: error,
      },
    );
  return new AppError(
    "storage_failed",
    `${name} was not added (${code ?? "it did not arrive whole"}); check the folder's permissions, or send it again`,
    { cause: error },
  );
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
