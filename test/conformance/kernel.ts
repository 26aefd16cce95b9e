import { afterEach, describe, expect, test } from "vitest";
import { AppError } from "../../cells/errors.ts";
import { decodeArrow } from "../../cells/data/arrow.ts";
import type { KernelHost } from "../../cells/protocol/host.ts";
import type { CellState, KernelCell, KernelCommand, KernelEvent, TakenValue } from "../../cells/protocol/kernel.ts";
import { kernelCell, sqlCell } from "../cells/kernel/cells.ts";
import { eventually } from "../support/eventually.ts";
import { fakeHost, type HostCalls } from "./fake-host.ts";

/** A kernel somewhere, as its host drives it. */
export interface KernelUnderTest {
  /** everything it told so far; null where its place keeps events to itself, and cases about states are skipped */
  readonly events: readonly KernelEvent[] | null;
  send(command: KernelCommand): void;
  take(name: string, signal?: AbortSignal): Promise<TakenValue>;
  /** resolves at the next `settled` event; never called where `events` is null */
  settled(): Promise<void>;
  close(): void;
}

/** Starts a kernel whose calls go to this host. */
export type KernelFactory = (host: KernelHost) => Promise<KernelUnderTest>;

/** What every kernel must do, wherever it runs. Registers vitest cases. `hasEvents`: whether the place tells states. */
export function kernelConformance(place: string, start: KernelFactory, { hasEvents = true } = {}): void {
  describe(`kernel over ${place}`, () => {
    let kernel: KernelUnderTest | null = null;
    afterEach(() => {
      kernel?.close();
      kernel = null;
    });

    const open = async (
      cells: readonly KernelCell[],
      options: {
        readonly assets?: Readonly<Record<string, unknown>>;
        readonly params?: Readonly<Record<string, unknown>>;
        readonly paused?: boolean;
        readonly demand?: readonly string[] | null;
      } = {},
    ): Promise<{ readonly kernel: KernelUnderTest; readonly calls: HostCalls }> => {
      const { host, calls } = fakeHost(options.assets);
      const made = (kernel = await start(host));
      made.send({
        type: "open",
        path: "notes/test.html",
        params: options.params ?? {},
        partition: {
          key: "2026-01-31",
          start: "2026-01-31T00:00:00Z",
          end: "2026-02-01T00:00:00Z",
          dimensions: { region: "eu" },
        },
        paused: options.paused ?? false,
      });
      made.send({ type: "demand", names: options.demand === undefined ? [] : options.demand });
      made.send({ type: "define", cells, removed: [] });
      return { kernel: made, calls };
    };
    const json = async (made: KernelUnderTest, name: string): Promise<unknown> => {
      const taken = await made.take(name);
      return taken.type === "json" ? JSON.parse(taken.text) : taken;
    };

    test("computes a name and what it needs, in any order, and nothing else", async () => {
      const { kernel, calls } = await open([
        kernelCell(1, "const c = b + 1;"),
        kernelCell(2, "const b = a * 2;"),
        kernelCell(3, "const a = 20;"),
        kernelCell(4, "const other = a; console.log('other ran');"),
      ]);
      expect(await json(kernel, "c")).toBe(41);
      expect(calls.logs).toEqual([]);
    });

    test.each([
      ["a promise is awaited between cells", "const x = Promise.resolve(7);", 7],
      ["top-level await", "const x = await Promise.resolve([1, 'a', null]);", [1, "a", null]],
      ["Dates leave as ISO text", "const x = {at: new Date(0)};", { at: "1970-01-01T00:00:00.000Z" }],
      ["an empty array is JSON", "const x = [];", []],
      ["params", "const x = params.region;", "eu"],
      [
        "partition",
        "const x = [partition.key, partition.region, partition.start.getTime()];",
        ["2026-01-31", "eu", 1769817600000],
      ],
    ])("takes JSON: %s", async (_what, source, expected) => {
      const { kernel } = await open([kernelCell(1, source)], { params: { region: "eu" } });
      expect(await json(kernel, "x")).toEqual(expected);
    });

    test.each([
      ["a function", "const x = () => 1;", "a function"],
      ["a stream", "const x = (function* () { yield 1; yield 2; })();", "a stream"],
      ["NaN", "const x = {a: [0, NaN]};", "the number NaN at a[1]"],
      ["a bigint", "const x = 1n;", "a bigint"],
      ["a Map", "const x = {m: new Map()};", "a Map at m"],
      ["a cycle", "const x = {}; x.self = x;", "a reference to itself at self"],
      ["undefined", "const x = undefined;", "undefined"],
    ])("does not store %s, and says what it is", async (_what, source, what) => {
      const { kernel } = await open([kernelCell(1, source)]);
      expect(await kernel.take("x")).toEqual({ type: "virtual", what });
    });

    test("takes an array of objects as Arrow", async () => {
      const { kernel } = await open([kernelCell(1, "const x = [{a: 1, b: 'x'}, {a: null, b: 'y'}];")]);
      const taken = await kernel.take("x");
      if (taken.type !== "arrow") throw new Error(`taken as ${taken.type}`);
      expect(decodeArrow(taken.bytes).toArray()).toEqual([
        { a: 1, b: "x" },
        { a: null, b: "y" },
      ]);
    });

    test("SQL reads SQL by name, and no rows cross", async () => {
      const { kernel, calls } = await open([
        sqlCell(1, "SELECT * FROM orders", "big"),
        sqlCell(2, "SELECT ${n} AS n", "orders"),
        kernelCell(3, "const n = 5;"),
      ]);
      const orders = '["SELECT ? AS n",["5"],[]]';
      expect(await kernel.take("big")).toEqual({
        type: "relation",
        relation: JSON.stringify(["SELECT * FROM orders", [], [orders]]),
        bound: "[]",
      });
      expect(await kernel.take("orders")).toEqual({ type: "relation", relation: orders, bound: "[5]" });
      expect(calls.rows).toEqual([]);
      expect(calls.queries.map(({ cell, output, params }) => ({ cell, output, params }))).toEqual([
        { cell: 2, output: "orders", params: [5] },
        { cell: 1, output: "big", params: [] },
      ]);
    });

    test("JavaScript reads SQL as rows, and a passed-on table is its relation again", async () => {
      const { kernel, calls } = await open([
        sqlCell(1, "SELECT 1", "one"),
        kernelCell(2, "const texts = Array.from(one, (d) => d.text), first = one[0].text, same = one;"),
      ]);
      expect(await json(kernel, "texts")).toEqual(["SELECT 1"]);
      expect(await json(kernel, "first")).toBe("SELECT 1");
      expect(await kernel.take("same")).toEqual({ type: "relation", relation: '["SELECT 1",[],[]]', bound: "[]" });
      expect(calls.rows).toHaveLength(1);
    });

    test("SQL reads JavaScript rows, which are put into the engine once", async () => {
      const { kernel, calls } = await open([
        kernelCell(1, "const points = [{x: 1}, {x: 2}];"),
        sqlCell(2, "SELECT * FROM points", "a"),
        sqlCell(3, "SELECT count(*) FROM points", "b"),
      ]);
      expect(await kernel.take("a")).toMatchObject({ type: "relation" });
      expect(await kernel.take("b")).toMatchObject({ type: "relation" });
      expect(calls.puts).toEqual([{ name: "points", cell: 1 }]);
    });

    test("SQL that reads a JavaScript value without rows says so", async () => {
      const { kernel } = await open([kernelCell(1, "const f = () => 1;"), sqlCell(2, "FROM f", "a")]);
      await expect(kernel.take("a")).rejects.toMatchObject({
        message: "f is a function, which SQL cannot read; give it an array of objects or a table",
      });
    });

    test("assets of other notebooks: import, asset() and a table with a schema", async () => {
      const { kernel, calls } = await open(
        [
          kernelCell(1, 'import {orders} from "./sales.html";', { imports: { orders: "notes/sales/orders" } }),
          kernelCell(2, 'const total = orders.length, rate = await asset("fx/rate");'),
          sqlCell(3, "FROM sales.orders", "copy"),
        ],
        {
          assets: {
            "notes/sales/orders": [{ id: 1 }, { id: 2 }],
            "fx/rate": { eur: 1.1 },
            "sales/orders": [{ id: 1 }],
          },
        },
      );
      expect(await json(kernel, "total")).toBe(2);
      expect(await json(kernel, "rate")).toEqual({ eur: 1.1 });
      expect(await kernel.take("copy")).toMatchObject({ type: "relation" });
      expect(calls.assets).toEqual(["notes/sales/orders", "fx/rate", "sales/orders"]);
    });

    test("an asset that is missing fails with its code", async () => {
      const { kernel } = await open([kernelCell(1, 'const x = await asset("a/b");')]);
      await expect(kernel.take("x")).rejects.toMatchObject({
        code: "asset_missing",
        message: "a/b has not been materialized",
        data: { cell: 1 },
      });
    });

    test("files: csv with types", async () => {
      const { kernel } = await open([
        kernelCell(1, 'const x = (await FileAttachment("numbers.csv").csv({typed: true})).map((d) => d.a);'),
      ]);
      expect(await json(kernel, "x")).toEqual([1, 2]);
    });

    test("sql tag and DuckDBClient query with bound values", async () => {
      const { kernel, calls } = await open([
        kernelCell(1, "const x = (await sql`SELECT ${3}`)[0].n;"),
        kernelCell(
          2,
          "const client = await DuckDBClient.of({t: [{a: 1}]}); const y = (await client.sql`FROM t`).length;",
        ),
      ]);
      expect(await json(kernel, "x")).toBe(3);
      expect(await json(kernel, "y")).toBe(1);
      expect(calls.puts).toEqual([{ name: "t", cell: 2 }]);
      expect(calls.queries.map(({ tables }) => tables)).toEqual([
        [],
        [{ schema: null, name: "t", relation: "put t 1" }],
      ]);
    });

    test("an error names the cell that failed first, and the place in its source", async () => {
      const { kernel } = await open([
        kernelCell(1, "const a = 1;\nconst b = null;\nb.c;"),
        kernelCell(2, "const d = a + 1;"),
        kernelCell(3, "const e = d + 1;"),
      ]);
      const error = await kernel.take("e").catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(AppError);
      expect(error).toMatchObject({
        code: "cell_failed",
        message: "Cannot read properties of null (reading 'c')",
        data: { cell: 1, line: 3, column: 3 },
      });
    });

    test("an error of the engine has its place in the SQL", async () => {
      const { kernel } = await open([sqlCell(1, "SELECT FAIL", "x"), sqlCell(2, "FROM x", "y")]);
      await expect(kernel.take("y")).rejects.toMatchObject({
        code: "query_failed",
        data: { cell: 1, line: 1, column: 8 },
      });
    });

    test.each([
      ["a name that nothing defines", [kernelCell(1, "const x = nope + 1;")], "name_missing", "nope is not defined"],
      [
        "a name of the browser's window",
        [kernelCell(1, "const x = status + 1;")],
        "name_missing",
        "status is not defined",
      ],
      [
        "two definitions",
        [kernelCell(1, "const x = 1;"), kernelCell(2, "const x = 2;")],
        "name_duplicate",
        "x is defined more than once",
      ],
      [
        "a circle",
        [kernelCell(1, "const x = y;"), kernelCell(2, "const y = x;")],
        "graph_cycle",
        "circular definition",
      ],
      [
        "an error in the source",
        [kernelCell(1, "other = 2; const x = 1;")],
        "cell_syntax",
        "Assignment to external variable 'other' (1:0)",
      ],
      ["a query that is refused", [sqlCell(1, "SELECT FAIL", "x")], "query_failed", "no such table in SELECT FAIL"],
    ])("fails with a code: %s", async (_what, cells, code, message) => {
      const { kernel } = await open(cells);
      await expect(kernel.take("x")).rejects.toMatchObject({ code, message });
    });

    test("a name that no cell defines cannot be taken", async () => {
      const { kernel } = await open([]);
      await expect(kernel.take("x")).rejects.toMatchObject({ code: "name_missing", message: "x is not defined" });
    });

    test("globals of the platform are found", async () => {
      const { kernel } = await open([
        kernelCell(1, "const x = [typeof Math, typeof fetch, typeof URL, typeof structuredClone, typeof globalThis];"),
      ]);
      expect(await json(kernel, "x")).toEqual(["object", "function", "function", "function", "object"]);
    });

    test("console goes to the log with its cell", async () => {
      const { kernel, calls } = await open([kernelCell(7, "const x = 1; console.warn('careful', {x}, [1n]);")]);
      await kernel.take("x");
      expect(calls.logs).toEqual([{ cell: 7, level: "warn", text: "careful {x: 1} [1n]" }]);
    });

    test("a taken name is given up when its signal aborts, and so is its query", async () => {
      const { kernel, calls } = await open([sqlCell(1, "SELECT SLEEP", "x")]);
      const controller = new AbortController();
      const taken = kernel.take("x", controller.signal);
      await calls.first("queries");
      controller.abort(new AppError("cell_cancelled", "enough"));
      await expect(taken).rejects.toMatchObject({ code: "cell_cancelled", message: "enough" });
      kernel.send({ type: "interrupt", cell: null });
      await calls.first("cancelled");
      expect(calls.cancelled).toEqual(["SELECT SLEEP"]);
    });

    test("a new definition cancels the query of the old one, and the name computes anew", async () => {
      const { kernel, calls } = await open([sqlCell(1, "SELECT SLEEP", "x")]);
      const taken = kernel.take("x");
      await calls.first("queries");
      kernel.send({ type: "define", cells: [sqlCell(1, "SELECT 2", "x")], removed: [] });
      expect(await taken).toEqual({ type: "relation", relation: '["SELECT 2",[],[]]', bound: "[]" });
      expect(calls.cancelled).toEqual(["SELECT SLEEP"]);
    });

    test("a promise that never settles does not hold its name after a new definition", async () => {
      const { kernel } = await open([
        kernelCell(1, "const x = await new Promise(() => {});"),
        kernelCell(2, "const y = x + 1;"),
      ]);
      const taken = json(kernel, "y");
      kernel.send({ type: "define", cells: [kernelCell(1, "const x = 1;")], removed: [] });
      expect(await taken).toBe(2);
    });

    test.skipIf(!hasEvents)("tells states and then that all is settled", async () => {
      const { kernel } = await open(
        [
          kernelCell(1, "const a = 1;"),
          kernelCell(2, "throw new TypeError('bad'); const b = 2;"),
          kernelCell(3, "b + a"),
        ],
        { demand: null },
      );
      await kernel.settled();
      expect(kernel.events?.[0]).toEqual({ type: "hello", protocol: 1 });
      expect(lastStates(kernel)).toEqual({
        1: { type: "fulfilled", ms: expect.any(Number) },
        2: {
          type: "rejected",
          ms: expect.any(Number),
          error: { name: "TypeError", code: "cell_failed", message: "bad", data: {} },
          place: { line: 1, column: 7 },
        },
        3: { type: "blocked", by: "b", root: 2, error: { name: "RuntimeError", code: null, message: "bad", data: {} } },
      });
    });

    test.skipIf(!hasEvents)("paused, nothing runs; what runs on demand goes stale when its code changes", async () => {
      const { kernel, calls } = await open(
        [kernelCell(1, "const a = 1; console.log('ran', a);"), kernelCell(2, "a + 1")],
        {
          demand: null,
          paused: true,
        },
      );
      const states = (): unknown => lastStates(kernel);
      const done = { type: "fulfilled", ms: expect.any(Number) };
      await expect.poll(states).toEqual({ 1: { type: "idle" }, 2: { type: "idle" } });
      kernel.send({ type: "run", cells: [2] });
      await expect.poll(states).toEqual({ 1: done, 2: done });
      kernel.send({ type: "define", cells: [kernelCell(1, "const a = 2; console.log('ran', a);")], removed: [] });
      await expect.poll(states).toEqual({ 1: { type: "stale", ms: expect.any(Number) }, 2: done });
      kernel.send({ type: "pause", paused: false });
      await expect.poll(states).toEqual({ 1: done, 2: done });
      expect(calls.logs.map(({ text }) => text)).toEqual(["ran 1", "ran 2"]);
    });

    test.skipIf(!hasEvents)("an interrupted cell fails as cancelled, and runs again when told", async () => {
      const { kernel } = await open([kernelCell(1, "const x = await new Promise(() => {});"), kernelCell(2, "x")], {
        demand: null,
      });
      await eventually("the cell to run", () => lastStates(kernel)[1]?.type === "running");
      kernel.send({ type: "interrupt", cell: 1 });
      await kernel.settled();
      expect(lastStates(kernel)[1]).toMatchObject({ type: "rejected", error: { code: "cell_cancelled" } });
      expect(lastStates(kernel)[2]).toMatchObject({ type: "blocked", by: "x", root: 1 });
    });
  });
}

/** The newest state of each cell. */
function lastStates(kernel: KernelUnderTest): Readonly<Record<number, CellState>> {
  const states: Record<number, CellState> = {};
  for (const event of kernel.events ?? []) if (event.type === "state") states[event.cell] = event.state;
  return states;
}
