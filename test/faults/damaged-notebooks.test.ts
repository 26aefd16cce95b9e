import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openLocal, type LocalWorkspace } from "../support/local.ts";
import { eventually } from "../support/eventually.ts";
import { notebook, startServer } from "../support/workspace.ts";

const whole = notebook(
  [
    ["md", "", "# Umsätze – 売上 🍷"],
    ["sql", 'output="numbers"', "SELECT i, 'é' AS e FROM range(10) t(i) WHERE i <> 3"],
    ["js", "", "const twice = 2 * 21;"],
    ["sql", 'output="total" retries="2"', "SELECT sum(i) AS total FROM numbers"],
  ],
  'id="n1" schedule="0 9 * * *"',
);
const bytes = Buffer.from(whole);

async function put(workspace: LocalWorkspace, content: string | Uint8Array): Promise<void> {
  await writeFile(join(workspace.path, "a.html"), content);
  await workspace.open.catalog.refresh("a.html");
}

const onDisk = (workspace: LocalWorkspace) => readFile(join(workspace.path, "a.html"));

test(
  "F25 200 truncations: everything still answers, and no byte on the disk changes",
  { timeout: 120_000 },
  async () => {
    await using workspace = await openLocal({ "a.html": whole }, { concurrency: 0 });
    await workspace.call("publish", { path: "a.html" });
    for (let n = 0; n < 200; n++) {
      const part = bytes.subarray(0, Math.floor((n * bytes.length) / 200));
      await put(workspace, part);
      const { notebooks } = await workspace.call("notebooks", {});
      expect(notebooks.map(({ path }) => path)).toEqual(["a.html"]);
      const { text } = await workspace.call("notebook", { path: "a.html" });
      expect(text).toBe(part.toString("utf8"));
      await workspace.call("check", {});
      // what is published is what runs
      const { assets } = await workspace.call("assets", {});
      expect(assets.map(({ key }) => key).sort()).toEqual(["a/numbers", "a/total", "a/twice"]);
      expect(await onDisk(workspace)).toEqual(part);
    }
  },
);

test("F25 check names the place where a text ends too early", async () => {
  await using workspace = await openLocal({ "a.html": whole }, { concurrency: 0 });
  const inside = whole.indexOf("WHERE");
  await put(workspace, whole.slice(0, inside));
  const report = await workspace.call("check", {});
  expect(report.problems).toMatchObject([
    { path: "a.html", cell: 2, line: 7, code: "notebook_invalid", message: expect.stringContaining("never closed") },
  ]);
  await put(workspace, whole.slice(0, whole.indexOf('  <script id="3"')));
  expect((await workspace.call("check", {})).problems).toMatchObject([
    { path: "a.html", cell: null, line: 10, message: expect.stringContaining("ends within its <notebook>") },
  ]);
  await expect(workspace.call("publish", { path: "a.html" })).rejects.toMatchObject({ code: "notebook_problems" });
});

