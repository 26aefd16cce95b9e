import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openLocal } from "../support/local.ts";

const examples = join(import.meta.dirname, "../../examples");

test("every asset of every example is materialized on the server, and a second run reuses all of them", async () => {
  const names = readdirSync(examples, { recursive: true, encoding: "utf8" }).filter(
    (name) => !name.includes(".cellar") && /\.\w+$/.test(name),
  );
  await using workspace = await openLocal(
    Object.fromEntries(names.map((name) => [name, readFileSync(join(examples, name), "utf8")])),
  );
  const paths = workspace.open.catalog.entries().map(({ path }) => path);
  expect(paths.length).toBeGreaterThanOrEqual(5);
  const first = await workspace.run();
  const { steps } = await workspace.call("run", { id: first.id });
  expect(
    steps.flatMap(({ key, state, error }) => (state === "succeeded" ? [] : [[key, state, error?.message]])),
  ).toEqual([]);
  for (const path of paths)
    expect([path, steps.some(({ key }) => key.startsWith(`${path.replace(/\.html$/, "")}/`))]).toEqual([path, true]);
  const second = await workspace.run();
  expect(Object.entries(second.steps).filter(([, state]) => state !== "reused")).toEqual([]);
}, 120_000);
