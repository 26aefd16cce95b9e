import * as Arrow from "apache-arrow";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeArrow, encodeArrow } from "../../../cells/data/arrow.ts";
import { readColumns, type ArrowTable } from "../../../cells/data/arrow-table.ts";

function decodeColumn(vector: Arrow.Vector): ArrowTable {
  return decodeArrow(Arrow.tableToIPC(new Arrow.Table({ v: vector }), "stream"));
}

function roundTrip(value: unknown): ArrowTable {
  const bytes = encodeArrow(value);
  if (bytes === null) throw new Error("not encoded");
  return decodeArrow(bytes);
}

describe("decodeArrow: what JavaScript cells see", () => {
  const at = new Date("2026-01-31T12:30:00.500Z");
  test.each([
    ["INTEGER", Arrow.vectorFromArray([1, null, -3], new Arrow.Int32()), "INTEGER", [1, null, -3]],
    ["BIGINT as numbers", Arrow.vectorFromArray([1n, null, 3n], new Arrow.Int64()), "BIGINT", [1, null, 3]],
    [
      "BIGINT with one too large as bigints",
      Arrow.vectorFromArray([1n, 2n ** 60n], new Arrow.Int64()),
      "BIGINT",
      [1n, 2n ** 60n],
    ],
    ["UBIGINT", Arrow.vectorFromArray([2n ** 64n - 1n], new Arrow.Uint64()), "UBIGINT", [2n ** 64n - 1n]],
    ["DOUBLE", Arrow.vectorFromArray([1.5, NaN], new Arrow.Float64()), "DOUBLE", new Float64Array([1.5, NaN])],
    ["BOOLEAN", Arrow.vectorFromArray([true, null], new Arrow.Bool()), "BOOLEAN", [true, null]],
    ["VARCHAR", Arrow.vectorFromArray(["a", null, "ü"], new Arrow.Utf8()), "VARCHAR", ["a", null, "ü"]],
    ["ENUM", Arrow.vectorFromArray(["a", "b", "a"]), "VARCHAR", ["a", "b", "a"]],
    ["BLOB", Arrow.vectorFromArray([new Uint8Array([1])], new Arrow.Binary()), "BLOB", [new Uint8Array([1])]],
    ["DATE", Arrow.vectorFromArray([new Date("2026-01-31")], new Arrow.DateDay()), "DATE", [new Date("2026-01-31")]],
    [
      "TIMESTAMP",
      Arrow.makeVector(
        Arrow.makeData({
          type: new Arrow.TimestampMicrosecond(),
          data: new BigInt64Array([BigInt(at.getTime()) * 1000n]),
        }),
      ),
      "TIMESTAMP",
      [at],
    ],
    [
      "TIMESTAMPTZ",
      Arrow.makeVector(
        Arrow.makeData({
          type: new Arrow.TimestampMicrosecond("UTC"),
          data: new BigInt64Array([BigInt(at.getTime()) * 1000n]),
        }),
      ),
      "TIMESTAMP WITH TIME ZONE",
      [at],
    ],
    [
      "TIME",
      Arrow.makeVector(
        Arrow.makeData({ type: new Arrow.TimeMicrosecond(), data: new BigInt64Array([45_000_250_000n]) }),
      ),
      "TIME",
      ["12:30:00.25"],
    ],
    [
      "LIST",
      Arrow.vectorFromArray([[1n, 2n ** 60n], null], new Arrow.List(new Arrow.Field("item", new Arrow.Int64()))),
      "BIGINT[]",
      [[1, 2n ** 60n], null],
    ],
    [
      "STRUCT",
      Arrow.vectorFromArray(
        [{ a: 1, b: [at] }],
        new Arrow.Struct([
          new Arrow.Field("a", new Arrow.Int32(), true),
          new Arrow.Field("b", new Arrow.List(new Arrow.Field("item", new Arrow.TimestampMillisecond(), true)), true),
        ]),
      ),
      "STRUCT(a INTEGER, b TIMESTAMP_MS[])",
      [{ a: 1, b: [at] }],
    ],
  ])("%s", (_name, vector, type, values) => {
    const table = decodeColumn(vector);
    expect(readColumns(table)).toEqual([{ name: "v", type }]);
    expect(table.getChild("v")?.toArray()).toEqual(values);
  });

  test("DECIMAL is a number, its text exact", () => {
    const words = (n: bigint): Uint32Array =>
      new Uint32Array(new BigUint64Array([BigInt.asUintN(64, n), BigInt.asUintN(64, n >> 64n)]).buffer);
    const data = new Uint32Array([...words(12_345_678_901_234_567_890n), ...words(-5n)]);
    const table = decodeColumn(Arrow.makeVector(Arrow.makeData({ type: new Arrow.Decimal(3, 22, 128), data })));
    const column = table.getChild("v");
    expect([column?.toArray(), column?.exact(0), column?.exact(1)]).toEqual([
      [Number("12345678901234567.890"), -0.005],
      "12345678901234567.890",
      "-0.005",
    ]);
    expect(readColumns(table)).toEqual([{ name: "v", type: "DECIMAL(22,3)" }]);
  });

  test("HUGEINT, what sum() gives, is a column of numbers where all are safe", () => {
    const data = new Uint32Array([42, 0, 0, 0]);
    const table = decodeColumn(Arrow.makeVector(Arrow.makeData({ type: new Arrow.Decimal(0, 38, 128), data })));
    expect([table.getChild("v")?.toArray(), readColumns(table)]).toEqual([[42], [{ name: "v", type: "HUGEINT" }]]);
  });

  test("bytes may begin anywhere, and what is no Arrow is refused", () => {
    const bytes = encodeArrow([{ a: 1.5 }]) ?? new Uint8Array();
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(decodeArrow(shifted.subarray(3)).toArray()).toEqual([{ a: 1.5 }]);
    expect(() => decodeArrow(new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8, 9]))).toThrow("the bytes are no Arrow stream");
  });
});

