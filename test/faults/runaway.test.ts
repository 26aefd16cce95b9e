import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";
import { type EngineProcess, mebi, openNotebook, startEngine } from "../server/engine/engine-process.ts";
import { closeWithTest } from "../support/close-with-test.ts";
import { eventually } from "../support/eventually.ts";
import { descendantsOf, isRunning, until } from "../support/server-process.ts";

/** A26 and A37 of the threat model: SQL and JavaScript that do not end, or take all memory. */
async function withEngine<T>(body: (engine: EngineProcess) => Promise<T>, limits = {}): Promise<T> {
  const engine = await startEngine(limits);
  const close = closeWithTest(engine.close);
  try {
    return await body(engine);
  } finally {
    await close();
  }
}

/** An error of a promise, and how long it took, in milliseconds. */
async function failureOf(promise: Promise<unknown>): Promise<{ readonly error: unknown; readonly ms: number }> {
  const startedAt = performance.now();
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  return { error, ms: performance.now() - startedAt };
}

/** Kernel children below this process: a pool keeps a spare engine too. */
function kernelsOf(pid: number): readonly number[] {
  return descendantsOf(pid).filter((child) => {
    try {
      return readFileSync(`/proc/${child}/cmdline`, "latin1").includes("kernel-child/main.ts");
    } catch {
      return false;
    }
  });
}

describe("SQL that runs away", () => {
  it("A26 finding 2: one text of 1.5 GB, which passes DuckDB's own limit, ends the process at its cap", async () => {
    await withEngine(
      async (engine) => {
        const take = await openNotebook(engine, [
          { kind: "sql", output: "t", source: "select repeat('x', 1500000000) as x" },
        ]);
        const { error } = await failureOf(take({ name: "t" }));
        expect(error).toMatchObject({
          code: expect.stringMatching(/^(?:runner_died|query_failed)$/),
          message: expect.stringMatching(/memory/i),
        });
      },
      { memoryBytes: 200 * mebi },
    );
  });

  it("A26 more rows than memory and disk fail the query, and the engine goes on", async () => {
    await withEngine(
      async (engine) => {
        const take = await openNotebook(engine, [
          { kind: "sql", output: "t", source: "select i, hash(i) as h from range(100000000) t(i) order by h" },
          { kind: "sql", output: "u", source: "select 1 as a" },
        ]);
        const { error } = await failureOf(take({ name: "t" }));
        expect(error).toMatchObject({ code: "query_failed", message: expect.stringMatching(/memory/i) });
        expect((await take({ name: "u" })).result).toMatchObject({ rows: 1 });
      },
      { memoryBytes: 100 * mebi, temporaryBytes: 10 * mebi },
    );
  });

  it.each([
    ["a cross join", "select count(*) as n from range(100000000000) a, range(100000000) b"],
    [
      "a recursive query",
      "with recursive r as (select 1 as i union all select i + 1 from r) select max(i) as n from r",
    ],
  ])("A26 %s ends when it is cancelled, and the engine goes on", async (_, sql) => {
    await withEngine(async (engine) => {
      const take = await openNotebook(engine, [
        { kind: "sql", output: "t", source: sql },
        { kind: "sql", output: "u", source: "select 1 as a" },
      ]);
      await expect(take({ name: "t", signal: AbortSignal.timeout(300) })).rejects.toThrow();
      const startedAt = performance.now();
      expect((await take({ name: "u" })).result).toMatchObject({ rows: 1 });
      expect(performance.now() - startedAt).toBeLessThan(3_000);
    });
  });

  it("A26 an expression of 1,001 levels is an error", async () => {
    await withEngine(async (engine) => {
      const source = `select ${"(".repeat(1_001)}1${")".repeat(1_001)} as a, ${Array.from({ length: 1_001 }, () => "1").join("+")} as b`;
      const take = await openNotebook(engine, [{ kind: "sql", output: "t", source }]);
      await expect(take({ name: "t" })).rejects.toMatchObject({ code: "query_failed" });
    });
  });
});

