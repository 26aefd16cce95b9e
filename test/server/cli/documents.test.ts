import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startServer, temporaryWorkspace } from "../../support/workspace.ts";
import { document, files, lines } from "./cellar.ts";

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
          health: "unknown",
          healthReason: "total was never materialized",
          freshness: null,
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
      partition: null,
      tags: {},
      priority: 0,
      waitsFor: null,
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
