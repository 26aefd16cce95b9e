import { describe, expect, test } from "vitest";
import { fileAttachment, type FileAttachment } from "../../../cells/builtins/file-attachment.ts";
import { input, isInputLike, observe, queue } from "../../../cells/builtins/generators.ts";
import { Mutable } from "../../../cells/builtins/mutable.ts";
import { now } from "../../../cells/builtins/now.ts";
import { partitionValue } from "../../../cells/builtins/partition.ts";
import { Source } from "../../../cells/builtins/source.ts";
import { toSqlValue } from "../../../cells/builtins/sql-value.ts";
import { encodeArrow } from "../../../cells/data/arrow.ts";
import { AppError } from "../../../cells/errors.ts";
import type { KernelHost } from "../../../cells/protocol/host.ts";
import { fakeHost } from "../../conformance/fake-host.ts";
import { FakeInput } from "../kernel/fixture.ts";

describe("Generators", () => {
  test("observe gives the latest value, and what came while nobody waited only once", async () => {
    const log: string[] = [];
    let change = (_value: unknown): unknown => null;
    const stream = observe((report) => {
      change = report;
      return () => log.push("disposed");
    });
    change(1);
    change(2);
    expect(await stream.next()).toEqual({ done: false, value: 2 });
    const next = stream.next();
    change(3);
    expect(await next).toEqual({ done: false, value: 3 });
    await stream.return(undefined);
    expect(log).toEqual(["disposed"]);
  });

  test("queue gives every value in order", async () => {
    const stream = queue((report) => [1, 2].forEach(report));
    expect([await stream.next(), await stream.next()].map(({ value }) => value)).toEqual([1, 2]);
  });

  test("input gives the value and then one for each event, until it is returned", async () => {
    const slider = new FakeInput(1);
    const stream = input(slider);
    expect((await stream.next()).value).toBe(1);
    const next = stream.next();
    slider.input(2);
    expect((await next).value).toBe(2);
    await stream.return(undefined);
    expect(isInputLike(slider)).toBe(true);
  });

  test.each<[string, Readonly<Record<string, unknown>>, unknown]>([
    ["number", { type: "number", valueAsNumber: 4, value: "4" }, 4],
    ["checkbox", { type: "checkbox", checked: true, value: "on" }, true],
    ["date", { type: "date", valueAsDate: new Date(0), value: "1970-01-01" }, new Date(0)],
    ["file", { type: "file", multiple: false, files: ["a"], value: "x" }, "a"],
    ["several files", { type: "file", multiple: true, files: ["a", "b"], value: "x" }, ["a", "b"]],
    ["several options", { type: "select-multiple", selectedOptions: [{ value: "a" }, { value: "b" }] }, ["a", "b"]],
    ["anything else", { type: "text", value: "abc" }, "abc"],
  ])("the value of an input: %s", async (_name, element, expected) => {
    const stream = input(Object.assign(new EventTarget(), element));
    expect((await stream.next()).value).toEqual(expected);
  });
});

test("Mutable begins with its value and streams what is set", async () => {
  const count = Mutable(1);
  expect((await count.next()).value).toBe(1);
  const next = count.next();
  count.value = 2;
  expect([(await next).value, count.value]).toEqual([2, 2]);
});

test("a Source gives each reader its latest value first", async () => {
  const source = new Source(1);
  source.value = 2;
  const [a, b] = [source.stream(), source.stream()];
  expect([(await a.next()).value, (await b.next()).value]).toEqual([2, 2]);
});

test("now gives the time at once, and stops with its reader", async () => {
  const stream = now(() => 42);
  expect((await stream.next()).value).toBe(42);
  await stream.return(undefined);
});

test("partition: dimensions by name, a time window as Dates, nulls without partitions", () => {
  expect(partitionValue(null)).toEqual({ key: null, start: null, end: null });
  expect(
    partitionValue({ key: "2026-01|eu", start: "2026-01-01T00:00:00Z", end: null, dimensions: { region: "eu" } }),
  ).toEqual({ region: "eu", key: "2026-01|eu", start: new Date("2026-01-01"), end: null });
});

