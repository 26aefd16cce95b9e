import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeArrow, encodeArrow } from "../../../cells/data/arrow.ts";
import { fromRowForm, rowFormOf } from "../../../cells/data/row-form.ts";

const dsv = Object.assign([{ a: 1, b: "x" }], { columns: ["a", "b"] });

describe("what rows were before they became a table", () => {
  test.each<readonly [string, unknown, string | null]>([
    [
      "objects",
      [
        { a: 1, b: null },
        { a: 2.5, b: "x" },
      ],
      "rows",
    ],
    ["objects in objects, lists, dates, bytes", [{ a: { b: [1, 2] }, c: new Date(5), d: new Uint8Array([1]) }], "rows"],
    ["a delimited file", dsv, "dsv"],
    ["rows of SQL", decodeArrow(encodeArrow([{ a: 1 }]) ?? new Uint8Array()), "table"],
    ["a member that a row lacks", [{ a: 1, b: 2 }, { a: 1 }], null],
    [
      "members in another order",
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
      null,
    ],
    ["undefined", [{ a: undefined }], null],
    ["several types", [{ a: 1 }, { a: "1" }], null],
    ["a bigint", [{ a: 1n }], null],
    ["names that differ in case alone", [{ a: 1, A: 2 }], null],
    ["-0", [{ a: -0 }], null],
    ["a date without a time", [{ a: new Date(NaN) }], null],
    ["half a letter", [{ a: "\ud800" }], null],
    ["a typed array", [{ a: new Float64Array([1]) }], null],
    ["a hole in a list", [{ a: Array(1) }], null],
    ["columns that are not its own", Object.assign([{ a: 1 }], { columns: ["b"] }), null],
    ["something else beside the rows", Object.assign([{ a: 1 }], { title: "x" }), null],
    ["no rows", [], null],
    ["objects without a prototype", [Object.create(null, { a: { value: 1, enumerable: true } })], null],
  ])("%s", (_name, value, form) => expect(rowFormOf(value)).toBe(form));

  test("a value with a form comes back as it was", () => {
    const leaf = fc.oneof(
      fc.constant(null),
      fc.boolean(),
      fc.double(),
      fc.integer(),
      fc.string({ unit: "grapheme" }),
      fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }),
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        leaf,
        fc.array(tie("value"), { maxLength: 3 }),
        fc.record({ x: tie("value"), y: leaf }, { noNullPrototype: true }),
      ),
    }));
    const row = fc.record({ a: value, b: leaf, c: leaf }, { noNullPrototype: true });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(row, { minLength: 1, maxLength: 4 }),
          fc.array(fc.record({ a: fc.integer(), b: fc.string() }, { noNullPrototype: true }), { minLength: 1 }),
        ),
        (rows) => {
          const form = rowFormOf(rows);
          fc.pre(form !== null);
          const arrow = encodeArrow(rows);
          expect(arrow && fromRowForm(form, decodeArrow(arrow))).toStrictEqual(rows);
        },
      ),
      { numRuns: 500 },
    );
  });
});
