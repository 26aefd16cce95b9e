// Long because every command stands here once with and once without a server, over one workspace.
import { spawn } from "node:child_process";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openWorkspace } from "../../../server/open-workspace.ts";
import { version } from "../../../server/version.ts";
import { notebook, startServer, temporaryWorkspace } from "../../support/workspace.ts";

const bin = join(import.meta.dirname, "../../../server/bin/cellar.js");

interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs `cellar` to its end. `as` puts words before it, as in setpriv. */
function cellar(args: readonly string[], options: { readonly as?: readonly string[]; readonly cwd?: string } = {}) {
  const [command = "", ...words] = [...(options.as ?? []), process.execPath, bin, ...args];
  return new Promise<Said>((resolve) => {
    const child = spawn(command, words, { stdio: ["ignore", "pipe", "pipe"], cwd: options.cwd ?? "/" });
    let out = "";
    let err = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
    child.on("close", (code) => resolve({ code, out, err }));
    setTimeout(() => child.kill("SIGKILL"), 60_000).unref();
  });
}

/** The one JSON document of a command that exits with `code`: one line on standard output, nothing else anywhere. */
async function document(code: number, ...args: readonly string[]): Promise<Record<string, never>> {
  const said = await cellar([...args, "--json"]);
  expect({ args, code: said.code, err: said.err, lines: said.out.split("\n").length }).toEqual({
    args,
    code,
    err: "",
    lines: 2,
  });
  return JSON.parse(said.out) as Record<string, never>;
}

const lines = (text: string) => text.split("\n").filter((line) => line !== "");

const files = {
  "sales.html": notebook(
    [
      ["sql", 'output="orders" tags="daily" owners="ann"', "SELECT i AS id, i * 2 AS price FROM range(10) t(i)"],
      ["sql", 'output="total"', "SELECT sum(price) AS total FROM orders"],
    ],
    'schedule="0 9 * * *" timezone="UTC"',
  ),
  "broken.html": notebook([["sql", 'output="wrong" retries="many"', "SELECT 1 AS x"]]),
  "fails.html": notebook([["sql", 'output="nothing"', "SELECT nothing AS x"]]),
};

