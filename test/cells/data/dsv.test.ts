import { expect, test } from "vitest";
import { parseDsv, parseDsvRows } from "../../../cells/data/dsv.ts";
import { typeColumn, type DsvTyping, type DsvValue } from "../../../cells/data/dsv-types.ts";

const utc = (...parts: readonly [number, number, ...number[]]): Date => new Date(Date.UTC(...parts));

const cases: readonly (readonly [
  rule: string,
  typing: DsvTyping,
  texts: readonly string[],
  values: readonly DsvValue[],
])[] = [
  ["untyped values are as written", false, ["1", " ", "true"], ["1", " ", "true"]],
  ["numbers", "auto", ["1", " 2.5 ", "-4e2", "0x10", "0", "0.5"], [1, 2.5, -400, 16, 0, 0.5]],
  ["a blank among numbers is NaN", "auto", ["1", "", " "], [1, NaN, NaN]],
  ["leading zeros make names of numbers", "auto", ["007", "8", "9"], ["007", "8", "9"]],
  ["and of negative ones", "auto", ["-01", "2"], ["-01", "2"]],
  ["integers beyond 2^53 are names", "auto", ["9007199254740993", "1"], ["9007199254740993", "1"]],
  ["2^53 - 1 is a number", "auto", ["9007199254740991", "-9007199254740991"], [9007199254740991, -9007199254740991]],
  ["one word makes a column of text", "auto", ["1", "2", "n/a"], ["1", "2", "n/a"]],
  ["booleans, blanks among them null", "auto", ["true", "FALSE", ""], [true, false, null]],
  ["dates", "auto", ["2024-01-02", "2024-12", ""], [utc(2024, 0, 2), utc(2024, 11, 1), null]],
  ["years are numbers", "auto", ["2023", "2024"], [2023, 2024]],
  [
    "times with and without zone",
    "auto",
    ["2024-01-02T03:04:05.6Z", "2024-01-02 03:04", "2024-01-02T03:04+02:00"],
    [utc(2024, 0, 2, 3, 4, 5, 600), utc(2024, 0, 2, 3, 4), utc(2024, 0, 2, 1, 4)],
  ],
  ["American dates", "auto", ["1/2/2024 10:30", "12/31/24"], [utc(2024, 0, 2, 10, 30), utc(2024, 11, 31)]],
  ["a day that no calendar has makes text", "auto", ["2024-02-30", "2024-01-01"], ["2024-02-30", "2024-01-01"]],
  ["microseconds would be lost", "auto", ["2024-01-01T00:00:00.123456Z"], ["2024-01-01T00:00:00.123456Z"]],
  [
    "each value by itself",
    true,
    ["1", "x", "true", "", "2024-01-01", "TRUE", "NaN"],
    [1, "x", true, null, utc(2024, 0, 1), "TRUE", NaN],
  ],
  ["names of numbers keep their column's numbers", true, ["007", "8", "x"], ["007", "8", "x"]],
  ["and big ones too", true, ["12345678901234567890", "1", ""], ["12345678901234567890", "1", null]],
];

test.each(cases)("%s (%s)", (_rule, typing, texts, values) => {
  expect(typeColumn(texts, typing)).toEqual(values);
});

test("the type of a column is decided by all of its rows", () => {
  const texts = [...Array.from({ length: 5000 }, (_, i) => String(i)), "late"];
  expect(typeColumn(texts, "auto")).toEqual(texts);
});

test("rows by name, with the columns in order", () => {
  const rows = parseDsv('\ufeffid,name,n\r\n007,"a ""b"", c\nd",1\r\n8\r\n', { typed: "auto" });
  expect(rows.columns).toEqual(["id", "name", "n"]);
  expect([...rows]).toEqual([
    { id: "007", name: 'a "b", c\nd', n: 1 },
    { id: "8", name: "", n: NaN },
  ]);
});

test("names of columns are names only", () => {
  const [row] = parseDsv("__proto__,constructor\n1,2");
  expect(Object.entries(row ?? {})).toEqual([
    ["__proto__", "1"],
    ["constructor", "2"],
  ]);
});

test("rows as arrays, and other delimiters", () => {
  expect(parseDsvRows("1\t2\n3", { delimiter: "\t", typed: true })).toEqual([
    [1, 2],
    [3, null],
  ]);
  expect(parseDsvRows("")).toEqual([]);
  expect([...parseDsv("", { typed: "auto" })]).toEqual([]);
});
