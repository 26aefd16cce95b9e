import { expect, test } from "vitest";
import { conformParams, paramsSchema } from "../../../cells/params/params.ts";

const declared = [
  { notebook: "a.html", params: { year: 2026, zip: "10115", dry: false, of: [1], at: { x: 1 }, any: null } },
  { notebook: "b.html", params: { year: 1 } },
];

test.each([
  [{}, {}],
  [{ year: 2001 }, { year: 2001 }],
  [
    { zip: 12345, dry: true },
    { zip: "12345", dry: true },
  ],
  [
    { of: [], at: {}, any: [1] },
    { of: [], at: {}, any: [1] },
  ],
])("taken: %j", (given, expected) => {
  expect(conformParams(given, declared)).toEqual(expected);
});

test.each([
  [{ yeer: 1 }, "no notebook has a param yeer; did you mean year?"],
  [{ customer: 1 }, "no notebook has a param customer; there are any, at, dry, of, year, zip"],
  [{ year: "x" }, 'param year is a number in a.html, as 2026; got "x"'],
  [{ dry: 1 }, "param dry is true or false in a.html, as false; got 1"],
  [{ of: {} }, "param of is a list in a.html, as [1]; got {}"],
  [{ at: 1 }, 'param at is an object in a.html, as {"x":1}; got 1'],
  [{ zip: [1] }, 'param zip is a text in a.html, as "10115"; got [1]'],
])("refused: %j", (given, message) => {
  expect(() => conformParams(given, declared)).toThrow(message);
});

test("without any params there is nothing to give", () => {
  expect(() => conformParams({ a: 1 }, [])).toThrow(
    `no notebook has params, so a cannot be given; declare it by params='{"a": …}'`,
  );
});

test("a JSON Schema tells kinds and defaults", () => {
  expect(paramsSchema({ year: 2026, any: null })).toEqual({
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object",
    properties: { year: { type: "number", default: 2026 }, any: { default: null } },
    additionalProperties: false,
  });
});