/** Every command that answers with a document, and the shape of it (DESIGN section 5), in an order in which each has something to say. */
function documents(on: () => string, out: () => string) {
  const w = () => ["--workspace", on()];
  let run = "";
  it("check", async () => {
    const report = await document(1, "check", ...w());
    expect(report).toEqual({
      ok: false,
      notebooks: [
        expect.objectContaining({ path: "broken.html" }),
        expect.objectContaining({ path: "fails.html" }),
        {
          path: "sales.html",
          id: null,
          title: "Test",
          cells: [
            { id: 1, kind: "sql", inputs: [], outputs: ["orders"] },
            { id: 2, kind: "sql", inputs: ["orders"], outputs: ["total"] },
          ],
        },
      ],
      problems: [
        {
          path: "broken.html",
          cell: 1,
          line: 4,
          column: expect.any(Number),
          severity: "error",
          code: "attribute_invalid",
          message: expect.stringMatching(/^invalid retries: "many" \(cell 1\)/),
        },
      ],
    });
    expect(await document(0, "check", "sales.html", ...w())).toMatchObject({ ok: true, problems: [] });
  });
  it("list", async () => {
    expect(await document(0, "list", "--select", "sales/total", ...w())).toEqual({
      assets: [
        {
          key: "sales/total",
          notebook: "sales.html",
          cell: 2,
          kind: "sql",
          inputs: ["sales/orders"],
          partitions: null,
          automation: "manual",
          tags: {},
          owners: [],
          group: expect.any(String),
          status: "missing",
          reason: expect.any(String),
        },
      ],
    });
  });
  it("plan", async () => {
    expect(await document(0, "plan", "--select", "sales/orders", ...w())).toEqual({
      steps: [{ key: "sales/orders", partition: null, action: "run", reason: expect.any(String), estimateMs: null }],
    });
  });
  it("run", async () => {
    const report = await document(0, "run", "--select", "+sales/total", ...w());
    expect(report).toEqual({
      run: expect.stringMatching(/^[0-9a-f-]{36}$/),
      state: "succeeded",
      steps: ["sales/orders", "sales/total"].map((key) => ({
        key,
        partition: null,
        state: "succeeded",
        rows: key === "sales/orders" ? 10 : 1,
        bytes: expect.any(Number),
        ms: expect.any(Number),
        dataVersion: expect.any(String),
        checks: [],
        error: null,
      })),
    });
    run = report["run"] ?? "";
    const failed = await document(1, "run", "--select", "fails/nothing", ...w());
    expect(failed).toMatchObject({
      state: "failed",
      steps: [{ key: "fails/nothing", state: "failed", error: { code: "query_failed", cell: 1, line: 1, column: 8 } }],
    });
    expect(await document(1, "retry", String(failed["run"]), "--from-failure", ...w())).toMatchObject({
      state: "failed",
    });
  });
  it("runs", async () => {
    const { runs } = await document(0, "runs", ...w());
    expect((runs as readonly object[] | undefined)?.at(-1)).toEqual({
      run,
      state: "succeeded",
      trigger: { type: "manual" },
      selection: expect.any(String),
      createdAt: expect.any(Number),
      startedAt: expect.any(Number),
      endedAt: expect.any(Number),
      error: null,
    });
    expect((await document(0, "runs", "--limit", "1", ...w()))["runs"]).toHaveLength(1);
  });
  it("logs", async () => {
    const { events } = await document(0, "logs", run, ...w());
    expect((events as readonly { event: { type: string; state: string } }[] | undefined)?.at(-1)).toMatchObject({
      seq: expect.any(Number),
      at: expect.any(Number),
      event: { type: "run_changed", state: "succeeded" },
    });
  });
  it("history", async () => {
    const { materializations } = await document(0, "history", "sales/orders", ...w());
    expect(materializations).toMatchObject([{ asset: "sales/orders", run, rows: 10, format: "parquet" }]);
  });
  it("lineage", async () => {
    const { nodes, edges } = await document(0, "lineage", "--select", "+sales/total", ...w());
    expect(nodes).toHaveLength(2);
    expect(edges).toMatchObject([{ from: "sales/orders", to: "sales/total" }]);
    expect(await document(0, "lineage", "--run", run, ...w())).toMatchObject({ edges: [{ to: "sales/total" }] });
  });
  it.each(["parquet", "arrow", "csv", "json"])("export as %s", async (format) => {
    const file = join(out(), `orders.${format}`);
    const written = await document(0, "export", "sales/orders", "--format", format, "-o", file, ...w());
    const bytes = await readFile(file);
    expect(written).toEqual({ file, rows: 10, bytes: bytes.length });
    if (format === "csv") expect(lines(bytes.toString())).toHaveLength(11);
    if (format === "json") expect(JSON.parse(bytes.toString())).toHaveLength(10);
  });
  it("publish, ticks, unpublish", async () => {
    expect(await document(0, "publish", "sales.html", ...w())).toEqual({
      path: "sales.html",
      revision: expect.stringMatching(/^[0-9a-f]{64}$/),
      warnings: [],
    });
    expect(
      await document(0, "ticks", "sales", "--from", "2026-01-01T00:00:00Z", "--to", "2026-01-03T00:00:00Z", ...w()),
    ).toEqual({ ticks: ["2026-01-01T09:00:00.000Z", "2026-01-02T09:00:00.000Z"] });
    expect(await document(0, "unpublish", "sales.html", ...w())).toEqual({ path: "sales.html", published: false });
  });
  it("share, list, revoke", async () => {
    const made = await document(0, "share", "--select", "sales/orders", ...w());
    expect(made).toEqual({
      id: expect.any(String),
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/s#[\w-]{43}$/),
      token: expect.stringMatching(/^[\w-]{43}$/),
      expiresAt: expect.any(Number),
    });
    const id = String(made["id"]);
    expect((await document(0, "share", "--list", ...w()))["shares"]).toMatchObject([{ id, revokedAt: null }]);
    expect(await document(0, "share", "--revoke", id, ...w())).toEqual({ id, revoked: true });
  });
}

describe("--json prints one document, where no server has the workspace", () => {
  let folder: Awaited<ReturnType<typeof temporaryWorkspace>>;
  beforeAll(async () => {
    folder = await temporaryWorkspace(files);
  });
  afterAll(() => folder[Symbol.asyncDispose]());
  documents(
    () => folder.path,
    () => folder.path,
  );
});

