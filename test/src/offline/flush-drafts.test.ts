import { describe, expect, test } from "vitest";
import { AppError } from "../../../cells/errors.ts";
import { memoryDrafts } from "../../../src/notebook/drafts.ts";
import { flushDrafts } from "../../../src/offline/flush-drafts.ts";
import { createApi, type Api } from "../../../src/remote/api.ts";

/** Files with their revisions; a save on another revision is refused, as the server does. */
function serverOf(files: Map<string, { text: string; revision: string }>): Api {
  const call = (
    _name: string,
    { path, text, base }: { path: string; text: string; base: string | null },
  ): Promise<unknown> => {
    if ((files.get(path)?.revision ?? null) !== base)
      return Promise.reject(new AppError("notebook_conflict", "changed"));
    files.set(path, { text, revision: `${base}+` });
    return Promise.resolve({ revision: `${base}+` });
  };
  return { ...createApi({ token: () => null }), call: call as Api["call"] };
}

describe("drafts when the server is back", () => {
  test("are saved on their revision; those of open and of changed notebooks stay", async () => {
    const files = new Map(["a.html", "b.html", "c.html"].map((path) => [path, { text: "old", revision: "1" }]));
    const drafts = memoryDrafts();
    for (const [path, revision] of [
      ["a.html", "1"],
      ["b.html", "0"],
      ["c.html", "1"],
      ["new.html", null],
    ] as const)
      await drafts.put({ path, text: `draft of ${path}`, base: "old", revision, at: 1 });
    const paths = ["a.html", "b.html", "c.html", "new.html"];
    const saved = await flushDrafts({ api: serverOf(files), drafts, paths, isOpen: (path) => path === "c.html" });
    expect(saved).toEqual(["a.html", "new.html"]);
    expect([...files].map(([path, { text }]) => [path, text])).toEqual([
      ["a.html", "draft of a.html"],
      ["b.html", "old"],
      ["c.html", "old"],
      ["new.html", "draft of new.html"],
    ]);
    expect(await Promise.all(paths.map(async (path) => (await drafts.get(path)) !== null))).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });
});