describe("ArrowTable reads like an array of objects", () => {
  const table = roundTrip([
    { x: 1, y: "a" },
    { x: 2, y: "b" },
  ]);
  test.each<[string, (rows: ArrowTable) => unknown, unknown]>([
    ["length", (rows) => [rows.length, rows.numRows, rows.numCols], [2, 2, 2]],
    [
      "index",
      (rows) => [Reflect.get(rows, 1), Reflect.get(rows, "2"), Reflect.get(rows, "nope")],
      [{ x: 2, y: "b" }, undefined, undefined],
    ],
    ["spread", (rows) => [...rows].length, 2],
    ["map", (rows) => rows.map(({ x }) => x), [1, 2]],
    ["filter", (rows) => rows.filter(({ x }) => x === 2), [{ x: 2, y: "b" }]],
    ["at and get", (rows) => [rows.at(-1), rows.get(0), rows.get(9)], [{ x: 2, y: "b" }, { x: 1, y: "a" }, null]],
    ["JSON", (rows) => JSON.stringify(rows), '[{"x":1,"y":"a"},{"x":2,"y":"b"}]'],
    ["columns", (rows) => rows.columns, ["x", "y"]],
    ["the same row objects each time", (rows) => rows.get(0) === [...rows][0], true],
    ["an empty slice", (rows) => rows.slice(5), []],
  ])("%s", (_name, read, expected) => expect(read(table)).toEqual(expected));
});