describe("JavaScript that runs away", () => {
  it.each([
    ["a loop", "while (true);"],
    ["a loop of microtasks", "await new Promise(() => { const spin = () => Promise.resolve().then(spin); spin() })"],
    ["a regular expression", "/^(a+)+$/.test('a'.repeat(50) + '!')"],
    ["a promise that nobody keeps", "await new Promise(() => {})"],
  ])("A37 %s is gone soon after its time is up, and the engine goes on", async (_, loop) => {
    await withEngine(async (engine) => {
      const take = await openNotebook(engine, [
        { source: `console.log("begun");\n${loop}\nconst x = 1` },
        { source: "const y = 2" },
        { kind: "sql", output: "z", source: "select 3 as a" },
      ]);
      const time = new AbortController();
      const running = failureOf(take({ name: "x", signal: time.signal }));
      await eventually("the loop to begin", () => engine.events.some(({ type }) => type === "log"));
      const kernels = kernelsOf(process.pid);
      expect(kernels.length).toBeGreaterThan(0);
      time.abort(new DOMException("its time is up", "TimeoutError"));
      expect((await running).error).not.toBeNull();
      expect(await until(() => kernels.every((pid) => !isRunning(pid)), 3_000)).toBe(true);
      expect((await take({ name: "y" })).result).toMatchObject({ type: "json" });
      expect((await take({ name: "z" })).result).toMatchObject({ rows: 1 });
    });
  });

  it.each([
    ["objects", "const all = []; while (true) all.push({a: [1, 2, 3]});"],
    ["buffers", "const all = []; while (true) all.push(new Uint8Array(2 ** 24).fill(1));"],
    ["one text", "let s = 'x'; const all = []; while (true) all.push(s += s.slice(0, 2 ** 20) + Math.random());"],
  ])("A37 %s without end cost the kernel its life, and nobody else", async (_, bomb) => {
    await withEngine(
      async (engine) => {
        const take = await openNotebook(engine, [
          { source: `${bomb}\nconst x = 1` },
          { kind: "sql", output: "z", source: "select 3 as a" },
        ]);
        const { error } = await failureOf(take({ name: "x" }));
        expect(error).toMatchObject({
          code: "cell_failed",
          message: expect.stringMatching(/memory|ended|allocation|length/i),
        });
        expect((await take({ name: "z" })).result).toMatchObject({ rows: 1 });
      },
      { kernelHeapBytes: 64 * mebi },
    );
  });

  it("A37 a cell that ends its own process fails alone", async () => {
    await withEngine(async (engine) => {
      const take = await openNotebook(engine, [
        { source: "const x = (() => { const spin = (n) => spin(n + 1) + 1; return spin(0) })()" },
        { source: "const y = 1" },
      ]);
      await expect(take({ name: "x" })).rejects.toMatchObject({ code: "cell_failed" });
      expect((await take({ name: "y" })).result).toMatchObject({ type: "json" });
    });
  });

  it("A36 a cell that prints for ever is cut off, and told so", async () => {
    await withEngine(async (engine) => {
      const take = await openNotebook(engine, [
        { source: "for (let i = 0; i < 50_000; i++) console.log('line', i);\nconst x = 1" },
      ]);
      await take({ name: "x" });
      const logs = engine.events.filter((event) => event.type === "log");
      expect(logs.length).toBeLessThanOrEqual(10_002);
      expect(logs.at(-1)).toMatchObject({ level: "warn", text: expect.stringContaining("too long") });
    });
  });
});

describe("ends", () => {
  it("A37 an engine that is killed is told within two seconds, as runner_died", async () => {
    await withEngine(async (engine) => {
      const take = await openNotebook(engine, [
        { kind: "sql", output: "t", source: "select count(*) as n from range(100000000000) a" },
      ]);
      const running = failureOf(take({ name: "t" }));
      setTimeout(() => engine.engine.kill(), 200);
      const { error, ms } = await running;
      expect(error).toMatchObject({ code: "runner_died" });
      expect(ms).toBeLessThan(2_200);
    });
  });

  it("F1 engine and kernel are gone soon after their server was killed with -9, a kernel in an endless loop too", async () => {
    const entry = join(import.meta.dirname, "abandoned-parent.ts");
    const parent = spawn(process.execPath, ["--no-warnings", entry], { stdio: ["ignore", "pipe", "inherit"] });
    closeWithTest(async () => void parent.kill("SIGKILL"));
    const lines = createInterface({ input: parent.stdout });
    await new Promise<void>((resolve) => lines.once("line", () => resolve()));
    const tree = descendantsOf(parent.pid ?? 0);
    expect(tree.length).toBeGreaterThanOrEqual(2);
    parent.kill("SIGKILL");
    expect(await until(() => tree.every((pid) => !isRunning(pid)), 3_000)).toBe(true);
  });

  it("F1 a kernel does not outlive its engine", async () => {
    await withEngine(async (engine) => {
      const take = await openNotebook(engine, [{ source: "console.log('looping'); while (true);\nconst x = 1" }]);
      const running = failureOf(take({ name: "x" }));
      await eventually("the loop to begin", () => engine.events.some(({ type }) => type === "log"));
      const started = kernelsOf(process.pid);
      expect(started.length).toBeGreaterThan(0);
      engine.engine.kill();
      await running;
      expect(await until(() => started.every((pid) => !isRunning(pid)), 3_000)).toBe(true);
    });
  });
});
