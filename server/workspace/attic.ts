import { createHash, randomUUID } from "node:crypto";
import { link, mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { writeWhole } from "./write-whole.ts";

// how many texts of a notebook are kept
const versionsKept = 50;
// a program that writes in place has the file open for a moment only
const heldMs = 10_000;

/** Earlier contents of notebooks, in a folder for each: what was saved, and what a save replaced or a deletion took away. */
export class Attic {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** Keeps bytes as the latest version of a notebook, unless they are kept already. */
  async keep(path: string, bytes: Uint8Array): Promise<void> {
    const folder = await this.#folder(path);
    const mark = `-${createHash("sha256").update(bytes).digest("hex").slice(0, 16)}.html`;
    const name = join(folder, String(Date.now()).padStart(15, "0") + mark);
    const known = (await versionsIn(folder)).find((version) => version.endsWith(mark));
    if (known === undefined) await writeWhole(name, bytes);
    else await rename(join(folder, known), name);
    const versions = await versionsIn(folder);
    for (const version of versions.slice(0, Math.max(0, versions.length - versionsKept)))
      await rm(join(folder, version), { force: true });
  }

  /**
   * Gives the file `target` a second name, since it is about to lose its own: a program that has it open writes there from then
   * on, and `settle` keeps what it wrote. Does nothing where the file system has no links.
   */
  async hold(path: string, target: string): Promise<void> {
    const name = `.held-${String(Date.now()).padStart(15, "0")}-${randomUUID()}`;
    await link(target, join(await this.#folder(path), name)).catch(() => undefined);
  }

  /** Keeps what was written to held files, and lets go of those that nobody writes to any more. */
  async settle(path: string): Promise<void> {
    const folder = await this.#folder(path);
    for (const name of await readdir(folder)) {
      const heldAt = Number(/^\.held-(\d{15})-/.exec(name)?.[1] ?? NaN);
      if (Number.isNaN(heldAt)) continue;
      const bytes = await readFile(join(folder, name));
      if (bytes.length > 0) await this.keep(path, bytes);
      if (Date.now() - heldAt > heldMs) await rm(join(folder, name), { force: true });
    }
  }

  async #folder(path: string): Promise<string> {
    const folder = join(this.#root, path);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return folder;
  }
}

/** Oldest first. */
async function versionsIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => /^\d{15}-.*\.html$/.test(name)).sort();
}