describe("--json prints one document, where a server has the workspace", () => {
  let server: Awaited<ReturnType<typeof startServer>>;
  beforeAll(async () => {
    server = await startServer(files);
  });
  afterAll(() => server[Symbol.asyncDispose]());
  documents(
    () => server.path,
    () => server.path,
  );
  it("login prints a link to that server", async () => {
    expect(await document(0, "login", "--workspace", server.path)).toEqual({
      url: expect.stringMatching(new RegExp(`^${server.origin}/#login=[\\w-]+$`)),
    });
  });
});

describe("wrong usage exits 2 with one line that says what is right", () => {
  let folder: Awaited<ReturnType<typeof temporaryWorkspace>>;
  beforeAll(async () => {
    folder = await temporaryWorkspace(files);
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  it.each([
    [["wat"], /^cellar: unknown command "wat"; there are serve, check, list/],
    [["list", "--wat"], /^cellar list: Unknown option '--wat'; cellar list --help/],
    [["list", "--select"], /^cellar list: --select needs a value; .*; cellar list --help/],
    [["list", "extra"], /^cellar list: Unexpected argument 'extra'/],
    [["list", "--select", "(sales/orders"], /^cellar list: /],
    [["list", "--at", "yesterday"], /^cellar list: not a time: "yesterday"; write it as 2026-01-31T09:00:00Z/],
    [["run", "--at", "2026-01-31T09:00:00Z"], /^cellar run: --at goes with what only plans/],
    [["run", "--select", "sales/nothing"], /^cellar run: /],
    [["run", "--param", "x"], /^cellar run: not a param: "x"; write --param name=value/],
    [["run", "--partition", "2026"], /^cellar run: .*leave --partition out/],
    [["plan", "--partition", "2026"], /^cellar plan: .*leave --partition out/],
    [["logs"], /^cellar logs: cellar logs needs the id of a run/],
    [["cancel"], /needs the id of a run/],
    [["retry"], /needs the id of a run/],
    [["history"], /needs the key of an asset/],
    [["history", "nokey"], /^cellar history: invalid asset key: "nokey"; write notebook\/name/],
    [["history", "sales/orders", "--limit", "many"], /^cellar history: not a number: --limit "many"/],
    [["runs", "--limit", "-1"], /^cellar runs: --limit needs a value/],
    [["runs", "--limit=-1"], /^cellar runs: not a number: --limit "-1"/],
    [["export", "sales/orders"], /needs -o FILE/],
    [["export", "sales/orders", "-o", "x", "--format", "xls"], /unknown format "xls"; choose parquet/],
    [["publish"], /needs the path of a notebook/],
    [["publish", "../x.html"], /^cellar publish: /],
    [["share", "--days", "0"], /not a number of days: "0"/],
    [["ticks"], /^cellar ticks: no notebook ""/],
    [["ticks", "fails"], /fails\.html has no schedule/],
    [["ticks", "sales", "--from", "x"], /not a time: "x"/],
    [["check", "none.html"], /^cellar check: no notebook at none\.html/],
    [["serve", "--port", "99999"], /^cellar serve: not a port: "99999"/],
    [["serve", "--host", "0.0.0.0"], /can be reached from other machines; add --exposed/],
    [["login"], /^cellar login: no server has this workspace/],
  ] as const)("cellar %j", async (args, message) => {
    const isCommand = args[0] !== "wat";
    const said = await cellar([...args, ...(isCommand ? ["--workspace", folder.path] : [])]);
    expect({ code: said.code, out: said.out, lines: lines(said.err).length }).toEqual({ code: 2, out: "", lines: 1 });
    expect(said.err).toMatch(message);
  });

  it("no command says what there is; help is no error", async () => {
    expect(await cellar([])).toMatchObject({ code: 2, out: expect.stringContaining("cellar COMMAND --help") });
    expect(await cellar(["--help"])).toMatchObject({ code: 0, out: expect.stringContaining("cellar COMMAND --help") });
    expect(await cellar(["run", "--help"])).toMatchObject({ code: 0, out: expect.stringContaining("--force") });
  });

  it("a workspace that is not there, or is a file", async () => {
    for (const path of [join(folder.path, "none"), join(folder.path, "sales.html")])
      for (const command of ["list", "check", "ticks", "serve"]) {
        const said = await cellar([command, ...(command === "ticks" ? ["sales"] : []), "--workspace", path]);
        expect({ command, code: said.code, lines: lines(said.err).length }).toEqual({ command, code: 2, lines: 1 });
        expect(said.err).toContain(`not a folder: ${path}`);
      }
  });

  it("with --json the error is the one document", async () => {
    const said = await cellar(["history", "sales/nothing", "--json", "--workspace", folder.path]);
    expect([said.code, JSON.parse(said.out)]).toEqual([
      1,
      {
        error: {
          code: "asset_not_found",
          message: "no asset has the key sales/nothing; cellar list shows those there are",
          data: { asset: "sales/nothing" },
        },
      },
    ]);
  });

  it.each([
    [["logs", "none"], /no run has the id none; cellar runs shows those there are/],
    [["cancel", "none"], /no run has the id none/],
    [["retry", "none"], /no run has the id none/],
    [["publish", "none.html"], /notebook not found: none\.html/],
    [["unpublish", "sales.html"], /sales\.html is not published/],
    [["publish", "broken.html"], /broken\.html cannot be published: invalid retries: "many"/],
    [["export", "sales/orders", "-o", "/tmp/none"], /sales\/orders has not been materialized; run cellar run/],
    [["share", "--revoke", "none"], /no link has the id none/],
  ] as const)("what is not there exits 1, with one line: %j", async (args, message) => {
    const said = await cellar([...args, "--workspace", folder.path]);
    expect({ code: said.code, out: said.out, lines: lines(said.err).length }).toEqual({ code: 1, out: "", lines: 1 });
    expect(said.err).toMatch(message);
    expect(existsSync("/tmp/none")).toBe(false);
  });
});

describe("the world refuses", () => {
  it("a port in use, an address that is not ours", async () => {
    await using folder = await temporaryWorkspace(files);
    const taken = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => taken.once("listening", resolve));
    const { port } = taken.address() as { port: number };
    const said = await cellar(["serve", "--no-open", "--port", String(port), "--workspace", folder.path]);
    taken.close();
    expect(said).toEqual({
      code: 1,
      out: "",
      err: `cellar serve: port ${port} is used by another program; stop it, or choose another with --port\n`,
    });
    // and the workspace is free again
    expect((await cellar(["list", "--workspace", folder.path])).code).toBe(0);
  });

  it("a second server names the first", async () => {
    await using server = await startServer(files);
    const said = await cellar(["serve", "--no-open", "--port", "0", "--workspace", server.path]);
    expect(said.code).toBe(1);
    expect(lines(said.err)).toHaveLength(1);
    expect(said.err).toContain(`process ${process.pid} on`);
    expect(said.err).toContain(server.origin);
  });

  it("a workspace that may not be written: check and ticks go on, the others say so and change nothing", async () => {
    await using folder = await temporaryWorkspace(files);
    await chmod(folder.path, 0o555);
    // root may write everywhere: somebody else asks
    const as = process.getuid?.() === 0 ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];
    for (const command of ["list", "run", "serve"]) {
      const said = await cellar([command, "--workspace", folder.path], { as });
      expect({ command, code: said.code, lines: lines(said.err).length }).toEqual({ command, code: 2, lines: 1 });
      expect(said.err).toContain("is not writable (EACCES): Cellar keeps its facts in a folder .cellar there");
    }
    expect((await cellar(["check", "sales.html", "--workspace", folder.path], { as })).code).toBe(0);
    expect((await cellar(["ticks", "sales", "--workspace", folder.path], { as })).code).toBe(0);
    expect(existsSync(join(folder.path, ".cellar"))).toBe(false);
    await chmod(folder.path, 0o755);
  });

  it("an export to where nothing can be written leaves no file", async () => {
    await using folder = await temporaryWorkspace(files);
    const w = ["--workspace", folder.path];
    expect((await cellar(["run", "--select", "sales/orders", ...w])).code).toBe(0);
    const said = await cellar(["export", "sales/orders", "-o", join(folder.path, "none/x.parquet"), ...w]);
    expect([said.code, lines(said.err)]).toEqual([
      1,
      [expect.stringMatching(/^cellar export: .*none\/x\.parquet could not be written \(ENOENT\)/)],
    ]);
  });

  it("a missing data file fails its step alone, and a broken notebook stops no other", async () => {
    await using folder = await temporaryWorkspace({
      ...files,
      "file.html": notebook([
        ["sql", 'output="rows"', "SELECT * FROM 'none.csv'"],
        ["sql", 'output="other"', "SELECT 1 AS x"],
      ]),
      "binary.html": "\0\u0001\u0002",
    });
    const w = ["--workspace", folder.path];
    expect(await document(1, "run", "--select", 'key:"file/*"', ...w)).toMatchObject({
      state: "failed",
      steps: [
        { key: "file/rows", state: "failed", error: { code: "file_not_found" } },
        { key: "file/other", state: "succeeded" },
      ],
    });
    const said = await cellar(["check", ...w]);
    expect(said.code).toBe(1);
    expect(said.out).toMatch(/^binary\.html:1:1 error: the file is binary data/m);
    expect(said.out).toMatch(/^broken\.html:4:\d+ error: invalid retries: "many"/m);
    expect(await readFile(join(folder.path, "binary.html"), "utf8")).toBe("\0\u0001\u0002");
  });

  it("a store that is damaged is named, and left as it is", async () => {
    await using folder = await temporaryWorkspace(files);
    const w = ["--workspace", folder.path];
    expect((await cellar(["list", ...w])).code).toBe(0);
    await writeFile(
      join(folder.path, ".cellar/store.db"),
      "not a database at all, but long enough to be one".repeat(99),
    );
    const said = await cellar(["list", ...w]);
    expect([said.code, lines(said.err).length]).toEqual([1, 1]);
    expect(said.err).toMatch(/^cellar list: /);
    expect(await readFile(join(folder.path, ".cellar/store.db"), "utf8")).toMatch(/^not a database/);
  });

  it("a command that only asks starts no run that waits", async () => {
    await using folder = await temporaryWorkspace(files);
    const w = ["--workspace", folder.path];
    const open = await openWorkspace(folder.path, { concurrency: 0 });
    const waiting = await open.planner.newRun({
      select: "sales/orders",
      params: {},
      force: false,
      draft: false,
      trigger: { type: "manual" },
    });
    await open.store.createRun(waiting);
    await open.close();
    const { run } = waiting;
    for (const command of ["list", "runs", "plan"]) expect((await cellar([command, ...w])).code).toBe(0);
    expect((await document(0, "runs", ...w))["runs"]).toMatchObject([{ run: run.id, state: "queued" }]);
    expect(await document(0, "cancel", run.id, ...w)).toEqual({ run: run.id, cancelled: true });
    expect((await document(0, "runs", ...w))["runs"]).toMatchObject([{ run: run.id, state: "cancelled" }]);
  });
});