describe("values bound in SQL", () => {
  test.each<[string, unknown, unknown]>([
    ["undefined", undefined, null],
    ["a bigint", 1n, 1n],
    ["a list", [1, [null, "a"]], [1, [null, "a"]]],
    ["a typed array", new Float64Array([0.5]), [0.5]],
    ["a buffer", new Uint8Array([1]).buffer, new Uint8Array([1])],
  ])("%s", (_name, value, bound) => expect(toSqlValue(value, 0)).toEqual(bound));

  test.each<[string, unknown, string]>([
    ["an object", {}, "an object cannot be bound as parameter 2"],
    ["a function", () => 1, "a function cannot be bound as parameter 2"],
    ["an invalid Date", new Date(NaN), "an invalid Date cannot be bound as parameter 2"],
  ])("%s is refused", (_name, value, message) => expect(() => toSqlValue(value, 1)).toThrow(message));
});

describe("FileAttachment", () => {
  const files: Readonly<Record<string, Uint8Array>> = {
    "a.json": new TextEncoder().encode('{"a": [1]}'),
    "t.tsv": new TextEncoder().encode("a\tb\n1\tx\n"),
    "rows.arrow": encodeArrow([{ a: 1 }]) ?? new Uint8Array(),
  };
  const host: KernelHost = {
    ...fakeHost().host,
    async file({ name }) {
      const bytes = files[name];
      if (bytes === undefined) throw new AppError("file_not_found", `no file is named ${name}`);
      return { name, bytes, mimeType: "text/plain", lastModified: 0 };
    },
  };
  const attach = fileAttachment(host, { cell: 1, signal: new AbortController().signal }, {});

  test.each<[string, (file: typeof attach) => Promise<unknown>, unknown]>([
    ["json", (file) => file("a.json").json(), { a: [1] }],
    ["a leading ./", (file) => file("./a.json").text(), '{"a": [1]}'],
    [
      "tsv",
      (file) =>
        file("t.tsv")
          .tsv()
          .then((rows) => [...(rows as Iterable<unknown>)]),
      [{ a: "1", b: "x" }],
    ],
    [
      "rows without a header",
      (file) => file("t.tsv").dsv({ delimiter: "\t", array: true, typed: true }),
      [
        ["a", "b"],
        [1, "x"],
      ],
    ],
    [
      "arrow",
      (file) =>
        file("rows.arrow")
          .arrow()
          .then((rows) => [...(rows as Iterable<unknown>)]),
      [{ a: 1 }],
    ],
    [
      "arrayBuffer",
      (file) =>
        file("a.json")
          .arrayBuffer()
          .then(({ byteLength }) => byteLength),
      10,
    ],
    [
      "blob",
      (file) =>
        file("a.json")
          .blob()
          .then((blob) => (blob as Blob).text()),
      '{"a": [1]}',
    ],
  ])("%s", async (_name, read, expected) => expect(await read(attach)).toEqual(expected));

  test("parquet is read by the engine, by name", async () => {
    const { host: engine, calls } = fakeHost();
    await fileAttachment(engine, { cell: 3, signal: new AbortController().signal }, {})("it's.parquet").parquet();
    expect(calls.queries).toEqual([
      {
        cell: 3,
        output: null,
        strings: ["SELECT * FROM 'it''s.parquet'"],
        params: [],
        tables: [],
        files: ["it's.parquet"],
      },
    ]);
  });

  test.each<[keyof FileAttachment, string]>([
    ["sqlite", "a.json cannot be read as an SQLite database here; export its tables as CSV or Parquet"],
    ["xlsx", "a.json cannot be read as a workbook here; save its sheets as CSV"],
    ["zip", "a.json cannot be read as an archive here; unpack it into the folder of the notebook"],
    ["html", "a.json as a document needs a page; it is not available on the server"],
  ])("%s says what to do instead", async (method, message) => {
    const read = attach("a.json")[method];
    await expect((read as () => Promise<unknown>)()).rejects.toThrow(message);
  });

  test("a missing file fails with its code", async () => {
    await expect(attach("none.csv").csv()).rejects.toMatchObject({ code: "file_not_found" });
  });
});
