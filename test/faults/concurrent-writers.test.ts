import { mkdir, mkdtemp, open, readdir, readFile, realpath, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { AppError } from "../../cells/errors.ts";
import { NotebookFiles } from "../../server/workspace/notebook-files.ts";

const interleavings = 500;

/** A small generator of numbers in [0, 1), the same for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed * 2654435761;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Lets so many turns of the event loop go by: between them, file operations of others end. */
async function turns(count: number): Promise<void> {
  for (let n = 0; n < count; n++) await new Promise((resolve) => setImmediate(resolve));
}

/** A tab: reads, thinks, saves on the revision that it read. Tells which of its texts were acknowledged, which refused. */
async function tab(name: string, files: NotebookFiles, random: () => number, acknowledged: Set<string>): Promise<void> {
  for (let save = 0; save < 3; save++) {
    const { revision } = await files.read("a.html");
    await turns(Math.floor(random() * 12));
    const text = `<notebook>${name} ${save}</notebook>`;
    try {
      await files.write("a.html", text, revision);
      acknowledged.add(text);
    } catch (error) {
      // refused: the tab still has its text, and the file is somebody else's
      if (!(error instanceof AppError && error.code === "notebook_conflict")) throw error;
    }
  }
}

/** An editor that knows nothing of revisions: it replaces the file, or empties and fills it. */
async function editor(file: string, random: () => number, written: Set<string>): Promise<void> {
  for (let save = 0; save < 3; save++) {
    await turns(Math.floor(random() * 40));
    const text = `<notebook>editor ${save}</notebook>`;
    if (random() < 0.5) {
      await writeFile(`${file}.swp`, text);
      await rename(`${file}.swp`, file);
    } else {
      const handle = await open(file, "w");
      await turns(Math.floor(random() * 3));
      await handle.writeFile(text);
      await handle.close();
    }
    written.add(text);
  }
}

/** Everything that is still there: the file, and the versions that were kept. */
async function textsIn(root: string): Promise<ReadonlySet<string>> {
  const kept = join(root, ".versions/a.html");
  const names = await readdir(kept).catch(() => [] as readonly string[]);
  const texts = await Promise.all(names.map((name) => readFile(join(kept, name), "utf8")));
  return new Set([...texts, await readFile(join(root, "a.html"), "utf8")]);
}

test(
  `F26 P9 ${interleavings} interleavings of two tabs and an editor: no acknowledged text is lost`,
  { timeout: 180_000 },
  async () => {
    const root = await realpath(await mkdtemp(join(tmpdir(), "cellar-writers-")));
    const lost: string[] = [];
    let conflicts = 0;
    for (let seed = 1; seed <= interleavings; seed++) {
      const random = randomOf(seed);
      const folder = join(root, String(seed));
      await mkdir(folder);
      await writeFile(join(folder, "a.html"), "<notebook>first</notebook>");
      const files = new NotebookFiles(folder, join(folder, ".versions"));
      const acknowledged = new Set<string>();
      const written = new Set<string>();
      await Promise.all([
        tab("left", files, random, acknowledged),
        tab("right", files, random, acknowledged),
        editor(join(folder, "a.html"), random, written),
      ]);
      conflicts += 6 - acknowledged.size;
      const there = await textsIn(folder);
      // what the editor replaced of its own is its own affair: its last text counts
      for (const text of [...acknowledged, [...written].at(-1) ?? ""])
        if (!there.has(text)) lost.push(`seed ${seed}: ${text}`);
      await rm(folder, { recursive: true });
    }
    await rm(root, { recursive: true });
    console.log(`${interleavings} interleavings, ${conflicts} saves refused`);
    expect(lost).toEqual([]);
    expect(conflicts).toBeGreaterThan(0);
  },
);
