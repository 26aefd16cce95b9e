import { expect, test } from "vitest";
import type { InputOf } from "../../../cells/api/routes.ts";
import { type LocalWorkspace, openLocal, runEnded } from "../../support/local.ts";
import { notebook } from "../../support/workspace.ts";

const chain = (middle: string) =>
  notebook([
    ["sql", 'output="first"', "SELECT 1 AS a"],
    ["sql", 'output="middle"', middle],
    ["sql", 'output="last"', "SELECT a FROM middle"],
    ["sql", 'output="beside"', "SELECT 2 AS a"],
  ]);

async function retry(workspace: LocalWorkspace, input: InputOf<"retryRun">) {
  const { run } = await workspace.call("retryRun", input);
  await runEnded(workspace.open, run);
  const { steps, trigger } = await workspace.call("run", { id: run });
  expect(trigger).toEqual({ type: "retry", of: input.id });
  return Object.fromEntries(steps.map(({ key, state }) => [key, state]));
}

test("a run is done again from its failure, from an asset, or all of it", async () => {
  await using workspace = await openLocal({ "a.html": chain("SELECT a, error('no') AS b FROM first") });
  const failed = await workspace.run();
  expect(failed.steps).toMatchObject({ "a/first": "succeeded", "a/middle": "failed", "a/last": "blocked" });
  await workspace.write("a.html", chain("SELECT a FROM first"));

  expect(await retry(workspace, { id: failed.id, fromFailure: true })).toEqual({
    "a/middle": "succeeded",
    "a/last": "succeeded",
  });
  expect(await retry(workspace, { id: failed.id, from: "a/middle" })).toEqual({
    "a/middle": "succeeded",
    "a/last": "succeeded",
  });
  const all = ["a/first", "a/middle", "a/last", "a/beside"];
  const each = (state: string) => Object.fromEntries(all.map((key) => [key, state]));
  expect(await retry(workspace, { id: failed.id })).toEqual(each("reused"));
  expect(await retry(workspace, { id: failed.id, all: true })).toEqual(each("succeeded"));
});

test("what cannot be done again is refused", async () => {
  await using workspace = await openLocal({ "a.html": chain("SELECT a FROM first") });
  const { id } = await workspace.run({ select: "a/beside" });
  await expect(workspace.call("retryRun", { id, fromFailure: true })).rejects.toThrow(`nothing failed in run ${id}`);
  await expect(workspace.call("retryRun", { id, from: "a/last" })).rejects.toThrow(`run ${id} has no step of a/last`);
});
