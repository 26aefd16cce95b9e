import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  locateFileSource,
  parseWorkspaceConfig,
  readWorkspaceConfig,
} from "../../../server/workspace/workspace-config.ts";
import { openLocal } from "../../support/local.ts";
import { eventually } from "../../support/eventually.ts";
import { notebook, startServer, temporaryWorkspace } from "../../support/workspace.ts";

const sources = (text: string) => Object.fromEntries(parseWorkspaceConfig(text).config.files);

describe("parseWorkspaceConfig", () => {
  it("reads files, each from an installed package", () => {
    expect(
      sources(
        '{"$schema": "x", "files": {"cars.csv": "npm:vega-datasets/data/cars.csv", "d/e.json": "npm:@a/b/c.json"}}',
      ),
    ).toEqual({
      "cars.csv": { package: "vega-datasets", path: "data/cars.csv" },
      "d/e.json": { package: "@a/b", path: "c.json" },
    });
    expect(parseWorkspaceConfig('{"files": {}}').problems).toEqual([]);
  });

  it.each([
    ["an unknown member", '{\n  "file": {}\n}', 2, 3, 'unknown member "file"'],
    ["no object", "[1]", 1, 1, "must be one object"],
    ["files that are no object", '{"files": 3}', 1, 11, '"files" must be an object'],
    ["an address", '{"files": {"a.csv": "https://x/a.csv"}}', 1, 21, 'source of file "a.csv" cannot be read'],
    ["a source that is no text", '{"files": {"a.csv": 3}}', 1, 21, "cannot be read"],
    ["a way out of a package", '{"files": {"a.csv": "npm:x/../../etc/passwd"}}', 1, 21, "cannot be read"],
    ["a way out of the workspace", '{"files": {"../a.csv": "npm:x/a.csv"}}', 1, 12, "leaves the workspace"],
    ["a hidden name", '{"files": {".env": "npm:x/a.csv"}}', 1, 12, "hidden"],
    ["a text that ends too early", '{"files": {"a.csv": "npm:x/a.csv"', 1, 34, "is not JSON here"],
    ["no text", "", 1, 1, "is not JSON here"],
    ["no JSON", "files: 1", 1, 1, "is not JSON here"],
  ] as const)("names the place of %s, and reads the rest", (_, text, line, column, message) => {
    const { problems } = parseWorkspaceConfig(text);
    expect(problems[0]).toEqual({ line, column, message: expect.stringContaining(message) });
  });

  it("leaves out what is wrong alone", () => {
    const text = '{"files": {"a.csv": "npm:x/a.csv", "b.csv": 1, "c.csv": "npm:x/c.csv"}, "jobz": {}}';
    expect(Object.keys(sources(text))).toEqual(["a.csv", "c.csv"]);
    expect(parseWorkspaceConfig(text).problems).toHaveLength(2);
  });

  it("A23 takes no prototype from it", () => {
    parseWorkspaceConfig('{"__proto__": {"isAdmin": 1}, "files": {"__proto__": "npm:x/a.csv"}}');
    expect("isAdmin" in {}).toBe(false);
  });
});

describe("in a workspace", () => {
  it("a folder without cellar.json has an empty one; one that is a folder is an error of its own", async () => {
    await using folder = await temporaryWorkspace({});
    expect((await readWorkspaceConfig(folder.path)).problems).toEqual([]);
    await mkdir(join(folder.path, "cellar.json"));
    await expect(readWorkspaceConfig(folder.path)).rejects.toMatchObject({ code: "config_invalid" });
  });

  it("finds a file beside the workspace, then in the project, else names the package", async () => {
    await using folder = await temporaryWorkspace({ "node_modules/own/data/a.csv": "x\n1\n" });
    expect(await locateFileSource(folder.path, "a.csv", { package: "own", path: "data/a.csv" })).toBe(
      join(folder.path, "node_modules/own/data/a.csv"),
    );
    expect(await locateFileSource(folder.path, "c.csv", { package: "vega-datasets", path: "data/cars.json" })).toMatch(
      /vega-datasets\/data\/cars\.json$/,
    );
    await expect(locateFileSource(folder.path, "b.csv", { package: "none", path: "b.csv" })).rejects.toMatchObject({
      code: "file_not_found",
      message: expect.stringContaining("of the package none; install that package"),
    });
  });

  it("a damaged cellar.json stops neither check nor runs, and is told with its place", async () => {
    await using workspace = await openLocal(
      { "a.html": notebook([["sql", 'output="one"', "SELECT 1 AS x"]]), "cellar.json": '{"files": {' },
      { concurrency: 0 },
    );
    const { ok, problems } = await workspace.call("check", {});
    expect(ok).toBe(false);
    expect(problems[0]).toMatchObject({ path: "cellar.json", line: 1, code: "config_invalid" });
    expect((await workspace.call("plan", {})).steps).toHaveLength(1);
  });

  it("is read again when it changes", async () => {
    await using server = await startServer({ "node_modules/own/a.csv": "x\n1\n" });
    const { files, configProblems } = server.workspace;
    await writeFile(join(server.path, "cellar.json"), '{"files": {"a.csv": "npm:own/a.csv"}, "x": 1}');
    await eventually("cellar.json to be read again", () => configProblems().length === 1);
    expect((await files.list()).map(({ name }) => name)).toEqual(["a.csv"]);
  });
});
