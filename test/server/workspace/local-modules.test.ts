import { readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openLocal } from "../../support/local.ts";
import { notebook, temporaryWorkspace } from "../../support/workspace.ts";

const files = {
  "team/a.html": notebook([
    ["js", "", 'import {double} from "../lib/double.js";\nconst twice = double([1, 2]);'],
    ["js", "", "const other = 1;"],
  ]),
  "lib/double.js":
    'import {factor} from "./factor.mjs";\nexport const double = (list) => list.map((x) => x * factor);\n',
  "lib/factor.mjs": 'import list from "/lib/factor.json" with {type: "json"};\nexport const [factor] = list;\n',
  "lib/factor.json": "[2]",
};

test("the version of a module is that of all behind it; what leads out of the workspace is no part of it", async () => {
  await using workspace = await openLocal({ ...files, "lib/out.js": 'import "../../etc/passwd"; import "./gone.js";' });
  const { files: data } = workspace.open;
  expect(await data.closure("lib/double.js")).toEqual(["lib/double.js", "lib/factor.mjs", "lib/factor.json"]);
  expect(await data.closure("lib/out.js")).toEqual(["lib/out.js", "lib/gone.js"]);
  const before = await data.version("lib/double.js");
  await workspace.write("lib/factor.json", "[3, 0]");
  const after = await data.version("lib/double.js");
  expect([after === before, typeof after]).toEqual([false, "string"]);
  await workspace.write("lib/factor.json", "[2]");
  expect(await data.version("lib/double.js")).toBe(before);
  const missing = await data.version("lib/out.js");
  await workspace.write("lib/gone.js", "");
  expect(await data.version("lib/out.js")).not.toBe(missing);
});

test("a run reads modules where the server reads them, and again where one of them changed", async () => {
  await using workspace = await openLocal(files);
  expect(await workspace.run()).toMatchObject({
    state: "succeeded",
    steps: { "team/a/twice": "succeeded", "team/a/other": "succeeded" },
  });
  const { json } = await valueOf(workspace);
  expect(json).toEqual([2, 4]);
  expect((await workspace.run()).steps).toEqual({ "team/a/twice": "reused", "team/a/other": "reused" });
  await workspace.write("lib/factor.json", "[5]");
  expect((await workspace.run()).steps).toEqual({ "team/a/twice": "succeeded", "team/a/other": "reused" });
  expect((await valueOf(workspace)).json).toEqual([5, 10]);
});

test("a mistake in a module is told with its file and line, and not as a place in the cell", async () => {
  await using workspace = await openLocal({ ...files, "lib/double.js": "export const double = 1;\nconst = 2;" });
  const run = await workspace.run();
  const { steps } = await workspace.call("run", { id: run.id });
  expect(steps.find(({ key }) => key === "team/a/twice")?.error).toMatchObject({
    code: "cell_syntax",
    message: "lib/double.js, line 2, column 7: Unexpected token; mend the file",
    cell: 1,
    line: null,
  });
});

test.each([
  ["a path above the workspace", 'import "../../secret.js";', "cell_syntax", /leaves the workspace/],
  [
    "a path above the workspace, in a module",
    'import "./up.js";',
    "path_invalid",
    /team\/up\.js imports "\.\.\/\.\.\/secret\.js"/,
  ],
  ["a link that leads out", 'import "./link.js";', "path_invalid", /link that leads out/],
  ["a link that leads out, in a module", 'import "./through.js";', "file_not_found", /no module team\/link\.js/],
  ["a hidden folder", 'import "../.cellar/token.js";', "path_invalid", /hidden part/],
  [
    "a link by a path that is made while it runs",
    'await import("./li" + (1 ? "nk" : "") + ".js");',
    "forbidden",
    /write it out/,
  ],
])("an attack by %s reads nothing", async (_what, source, code, message) => {
  await using outside = await temporaryWorkspace({ "secret.js": "export const secret = 1;" });
  await using workspace = await openLocal({
    "team/a.html": notebook([["js", 'output="stolen"', `${source}\ndisplay(1);`]]),
    "team/up.js": 'import "../../secret.js";',
    "team/through.js": 'import "./link.js";',
  });
  await symlink(join(outside.path, "secret.js"), join(workspace.path, "team/link.js"));
  const run = await workspace.run();
  const { steps } = await workspace.call("run", { id: run.id });
  expect(steps[0]?.error).toMatchObject({ code, message: expect.stringMatching(message) });
});

test("trust covers the modules behind a notebook: one that changed asks again", async () => {
  await using workspace = await openLocal(files);
  const look = async () => (await workspace.call("notebook", { path: "team/a.html" })).trusted;
  const { revision } = await workspace.call("notebook", { path: "team/a.html" });
  expect(await look()).toBe(false);
  await workspace.call("trustNotebook", { path: "team/a.html", revision });
  expect(await look()).toBe(true);
  await workspace.write("lib/factor.json", "[0]");
  expect(await look()).toBe(false);
  await workspace.write("lib/factor.json", "[2]");
  expect(await look()).toBe(true);
  await workspace.write("lib/factor.mjs", "export const factor = fetch('/steal');");
  expect(await look()).toBe(false);
  expect((await workspace.call("notebooks", {})).notebooks.map(({ trusted }) => trusted)).toEqual([false]);
});

async function valueOf(workspace: Awaited<ReturnType<typeof openLocal>>): Promise<{ readonly json: unknown }> {
  const { workspace: graph } = await workspace.open.planner.effective();
  const facts = await workspace.open.store.pointers();
  const fact = facts.find(({ asset }) => asset === "team/a/twice" && graph.assets.has(asset));
  if (fact === undefined) throw new Error("not materialized");
  const path = await workspace.open.lake.open({ sha256: fact.sha256, extension: "json" });
  return { json: JSON.parse(await readFile(path, "utf8")) as unknown };
}