describe("encodeArrow infers types over all rows", () => {
  test.each<[string, readonly unknown[], string, readonly unknown[]]>([
    ["small integers", [1, 2], "INTEGER", [1, 2]],
    ["an integer beyond 32 bits at the end", [1, 2 ** 40], "BIGINT", [1, 2 ** 40]],
    ["an integer beyond 2^53", [1, 2 ** 60], "DOUBLE", [1, 2 ** 60]],
    ["one fraction", [1, 0.5], "DOUBLE", [1, 0.5]],
    ["NaN is kept", [1, NaN], "DOUBLE", [1, NaN]],
    ["minus zero is kept", [-0], "DOUBLE", [-0]],
    ["bigints", [1n, 2n ** 60n], "BIGINT", [1n, 2n ** 60n]],
    ["bigints beyond 64 bits are text", [2n ** 70n], "VARCHAR", [String(2n ** 70n)]],
    ["booleans", [true, null], "BOOLEAN", [true, null]],
    ["text outside ASCII", ["a", "ü", "漢", ""], "VARCHAR", ["a", "ü", "漢", ""]],
    ["Dates", [new Date(5), new Date(NaN)], "TIMESTAMP_MS", [new Date(5), null]],
    ["bytes", [new Uint8Array([1, 2])], "BLOB", [new Uint8Array([1, 2])]],
    ["only nulls", [null, undefined], '"NULL"', [null, null]],
    ["several types are text", [1, "n/a", true], "VARCHAR", ["1", "n/a", "true"]],
    ["lists", [[1], [], null, [2.5]], "DOUBLE[]", [[1], [], null, [2.5]]],
    [
      "structs with fields that come and go",
      [{ a: 1 }, { b: "x" }],
      "STRUCT(a INTEGER, b VARCHAR)",
      [
        { a: 1, b: null },
        { a: null, b: "x" },
      ],
    ],
    ["typed arrays", [new Float32Array([0.5])], "DOUBLE[]", [[0.5]]],
  ])("%s", (_name, values, type, expected) => {
    const table = roundTrip(values.map((v) => ({ v })));
    expect([readColumns(table), Array.from(table.getChild("v")?.toArray() ?? [])]).toEqual([
      [{ name: "v", type }],
      expected,
    ]);
  });

  test("columns are the union of all rows' keys, in order of appearance", () => {
    expect(roundTrip([{ b: 1 }, { a: 2, b: 3 }]).toArray()).toEqual([
      { b: 1, a: null },
      { b: 3, a: 2 },
    ]);
  });

  test.each<[string, unknown]>([
    ["an empty array", []],
    ["numbers", [1, 2]],
    ["rows without columns", [{}]],
    ["a function in a row", [{ f: () => 1 }]],
    ["a Map in a row", [{ m: new Map() }]],
    ["an instance", [new Error("x")]],
    ["a null among rows", [{ a: 1 }, null]],
    ["an object", { a: 1 }],
    ["nothing", null],
  ])("%s is no table", (_name, value) => expect(encodeArrow(value)).toBeNull());

  test("tables pass through without a loss", () => {
    const wide = decodeArrow(Arrow.tableToIPC(new Arrow.Table({ v: Arrow.vectorFromArray([1n], new Arrow.Int64()) })));
    expect(readColumns(roundTrip(wide))).toEqual([{ name: "v", type: "BIGINT" }]);
    expect(roundTrip(Arrow.tableFromArrays({ a: [1, 2] })).toArray()).toEqual([{ a: 1 }, { a: 2 }]);
  });

  test("rows come back as they were", () => {
    const cell = fc.oneof(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), fc.constant(null));
    const row = fc.record({
      n: cell,
      d: fc.oneof(fc.double({ noDefaultInfinity: true }), fc.constant(null)),
      s: fc.oneof(fc.string({ unit: "grapheme" }), fc.constant(null)),
      b: fc.oneof(fc.boolean(), fc.constant(null)),
      l: fc.oneof(fc.array(fc.oneof(fc.string(), fc.constant(null))), fc.constant(null)),
      o: fc.record({ x: cell, y: fc.array(fc.boolean()) }),
    });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 30 }), (rows) => {
        expect(roundTrip(rows).toArray()).toEqual(rows);
      }),
    );
  });
});
