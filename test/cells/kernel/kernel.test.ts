import { describe, expect, test } from "vitest";
import { kernelCell, sqlCell } from "./cells.ts";
import { FakeInput, kernelFixture } from "./fixture.ts";

/** Where cells of a test put what the test looks at. */
function probe(name: string, value: unknown): void {
  Reflect.set(globalThis, name, value);
}

describe("what is shown", () => {
  test("an expression shows its value, a program what it displays, errors take its place", async () => {
    const { define, shown, settled } = kernelFixture();
    define(
      kernelCell(1, "1 + 1"),
      kernelCell(2, "display('a'); display('b');"),
      kernelCell(3, "6 * 7", { output: "answer" }),
      kernelCell(4, "display(1); throw new Error('no');"),
      kernelCell(5, "const quiet = 1;"),
    );
    await settled();
    expect([1, 2, 3, 4, 5].map(shown)).toEqual([[2], ["a", "b"], [{ answer: 42 }], ["Error: no"], []]);
  });

  test("the old output stays until the new run first displays or ends", async () => {
    const { define, shown, settled } = kernelFixture();
    define(kernelCell(1, "const n = 1;"), kernelCell(2, "display(n); await globalThis.__gate?.(n); display(-n);"));
    await settled();
    expect(shown(2)).toEqual([1, -1]);
    const gate = Promise.withResolvers<void>();
    probe("__gate", () => gate.promise);
    define(kernelCell(1, "const n = 2;"));
    await expect.poll(() => shown(2)).toEqual([2]);
    gate.resolve();
    await settled();
    expect(shown(2)).toEqual([2, -2]);
  });

  test("display of a run that is over throws", async () => {
    const { define, settled } = kernelFixture();
    define(kernelCell(1, "const n = 1;"), kernelCell(2, "n; globalThis.__late ??= display; display(n);"));
    await settled();
    define(kernelCell(1, "const n = 2;"));
    await settled();
    const late: unknown = Reflect.get(globalThis, "__late");
    expect(() => (late as (value: unknown) => void)(1)).toThrow("stale display");
  });

  test("a name defined twice is shown on every cell that defines it, and heals", async () => {
    const { kernel, define, shown, states, settled } = kernelFixture();
    define(
      kernelCell(1, "const x = 1; display(x);"),
      kernelCell(2, "const x = 2, y = 3;"),
      kernelCell(3, "x"),
      kernelCell(4, "y"),
    );
    await settled();
    const error = "RuntimeError: x is defined more than once";
    expect([1, 2, 3, 4].map(shown)).toEqual([[error], [error], [error], [3]]);
    expect(states()).toEqual({ 1: "rejected", 2: "rejected", 3: "blocked", 4: "fulfilled" });
    kernel.define({ cells: [], removed: [2] });
    await settled();
    expect([1, 3].map(shown)).toEqual([[1], [1]]);
    expect(states()).toMatchObject({ 1: "fulfilled", 3: "fulfilled", 4: "rejected" });
  });

  test("a cell that defines a name of another's as well says so, and shows what it made", async () => {
    const { define, shown, states, settled } = kernelFixture();
    define(kernelCell(1, "const x = 1, z = 2; display('chart');"), kernelCell(2, "const x = 2, y = 3;"));
    await settled();
    expect(shown(1)).toContain("chart");
    expect(states()).toEqual({ 1: "rejected", 2: "rejected" });
  });

  test("a removed cell shows nothing, and its readers miss it", async () => {
    const { kernel, define, shown, state, settled } = kernelFixture();
    define(kernelCell(1, "const a = 1; display(a);"), kernelCell(2, "a"));
    await settled();
    kernel.define({ cells: [], removed: [1] });
    await settled();
    expect(shown(1)).toEqual([]);
    expect(state(2)).toMatchObject({ type: "rejected", error: { code: "name_missing", message: "a is not defined" } });
  });

  test("a SQL cell shows its relation under its name", async () => {
    const { define, shown, settled, calls } = kernelFixture();
    define(kernelCell(1, "SELECT 1", { kind: "sql", output: "one" }));
    await settled();
    expect(shown(1)).toEqual([{ one: { id: '["SELECT 1",[],[]]', columns: [], rows: null } }]);
    expect(calls.rows).toEqual([]);
  });
});