describe("serve", () => {
  it("prints its address and a link, serves, and stops when it is told, with an open stream", async () => {
    await using folder = await temporaryWorkspace(files);
    const child = spawn(
      process.execPath,
      [bin, "serve", "--no-open", "--port", "0", "--json", "--workspace", folder.path],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    const line = await new Promise<string>((resolve) =>
      child.stdout.setEncoding("utf8").once("data", (text: string) => resolve(text)),
    );
    const { origin, loginUrl } = JSON.parse(line) as { origin: string; loginUrl: string };
    expect(await (await fetch(`${origin}/api/health`)).json()).toMatchObject({ ok: true, version });
    const code = /#login=(.*)$/.exec(loginUrl)?.[1];
    const login = await fetch(`${origin}/api/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ code }),
    });
    const { token } = (await login.json()) as { token: string };
    const stream = await fetch(`${origin}/api/events`, { headers: { authorization: `Bearer ${token}` } });
    const ended = stream.text().catch(() => "cut");
    const began = performance.now();
    child.kill("SIGTERM");
    const exit = await new Promise((resolve) => child.once("exit", resolve));
    await ended;
    expect([exit, performance.now() - began < 5_000]).toEqual([0, true]);
    expect(existsSync(join(folder.path, ".cellar/lock.json"))).toBe(false);
  });
});
