import { existsSync } from "node:fs";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openWorkspace } from "../../../server/open-workspace.ts";
import { notebook, startServer, temporaryWorkspace } from "../../support/workspace.ts";
import { cellar, document, files, installed, lines } from "./cellar.ts";

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
      const said = await installed([command, "--workspace", folder.path], { as });
      expect({ command, code: said.code, lines: lines(said.err).length }).toEqual({ command, code: 2, lines: 1 });
      expect(said.err).toContain("is not writable (EACCES): Cellar keeps its facts in a folder .cellar there");
    }
    expect((await installed(["check", "sales.html", "--workspace", folder.path], { as })).code).toBe(0);
    expect((await installed(["ticks", "sales", "--workspace", folder.path], { as })).code).toBe(0);
    expect(existsSync(join(folder.path, ".cellar"))).toBe(false);
    await chmod(folder.path, 0o755);
  });

  it("a partition of an asset that has none is refused, and a failed query is told with its place", async () => {
    await using folder = await temporaryWorkspace({
      "a.html": notebook([
        ["sql", 'output="x"', "SELECT 1 AS n"],
        ["sql", 'output="bad"', "SELECT n,\n  nothing FROM x"],
      ]),
    });
    const w = ["--workspace", folder.path];
    const run = await cellar(["run", ...w]);
    expect(run.code).toBe(1);
    expect(lines(run.out).find((line) => line.startsWith("failed"))).toMatch(
      /^failed {4}a\/bad \(cell 2, line 2, column 3: .*nothing/,
    );
    const said = await cellar(["export", "a/x", "--partition", "p", "-o", join(folder.path, "x.parquet"), ...w]);
    expect(said).toEqual({
      code: 1,
      out: "",
      err: 'cellar export: a/x has no partitions, so partition "p" cannot be read; leave it out\n',
    });
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
      partition: null,
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