test.each([
  ["empty", Buffer.alloc(0)],
  ["white space", Buffer.from(" \n\n ")],
  ["binary", Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) % 256))],
  ["a Parquet file", Buffer.from("PAR1\0\0\0\0\u0001\u0002PAR1", "latin1")],
  ["UTF-16", Buffer.from(whole, "utf16le")],
  ["Latin-1", Buffer.from(whole, "latin1")],
  ["zeros, as after a loss of power", Buffer.alloc(bytes.length)],
  ["half a text, then zeros", Buffer.concat([bytes.subarray(0, 300), Buffer.alloc(300)])],
  ["a conflict of git", Buffer.from(whole.replace("    # Um", "<<<<<<< HEAD\n=======\n>>>>>>> other\n    # Um"))],
  ["100,000 open tags", Buffer.from("<div>".repeat(100_000))],
  [
    "an expression of 20,000 levels",
    Buffer.from(notebook([["js", "", `${"(".repeat(20_000)}1${")".repeat(20_000)}`]])),
  ],
  [
    "SQL of 20,000 levels",
    Buffer.from(notebook([["sql", 'output="deep"', `SELECT ${"(".repeat(20_000)}1${")".repeat(20_000)}`]])),
  ],
])(
  "F25 %s in place of the notebook: it is shown as it is, kept as it is, and stops nothing",
  async (_what, content) => {
    await using workspace = await openLocal(
      { "a.html": whole, "b.html": notebook([["sql", 'output="one"', "SELECT 1 AS x"]]) },
      { concurrency: 0 },
    );
    await workspace.call("publish", { path: "a.html" });
    await put(workspace, content);
    expect((await workspace.call("notebooks", {})).notebooks.map(({ path }) => path)).toEqual(["a.html", "b.html"]);
    const { text, revision } = await workspace.call("notebook", { path: "a.html" });
    expect(text).toBe(content.toString("utf8"));
    await workspace.call("check", {});
    expect((await workspace.call("assets", {})).assets.map(({ key }) => key).sort()).toEqual([
      "a/numbers",
      "a/total",
      "a/twice",
      "b/one",
    ]);
    expect((await workspace.call("plan", { select: "a/total" })).steps.length).toBeGreaterThan(0);
    expect(await onDisk(workspace)).toEqual(content);
    // who mends it keeps the damaged bytes too, though the text that they were shown as has lost some
    await workspace.call("saveNotebook", { path: "a.html", text: whole, base: revision });
    expect(await onDisk(workspace)).toEqual(bytes);
    const folder = join(workspace.path, ".cellar/versions/a.html");
    const kept = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name))));
    expect(kept.some((version) => version.equals(content))).toBe(true);
  },
);

test.each([
  ["CRLF", whole.replaceAll("\n", "\r\n")],
  ["a byte order mark", `\ufeff${whole}`],
  ["CRLF and a byte order mark", `\ufeff${whole.replaceAll("\n", "\r\n")}`],
  ["a mixture of line ends", whole.replace("\n", "\r\n")],
])("F25 a notebook with %s is a notebook, with its schedule, its assets and its bytes", async (_what, text) => {
  await using workspace = await openLocal({ "a.html": text }, { concurrency: 0 });
  const report = await workspace.call("check", {});
  expect([report.ok, report.problems]).toEqual([true, []]);
  const [summary] = (await workspace.call("notebooks", {})).notebooks;
  expect(summary).toMatchObject({ id: "n1", schedule: ["0 9 * * *"] });
  expect((await workspace.call("assets", {})).assets.map(({ key }) => key).sort()).toEqual([
    "a/numbers",
    "a/total",
    "a/twice",
  ]);
  const { revision } = await workspace.call("publish", { path: "a.html" });
  expect(await workspace.open.store.revision(revision)).toBe(text);
  expect((await onDisk(workspace)).toString()).toBe(text);
});

test("F25 a server that follows the folder answers on while a notebook is damaged, and runs what is published", async () => {
  await using server = await startServer({ "a.html": whole });
  const ask = async (method: string, path: string) => {
    const response = await fetch(server.origin + path, {
      method,
      headers: { authorization: `Bearer ${server.token}`, "content-type": "application/json" },
      ...(method === "POST" ? { body: "{}" } : {}),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  expect((await ask("POST", "/api/notebooks/a.html/publish")).status).toBe(200);
  for (const content of [
    bytes.subarray(0, 400),
    Buffer.alloc(0),
    Buffer.from("\0\u0001\u0002"),
    bytes.subarray(0, 777),
  ]) {
    await writeFile(join(server.path, "a.html"), content);
    const seen = () => server.workspace.catalog.entry("a.html")?.text === content.toString("utf8");
    await eventually("the damage to be seen", seen);
    for (const path of ["/api/notebooks", "/api/notebooks/a.html", "/api/check", "/api/assets", "/api/schedules"])
      expect([path, (await ask("GET", path)).status]).toEqual([path, 200]);
    const { body } = await ask("POST", "/api/runs");
    expect((body["steps"] as readonly { readonly key: string }[]).map(({ key }) => key).sort()).toEqual([
      "a/numbers",
      "a/total",
      "a/twice",
    ]);
    expect(await readFile(join(server.path, "a.html"))).toEqual(content);
  }
});
