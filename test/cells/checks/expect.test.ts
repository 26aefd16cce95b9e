import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sqlOfRule } from "../../../cells/checks/expect-sql.ts";
import { parseExpectations } from "../../../cells/checks/parse-expect.ts";
import { readVerdict } from "../../../cells/checks/verdict.ts";

const valid: readonly (readonly [text: string, read: readonly (readonly [name: string, text: string])[]])[] = [
  ["not_null(id)", [["not_null(id)", "not_null(id)"]]],
  [
    "not_null(id, day); unique(id)",
    [
      ["not_null(id, day)", "not_null(id, day)"],
      ["unique(id)", "unique(id)"],
    ],
  ],
  ["unique('order id', day);", [["unique(order id, day)", 'unique("order id", day)']]],
  [
    "accepted(status: new, paid, 'on hold', 7)",
    [["accepted(status)", "accepted(status: 'new', 'paid', 'on hold', 7)"]],
  ],
  ["relationship(customer -> customers.id)", [["relationship(customer)", "relationship(customer -> customers.id)"]]],
  ["relationship(c → sales.customers.id)", [["relationship(c)", "relationship(c -> sales.customers.id)"]]],
  ["between(price, 0, 1e2)", [["between(price)", "between(price, 0, 100)"]]],
  ["between(day, '2024-01-01', *)", [["between(day)", "between(day, '2024-01-01', *)"]]],
  ["rows(1..1000000)", [["rows", "rows(1..1000000)"]]],
  ["rows(> 0)", [["rows", "rows(1..)"]]],
  ["rows(<5)", [["rows", "rows(..4)"]]],
  ["rows(7)", [["rows", "rows(7..7)"]]],
  ["rows(2..)", [["rows", "rows(2..)"]]],
  ["schema_unchanged", [["schema_unchanged", "schema_unchanged"]]],
  [
    "warn: rows(> 10); error: rows(> 0)",
    [
      ["rows (warn)", "rows(11..)"],
      ["rows", "rows(1..)"],
    ],
  ],
];

const invalid: readonly (readonly [text: string, column: number, message: RegExp])[] = [
  ["", 1, /it is empty; there are not_null\(id\)/],
  ["nul(id)", 1, /"nul" is no rule/],
  ["not_null", 9, /the end stands where \( is wanted/],
  ["not_null(id", 12, /the end stands where \) is wanted/],
  ["not_null()", 10, /"\)" is no name of a column/],
  ["not_null(id) unique(id)", 14, /"unique" stands where ; is wanted/],
  ["unique(id); unique(id)", 13, /unique\(id\) stands twice/],
  ["accepted(status)", 16, /"\)" stands where : is wanted/],
  ["accepted(status: )", 18, /"\)" is no value/],
  ["relationship(a -> b)", 19, /name an asset and its column/],
  ["between(price, 5, 1)", 16, /nothing is between 5 and 1/],
  ["between(price, *, *)", 16, /it has no bound/],
  ["rows(> 1.5)", 8, /"1.5" is no number of rows/],
  ["rows(5..1)", 6, /no table has so many rows/],
  ["rows(< 0)", 6, /no table has so many rows/],
  ["not_null('id)", 10, /a ' is never closed/],
  ["not_null(id) & unique(id)", 14, /"&" may not stand here/],
];

describe("the expect language", () => {
  it.each(valid)("%s", (text, read) => {
    expect(parseExpectations(text).map((expectation) => [expectation.name, expectation.text])).toEqual(read);
  });

  it.each(invalid)("%s", (text, column, message) => {
    const error = caught(() => parseExpectations(text));
    expect(error.message).toMatch(message);
    expect(error).toMatchObject({ code: "attribute_invalid", data: { column } });
  });

  it("what is printed reads as the same rules", () => {
    for (const [text] of valid)
      for (const { rule, text: printed } of parseExpectations(text))
        expect(parseExpectations(printed)[0]?.rule).toEqual(rule);
  });

  it("any text is read or refused, at a place within it", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(..."not_null(id),;: 'x\"1.>-*".split("")), maxLength: 40 }),
        (text) => {
          try {
            parseExpectations(text);
          } catch (error) {
            expect(error).toMatchObject({ code: "attribute_invalid" });
            const { column } = (error as { data: { column: number } }).data;
            expect(column).toBeGreaterThan(0);
            expect(column).toBeLessThanOrEqual(text.length + 1);
          }
        },
      ),
    );
  });

  it("the cell's severity is that of rules without their own", () => {
    const read = parseExpectations("rows(1); error: unique(id)", "warn");
    expect(read.map(({ name, severity }) => [name, severity])).toEqual([
      ["rows (warn)", "warn"],
      ["unique(id)", "error"],
    ]);
  });
});

describe("the SQL of a rule", () => {
  const sql = (text: string, columns = [{ name: "id", type: "INTEGER" }], previous: typeof columns | null = null) =>
    sqlOfRule(parseExpectations(text)[0]?.rule ?? { type: "schema_unchanged" }, {
      table: 'or"ders',
      columns,
      previous,
    });

  it("quotes what an author wrote", () => {
    const hostile = "accepted('a\"b': 'x'';drop')";
    expect(sql(hostile, [{ name: 'a"b', type: "VARCHAR" }])).toBe(
      `SELECT * FROM "or""ders" WHERE CAST("a""b" AS VARCHAR) NOT IN ('x'';drop')`,
    );
  });

  it("names a column that is not there, and those that are", () => {
    expect(() => sql("not_null(nope)")).toThrow('or"ders has no column nope; it has id');
  });

  it("a schema is held against the one that readers see; the first one passes", () => {
    const now = [{ name: "id", type: "VARCHAR" }];
    expect(sql("schema_unchanged", now)).toContain("WHERE false");
    expect(sql("schema_unchanged", now, now)).toContain("WHERE false");
    expect(
      sql("schema_unchanged", now, [
        { name: "id", type: "INTEGER" },
        { name: "x", type: "DATE" },
      ]),
    ).toContain("VALUES ('id', 'INTEGER', 'VARCHAR'), ('x', 'DATE', NULL::VARCHAR)");
  });
});

it.each([
  [true, { type: "said", passed: true, metadata: {} }],
  [
    { passed: false, mean: 3 },
    { type: "said", passed: false, metadata: { mean: 3 } },
  ],
  [[], { type: "values", values: [] }],
  [[1, 2], { type: "values", values: [1, 2] }],
])("a check may give %j", (value, verdict) => expect(readVerdict(value)).toEqual(verdict));

it.each([[42], ["no"], [null], [{}], [{ passed: "yes" }]])("a check may not give %j", (value) =>
  expect(() => readVerdict(value)).toThrow(
    /^a check gives the rows that are wrong, true or false, or \{passed: true, …\}; this one gave /,
  ),
);

function caught(body: () => unknown): Error {
  try {
    body();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("nothing was thrown");
}
