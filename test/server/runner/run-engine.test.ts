import { writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { openLocal } from "../../support/local.ts";
import { notebook } from "../../support/workspace.ts";

test("a statement that ends its engine fails its own step; those asked for beside it are computed by another engine", async () => {
  const killer = "SELECT * FROM enable_logging(storage='file', storage_config={'path': '/nonexistent/x'})";
  const fine = (n: number): readonly ["sql", string, string] => [
    "sql",
    `output="fine${n}"`,
    `SELECT i * ${n} AS n FROM range(100000) t(i)`,
  ];
  await using workspace = await openLocal({
    "a.html": notebook([fine(1), fine(2), ["sql", 'output="killer"', killer], fine(3), fine(4), fine(5)]),
  });
  const run = await workspace.run();
  expect(run).toMatchObject({
    state: "failed",
    steps: {
      ...Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`a/fine${n}`, "succeeded"])),
      "a/killer": "failed",
    },
  });
  const { steps } = await workspace.call("run", { id: run.id });
  expect(steps.find(({ key }) => key === "a/killer")?.error?.code).toBe("runner_died");
});

test("a step that runs out of its time ends alone; the next is computed by another engine", async () => {
  await using workspace = await openLocal({
    "a.html": notebook([
      ["sql", 'output="quick"', "SELECT 1 AS n"],
      ["sql", 'output="endless" timeout="1s"', "SELECT count(*) AS n FROM range(100000000000) a, range(100000000) b"],
      ["sql", 'output="next"', "SELECT 2 AS n"],
    ]),
  });
  const run = await workspace.run();
  expect(run.steps).toEqual({ "a/quick": "succeeded", "a/endless": "failed", "a/next": "succeeded" });
  const { steps } = await workspace.call("run", { id: run.id });
  expect(steps.find(({ key }) => key === "a/endless")?.error?.code).toBe("cell_timeout");
});

test("the engine of a run of SQL is the next one's too; that of a run of JavaScript, or one that was ended, is not", async () => {
  await using workspace = await openLocal({
    "a.html": notebook([
      ["sql", 'output="n"', "SELECT sum(n) AS n FROM 'numbers.csv'"],
      ["sql", 'output="endless" timeout="1s"', "SELECT count(*) AS n FROM range(100000000000) a, range(100000000) b"],
      ["js", "", "const x = [{a: 1}];"],
    ]),
    "numbers.csv": "n\n1\n",
  });
  const { slots } = workspace.open;
  const engineAfter = async (select: string) => {
    await workspace.run({ select, force: true });
    const slot = slots.take();
    const engine = slot.left?.engine ?? null;
    slots.leave(slot.name, slot.left, Promise.resolve());
    return engine;
  };
  const first = await engineAfter("a/n");
  expect(first).not.toBe(null);
  expect(await engineAfter("a/n")).toBe(first);
  // another file is not what it was opened with
  await writeFile(`${workspace.path}/numbers.csv`, "n\n1\n2\n");
  const second = await engineAfter("a/n");
  expect(second).not.toBe(first);
  expect(await workspace.call("history", { key: "a/n" })).toMatchObject({
    materializations: [{ rows: 1 }, { rows: 1 }, { rows: 1 }],
  });
  expect(await engineAfter("a/endless")).toBe(null);
  expect(await engineAfter("a/n")).not.toBe(null);
  expect(await engineAfter("a/x")).toBe(null);
});
