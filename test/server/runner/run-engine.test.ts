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
