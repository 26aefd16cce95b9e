import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { OpenEngine } from "../../../server/engine/messages.ts";
import { createEnginePool } from "../../../server/engines/engine-pool.ts";
import { mebi } from "../engine/engine-process.ts";

let root: string;
let open: OpenEngine;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "cellar-pool-"));
  for (const folder of ["data", "staging", "temporary"]) mkdirSync(join(root, folder));
  open = {
    readable: [join(root, "data")],
    staging: join(root, "staging"),
    temporary: join(root, "temporary"),
    limits: { memoryBytes: 256 * mebi, threads: 1, temporaryBytes: 256 * mebi, kernelHeapBytes: 64 * mebi },
  };
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const never = new AbortController().signal;
const query = { sql: "select 1 as a", params: [], tables: [], limit: 1 };

describe("a pool of engines", () => {
  it("gives each its own process, and tells of each its end", async () => {
    const pool = createEnginePool();
    try {
      const [a, b] = await Promise.all([pool.acquire(open), pool.acquire(open)]);
      a.kill();
      expect(await a.died).toMatch(/SIGKILL/);
      await expect(a.calls.query(query, never)).rejects.toMatchObject({ code: "runner_died" });
      expect((await b.calls.query(query, never)).columns).toEqual([{ name: "a", type: "INTEGER" }]);
    } finally {
      await pool.close();
    }
  });

  it("fails with the reason where an engine cannot be opened", async () => {
    const pool = createEnginePool();
    try {
      await expect(pool.acquire({ ...open, readable: [join(root, "nowhere")] })).rejects.toThrow(/ENOENT/);
    } finally {
      await pool.close();
    }
  });

  it("ends all of them when it closes, and gives no more", async () => {
    const pool = createEnginePool();
    const engine = await pool.acquire(open);
    await pool.close();
    expect(await engine.died).toMatch(/SIGKILL/);
    await expect(pool.acquire(open)).rejects.toMatchObject({ code: "internal" });
  });
});