describe("what runs again", () => {
  test("equal inputs keep the value, and what hangs on it", async () => {
    const { define, settled, calls } = kernelFixture();
    define(
      kernelCell(1, "const n = 1;"),
      kernelCell(2, "const m = n % 10;"),
      kernelCell(3, "console.log('ran', m); invalidation.then(() => console.log('over', m));"),
    );
    await settled();
    define(kernelCell(1, "const n = 11;"));
    await settled();
    expect(calls.logs.map(({ text }) => text)).toEqual(["ran 1"]);
    define(kernelCell(1, "const n = 12;"));
    await settled();
    expect(calls.logs.map(({ text }) => text)).toEqual(["ran 1", "over 1", "ran 2"]);
  });

  test("the same code defined again runs nothing", async () => {
    const { define, settled, calls } = kernelFixture();
    define(kernelCell(1, "console.log('ran');"));
    await settled();
    define(kernelCell(1, "console.log('ran');"));
    await settled();
    expect(calls.logs).toHaveLength(1);
  });

  test("an input keeps its element and value when its inputs come out equal", async () => {
    const slider = new FakeInput(5);
    probe("__slider", slider);
    const { define, shown, settled } = kernelFixture();
    define(
      kernelCell(1, "const max = 10;"),
      kernelCell(2, "const limit = Math.min(max, 100);"),
      kernelCell(3, "limit; const x = view(globalThis.__slider);"),
      kernelCell(4, "x"),
    );
    await settled();
    expect([shown(3), shown(4)]).toEqual([[slider], [5]]);
    slider.input(7);
    await expect.poll(() => shown(4)).toEqual([7]);
    define(kernelCell(1, "const max = 10.0;"));
    await settled();
    expect(shown(4)).toEqual([7]);
    slider.input(8);
    await expect.poll(() => shown(4)).toEqual([8]);
  });

  test("a query runs again only where its parameters or relations changed", async () => {
    const { define, settled, calls } = kernelFixture();
    define(kernelCell(1, "const n = {a: 1};"), sqlCell(2, "SELECT ${n.a}", "t"), sqlCell(3, "FROM t", "u"));
    await settled();
    define(kernelCell(1, "const n = {a: 1, b: 2};"));
    await settled();
    expect(calls.queries).toHaveLength(2);
    define(kernelCell(1, "const n = {a: 3};"));
    await settled();
    expect(calls.queries.map(({ params }) => params)).toEqual([[1], [], [3], []]);
  });

  test("a query in flight goes on when its inputs come out equal", async () => {
    const { define, settled, calls, kernel, shown } = kernelFixture();
    define(
      kernelCell(1, "const n = 1;"),
      kernelCell(2, "const m = n % 10;"),
      sqlCell(3, "SELECT SLEEP ${m}", "t"),
      kernelCell(4, "n"),
    );
    await expect.poll(() => calls.queries.length).toBe(1);
    define(kernelCell(1, "const n = 11;"));
    await expect.poll(() => shown(4)).toEqual([11]);
    expect([calls.queries.length, calls.cancelled]).toEqual([1, []]);
    kernel.interrupt(3);
    await settled();
    expect(calls.cancelled).toEqual(["SELECT SLEEP ?"]);
  });

  test("a cell that is run by hand runs although nothing changed", async () => {
    const { kernel, define, settled, calls } = kernelFixture();
    define(kernelCell(1, "const n = Math.random(); console.log('ran');"));
    await settled();
    kernel.request([1]);
    await settled();
    expect(calls.logs).toHaveLength(2);
  });

  test("params rerun their readers", async () => {
    const { kernel, define, shown, settled } = kernelFixture();
    define(kernelCell(1, "params.region ?? 'none'"));
    await settled();
    kernel.setParams({ region: "eu" });
    await expect.poll(() => shown(1)).toEqual(["eu"]);
  });

  test("only so many queries run at once", async () => {
    const { kernel, define, calls } = kernelFixture({ environment: { queriesAtOnce: 2 } });
    define(...[1, 2, 3].map((id) => sqlCell(id, `SELECT SLEEP ${id}`, `t${id}`)));
    await expect.poll(() => calls.queries.length).toBe(2);
    kernel.interrupt(1);
    kernel.interrupt(2);
    kernel.interrupt(3);
    await expect.poll(() => calls.cancelled.length).toBe(2);
    expect(calls.queries.length).toBe(2);
  });
});

