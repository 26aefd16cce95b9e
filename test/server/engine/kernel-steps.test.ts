import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openNotebook, readJson, rowsOf, startEngine, writeData, type EngineProcess } from "./engine-process.ts";

let engine: EngineProcess;
beforeAll(async () => void (engine = await startEngine()));
afterAll(() => engine.close());

describe("assets that need JavaScript", () => {
  it("stores an array of objects as a table, with the data version of the same rows from SQL", async () => {
    const take = await openNotebook(engine, [
      { kind: "js", source: "const rows = [{a: 1.5, b: 'x'}, {a: 2.5, b: null}]" },
      { kind: "sql", output: "same", source: "select 2.5::double as a, null::varchar as b union all select 1.5, 'x'" },
    ]);
    const rows = await take({ name: "rows" });
    const same = await take({ name: "same" });
    expect(rows.result).toMatchObject({
      type: "table",
      rows: 2,
      schema: [
        { name: "a", type: "DOUBLE" },
        { name: "b", type: "VARCHAR" },
      ],
    });
    expect(
      rows.result.type === "table" &&
        same.result.type === "table" &&
        rows.result.dataVersion === same.result.dataVersion,
    ).toBe(true);
    expect(await rowsOf(engine, rows.target)).toEqual([
      { a: 1.5, b: "x" },
      { a: 2.5, b: null },
    ]);
  });

  it("stores other values as JSON, whatever the order of their keys", async () => {
    const take = await openNotebook(engine, [
      { source: "const one = {b: [1, {y: 2, x: null}], a: 'é'}" },
      { source: "const two = {a: 'é', b: [1, {x: null, y: 2}]}" },
    ]);
    const one = await take({ name: "one" });
    const two = await take({ name: "two" });
    expect(readJson(one.target)).toEqual({ b: [1, { y: 2, x: null }], a: "é" });
    expect(one.result).toMatchObject({ type: "json", dataVersion: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(two.result).toMatchObject({ dataVersion: one.result.type === "json" ? one.result.dataVersion : "" });
  });

  it("says of what cannot be stored what it is, and refuses it where a store is demanded", async () => {
    const take = await openNotebook(engine, [{ source: "const twice = (x) => x * 2" }]);
    expect((await take({ name: "twice" })).result).toMatchObject({
      type: "virtual",
      what: expect.stringMatching(/function/),
    });
    await expect(take({ name: "twice", store: "json" })).rejects.toMatchObject({ code: "value_not_storable" });
  });

  it("binds what JavaScript computed, reads stored inputs, and keeps virtual cells between", async () => {
    const orders = await (
      await openNotebook(engine, [
        { kind: "sql", output: "orders", source: "select i, i * 10 as price from range(10) t(i)" },
      ])
    )({
      name: "orders",
    });
    const input = { format: "parquet", paths: [orders.target] } as const;
    const take = await openNotebook(
      engine,
      [
        { kind: "sql", output: "orders", source: "select error('orders was computed again') as i, 1 as price" },
        { source: "const limit = params.limit" },
        { kind: "sql", output: "dear", source: "select * from orders where price >= ${limit}" },
        { kind: "sql", output: "cheap", source: "select * from orders where price < 30" },
        {
          kind: "sql",
          output: "both",
          source: "select d.i, c.price from dear d join cheap c on c.i = d.i - ${10 - 3}",
        },
        { source: "const total = [...dear].reduce((sum, {price}) => sum + Number(price), 0)" },
      ],
      { limit: 70 },
    );
    const dear = await take({ name: "dear", inputs: { orders: input } });
    expect(dear.result).toMatchObject({ type: "table", rows: 3, bound: "[70]" });
    expect(await rowsOf(engine, dear.target, "select i::int as i from t order by i")).toEqual([
      { i: 7 },
      { i: 8 },
      { i: 9 },
    ]);
    const both = await take({ name: "both", inputs: { orders: input } });
    expect(await rowsOf(engine, both.target, "select i::int as i, price::int as price from t order by i")).toEqual([
      { i: 7, price: 0 },
      { i: 8, price: 10 },
      { i: 9, price: 20 },
    ]);
    const total = await take({
      name: "total",
      inputs: { orders: input, dear: { format: "parquet", paths: [dear.target] } },
    });
    expect(readJson(total.target)).toBe(240);
  });

  it("gives JavaScript the files and assets that the step names, and no others", async () => {
    const take = await openNotebook(engine, [
      { source: "const text = await FileAttachment('hello.txt').text()" },
      { source: "const other = await FileAttachment('other.txt').text()" },
      { source: "const count = (await asset('sales/orders')).numRows" },
    ]);
    const path = writeData(engine, "hello.txt", "hello");
    expect(readJson((await take({ name: "text", files: { "hello.txt": path } })).target)).toBe("hello");
    await expect(take({ name: "other", files: { "hello.txt": path } })).rejects.toMatchObject({
      code: "file_not_found",
    });
    const orders = await openNotebook(engine, [{ kind: "sql", output: "orders", source: "from range(5)" }]);
    const { target } = await orders({ name: "orders" });
    const again = await openNotebook(engine, [{ source: "const count = (await asset('sales/orders')).numRows" }]);
    expect(
      readJson(
        (await again({ name: "count", inputs: { "sales/orders": { format: "parquet", paths: [target] } } })).target,
      ),
    ).toBe(5);
  });

  it("fails with the cell that threw, and where", async () => {
    const take = await openNotebook(engine, [
      { source: "const a = 1;\nif (a) throw new TypeError('no good')" },
      { source: "const b = a + 1" },
      { kind: "sql", output: "c", source: "select ${1} as x,\n  nope" },
    ]);
    await expect(take({ name: "b" })).rejects.toMatchObject({
      code: "cell_failed",
      message: expect.stringContaining("no good"),
      data: { cell: 1, line: 2 },
    });
    await expect(take({ name: "c" })).rejects.toMatchObject({
      code: "query_failed",
      data: { cell: 3, line: 2, column: 3 },
    });
  });

  it("passes on what a cell prints, with the cell", async () => {
    const take = await openNotebook(engine, [{ source: "console.log('seen', {a: 1}); const x = 1" }]);
    await take({ name: "x" });
    expect(engine.events).toContainEqual({ type: "log", cell: 1, level: "log", text: expect.stringContaining("seen") });
  });

  it("stores a table as JSON where the cell says so", async () => {
    const take = await openNotebook(engine, [{ kind: "sql", output: "t", source: "select 1 as a, 'x' as b" }]);
    const { result, target } = await take({ name: "t", store: "json" });
    expect([result.type, readJson(target)]).toEqual(["json", [{ a: 1, b: "x" }]]);
  });
});
