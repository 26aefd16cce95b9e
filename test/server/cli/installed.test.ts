import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { notebook, temporaryWorkspace } from "../../support/workspace.ts";
import { bin, cellar, document, installed, lines, type Said } from "./cellar.ts";

const files = {
  "sales.html": notebook(
    [
      ["sql", 'output="orders" expect="not_null(id)"', "SELECT i AS id FROM range(10) t(i)"],
      ["sql", 'output="region" partitions="static eu us"', "SELECT ${partition.key} AS name"],
      ["sql", 'output="total" automation="eager"', "SELECT count(*) AS n FROM orders"],
      ["sql", 'test="total"', "WITH orders AS (SELECT 1 AS id) SELECT 1 AS n"],
      ["js", 'sensor="inbox: file inbox/*.csv" select="orders"', ""],
    ],
    'schedule="0 9 * * *" timezone="UTC"',
  ),
  "fails.html": notebook([["sql", 'output="nothing"', "SELECT nothing AS x"]]),
  "story.json":
    '{"start": "2026-01-31T09:00:00Z", "events": [{"at": "+2m", "type": "materialized", "key": "sales/orders"}]}',
};

/** A Node on the path that the server does not run on, but the command does. */
const olderNode = (process.env["PATH"] ?? "")
  .split(delimiter)
  .map((place) => join(place, "node"))
  .find((node) => /^v2[0-5]\./.test(spawnSync(node, ["--version"], { encoding: "utf8" }).stdout ?? ""));
if (olderNode === undefined) console.warn("the start by an older Node is skipped: none is on the path");

/**
 * The other tests carry out command lines in their own process. Here one of each family has a process to itself: it ends by
 * itself, with the code, and says what it says here.
 */
describe("a command in a process of its own", () => {
  let folder: Awaited<ReturnType<typeof temporaryWorkspace>>;
  beforeAll(async () => {
    folder = await temporaryWorkspace(files);
    await document(0, "run", "--select", "sales/orders", "--workspace", folder.path);
    await document(0, "publish", "sales.html", "--workspace", folder.path);
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  it.each([
    [["--help"], 0],
    [["list", "--at", "yesterday"], 2],
    [["check", "--json"], 0],
    [["logs", "none", "--json"], 1],
    [["simulate", "story.json"], 0],
    [["query", "SELECT id FROM sales.orders ORDER BY id LIMIT 2"], 0],
    [["lineage", "--columns", "--json"], 0],
    [["automation", "--json"], 0],
  ] as const)("cellar %j says the same, and exits with %d", async (args, code) => {
    const said = await installed(args, { cwd: folder.path });
    expect(said).toEqual(await cellar(args, { cwd: folder.path }));
    expect(said.code).toBe(code);
  });

  it.each([
    [["run", "--select", "sales/total"], 0, /^succeeded +sales\/total/m],
    [["run", "--select", "fails/nothing"], 1, /^failed +fails\/nothing \(cell 1, line 1, column 8/m],
    [["backfill", "--select", "sales/region"], 0, /^backfill \S+ succeeded in .*: 2 succeeded$/m],
    [["test"], 0, /^1 passed, 0 failed, 0 could not be run$/m],
    [["export", "sales/orders", "--format", "csv", "-o", "orders.csv"], 0, /^sales\/orders → .*orders\.csv: 10 rows/],
    [["branch", "create", "dev", "sales.html"], 0, /dev/],
    [["share", "--select", "sales/orders"], 0, /^http:\/\/127\.0\.0\.1:4400\/s#/],
    [["sensors", "inbox", "--test"], 0, /./],
    [["doctor"], 0, /^0 errors/m],
  ] as const)("cellar %j works, and exits with %d", async (args, code, out) => {
    const said = await installed(args, { cwd: folder.path });
    expect(said).toEqual({ code, out: expect.stringMatching(out) as string, err: "" } satisfies Said);
    if (args[0] === "export") expect(await readFile(join(folder.path, "orders.csv"), "utf8")).toMatch(/^id\n0\n/);
  });

  it.skipIf(olderNode === undefined)(
    "started by an older Node, it starts itself again under the project's own",
    async () => {
      for (const args of [["--help"], ["list", "--at", "yesterday"]])
        expect(await installed(args, { node: olderNode ?? "" })).toEqual(await cellar(args));
    },
  );

  it("goes on unheard where its reader has gone, as head does", async () => {
    const piped = 'set -o pipefail; "$0" "$@" | head -n 1';
    const args = [process.execPath, bin, "run", "--force", "--workspace", folder.path, "--select", "sales/*"];
    const said = spawnSync("bash", ["-c", piped, ...args], { encoding: "utf8" });
    expect(said).toMatchObject({ status: 0, stderr: "" });
    expect(lines(said.stdout)).toHaveLength(1);
  });

  it("a secret is read from what is piped in, and found in the environment", async () => {
    const env = { CELLAR_SECRET_KEY: "a phrase", CELLAR_SECRET_GIVEN: "from outside" };
    const set = await installed(["secret", "set", "CRM_KEY"], { cwd: folder.path, env, input: "a secret value\n" });
    expect(set).toMatchObject({ code: 0, err: "", out: expect.stringContaining("CRM_KEY is kept") as string });
    const list = await installed(["secret", "list", "--json"], { cwd: folder.path, env });
    expect(list).toEqual(await cellar(["secret", "list", "--json"], { cwd: folder.path, env }));
    expect(JSON.parse(list.out)).toEqual({
      secrets: [
        { name: "CRM_KEY", from: "file" },
        { name: "GIVEN", from: "environment" },
      ],
    });
  });
});