describe("edits while cells run", () => {
  test.each(Array.from({ length: 24 }, (_, turns) => turns))(
    "a reader of a cell that hung never fails by the cell's end, %i microtasks before the edit",
    async (turns) => {
      const { define, events, shown, settled } = kernelFixture();
      define(kernelCell(1, "const x = await new Promise(() => {});"), kernelCell(2, "x + 1"));
      for (let i = 0; i < turns; i++) await null;
      define(kernelCell(1, "const x = 1;"));
      await settled();
      expect(shown(2)).toEqual([2]);
      expect(events.filter((event) => event.type === "state" && "error" in event.state)).toEqual([]);
    },
  );
});

describe("streams", () => {
  test("readers follow the latest value; the first settles", async () => {
    const { define, shown, settled } = kernelFixture();
    define(kernelCell(1, "const g = (function* () { yield 1; yield 2; yield 3; })();"), kernelCell(2, "g * 10"));
    await settled();
    await expect.poll(() => shown(2)).toEqual([30]);
  });

  test("a stream is returned when its cell is removed", async () => {
    const { kernel, define, settled, calls } = kernelFixture();
    define(kernelCell(
      1,
      "const g = (function* () { try { while (true) yield 1; } finally { console.log('returned'); } })();",
    ));
    await settled();
    kernel.define({ cells: [], removed: [1] });
    expect(calls.logs.map(({ text }) => text)).toEqual(["returned"]);
  });

  test("Mutable: only a setter of the defining cell changes it", async () => {
    const { define, shown, settled } = kernelFixture();
    define(
      kernelCell(1, "const count = Mutable(1); const increment = () => ++count.value;"),
      kernelCell(2, "count"),
      kernelCell(3, "globalThis.__increment = increment;"),
    );
    await settled();
    expect(shown(2)).toEqual([1]);
    const increment: unknown = Reflect.get(globalThis, "__increment");
    (increment as () => void)();
    await expect.poll(() => shown(2)).toEqual([2]);
  });
});

