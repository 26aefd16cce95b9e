import { expect, test } from "vitest";
import { openLocal } from "../../support/local.ts";
import { notebook } from "../../support/workspace.ts";

const files = (load: string) => ({
  "a.html": notebook([
    ["sql", 'output="report" after="load"', "SELECT 1 AS x"],
    ["js", 'output="load"', load],
  ]),
});

test("what comes after another waits for it, is not stale by its data, and cannot begin where it failed", async () => {
  await using workspace = await openLocal(files("[{n: 1}]"));
  const first = await workspace.run();
  const { steps } = await workspace.call("run", { id: first.id });
  const at = (key: string) => steps.find((step) => step.key === key);
  expect(first.state).toBe("succeeded");
  expect(at("a/report")?.startedAt ?? 0).toBeGreaterThanOrEqual(at("a/load")?.endedAt ?? Infinity);

  await workspace.write("a.html", files("[{n: 2}]")["a.html"]);
  expect((await workspace.run()).steps).toEqual({ "a/load": "succeeded", "a/report": "reused" });

  await workspace.write("a.html", files('(() => { throw new Error("no"); })()')["a.html"]);
  const failed = await workspace.run({ force: true });
  expect(failed).toMatchObject({ state: "failed", steps: { "a/load": "failed", "a/report": "blocked" } });
  const report = (await workspace.call("run", { id: failed.id })).steps.find(({ key }) => key === "a/report");
  expect(report?.reason).toBe("blocked by a/load, which it comes after and which failed");
  // alone it needs nothing of it
  expect(await workspace.run({ select: "report", force: true })).toMatchObject({ state: "succeeded" });
});