describe("run policies", () => {
  test("manual: idle with its readers until it is run, then stale when an input changes", async () => {
    const { kernel, define, states, shown, settled } = kernelFixture();
    define(kernelCell(1, "const a = 1;"), kernelCell(2, "const b = a * 10;", { run: "manual" }), kernelCell(3, "b"));
    await settled();
    expect(states()).toEqual({ 1: "fulfilled", 2: "idle", 3: "idle" });
    kernel.request([2]);
    await settled();
    expect([states(), shown(3)]).toEqual([{ 1: "fulfilled", 2: "fulfilled", 3: "fulfilled" }, [10]]);
    define(kernelCell(1, "const a = 2;"));
    await settled();
    expect([states()[2], shown(3)]).toEqual(["stale", [10]]);
    kernel.request(null);
    await settled();
    expect([states()[2], shown(3)]).toEqual(["fulfilled", [20]]);
  });

  test("confirm: not pulled by a reader that is run, only run itself", async () => {
    const { kernel, define, states, settled } = kernelFixture();
    define(kernelCell(1, "const a = 1;", { run: "confirm" }), kernelCell(2, "a"));
    await settled();
    kernel.request([2]);
    await settled();
    expect(states()).toEqual({ 1: "idle", 2: "idle" });
    await expect(kernel.take({ name: "a" }, new AbortController().signal)).rejects.toThrow("waits to be confirmed");
    kernel.request([1]);
    await settled();
    expect(states()).toEqual({ 1: "fulfilled", 2: "fulfilled" });
  });

  test("server: the published asset stands for the cell, which does not run", async () => {
    const { define, states, shown, settled, calls } = kernelFixture({
      assets: { "notes/test/big": [{ n: 1 }, { n: 2 }] },
    });
    define(sqlCell(1, "SELECT 1", "big"), kernelCell(2, "big.length"), sqlCell(3, "FROM big", "copy"));
    define({ ...sqlCell(1, "SELECT 1", "big"), run: "server" });
    await settled();
    expect(states()).toEqual({ 1: "fulfilled", 2: "fulfilled", 3: "fulfilled" });
    expect(shown(2)).toEqual([2]);
    expect(calls.assets).toEqual(["notes/test/big"]);
    expect(calls.queries.at(-1)?.tables).toEqual([{ schema: null, name: "big", relation: "asset notes/test/big" }]);
  });

  test("server: what was never published is missing, with its code", async () => {
    const { define, state, settled } = kernelFixture();
    define(kernelCell(1, "const x = 1;", { run: "server" }), kernelCell(2, "x"));
    await settled();
    expect(state(1)).toMatchObject({ type: "rejected", error: { code: "asset_missing" } });
  });

  test("visible: runs when it is on screen, or a cell that runs needs it", async () => {
    const seen = new Map<number, () => void>();
    const { define, states, settled } = kernelFixture({
      environment: { whenVisible: (cell) => new Promise((resolve) => seen.set(cell, resolve)) },
    });
    define(
      kernelCell(1, "1", { run: "visible" }),
      kernelCell(2, "const a = 2;", { run: "visible" }),
      kernelCell(3, "a"),
    );
    await settled();
    expect(states()).toEqual({ 1: "idle", 2: "fulfilled", 3: "fulfilled" });
    seen.get(1)?.();
    await settled();
    expect(states()[1]).toBe("fulfilled");
  });

  test("paused: an edit waits, and everything else keeps its value", async () => {
    const { kernel, define, states, shown, settled } = kernelFixture();
    define(kernelCell(1, "const a = 1;"), kernelCell(2, "a + 1"));
    await settled();
    kernel.pause(true);
    define(kernelCell(1, "const a = 5;"), kernelCell(3, "a * 2"));
    await settled();
    expect([states(), shown(2)]).toEqual([{ 1: "stale", 2: "fulfilled", 3: "idle" }, [2]]);
    kernel.pause(false);
    await settled();
    expect([states(), shown(2), shown(3)]).toEqual([{ 1: "fulfilled", 2: "fulfilled", 3: "fulfilled" }, [6], [10]]);
  });

  test("a narrower demand drops what it does not need", async () => {
    const { kernel, define, states, settled } = kernelFixture();
    define(kernelCell(1, "const a = 1;"), kernelCell(2, "const b = a;"), kernelCell(3, "const c = 3;"));
    await settled();
    kernel.demand(["b"]);
    await settled();
    expect(states()).toEqual({ 1: "fulfilled", 2: "fulfilled", 3: "idle" });
  });
});

describe("graphs of some size", () => {
  test("a chain of 5,000 cells, defined backwards, computes and follows an edit", async () => {
    const { define, shown, settled } = kernelFixture();
    const count = 5000;
    const cells = Array.from({ length: count }, (_, id) =>
      kernelCell(id, id === 0 ? "const c0 = 1;" : `const c${id} = c${id - 1} + 1;`),
    );
    define(...cells.reverse(), kernelCell(count, `c${count - 1}`));
    await settled();
    expect(shown(count)).toEqual([count]);
    define(kernelCell(0, "const c0 = 2;"));
    await settled();
    expect(shown(count)).toEqual([count + 1]);
  });
});
