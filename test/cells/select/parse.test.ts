import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AppError } from "../../../cells/errors.ts";
import { attributeNames, isValues, type Selection } from "../../../cells/select/grammar.ts";
import { parseSelection } from "../../../cells/select/parse.ts";
import { cpuMs } from "../../support/cpu-time.ts";
import { printSelection } from "../../../cells/select/print.ts";

const key = (pattern: string): Selection => ({ type: "key", pattern });

describe("text to tree", () => {
  const cases: readonly [text: string, tree: Selection][] = [
    ["", { type: "all" }],
    ["  ", { type: "all" }],
    ["*", { type: "all" }],
    ["orders", key("orders")],
    ["sales/orders", key("sales/orders")],
    ["2024/orders", key("2024/orders")],
    ["sales/*", key("sales/*")],
    ['"a b"', key("a b")],
    ['key:"say \\"hi\\" \\\\"', key('say "hi" \\')],
    ["key:owner", key("owner")],
    ["key:/^sales\\/o/", { type: "regex", source: "^sales\\/o" }],
    ["file:data/*", { type: "file", pattern: "data/*" }],
    ["tag:foo", { type: "tag", name: "foo", value: null }],
    ['tag:foo=""', { type: "tag", name: "foo", value: "" }],
    ["tag:foo=<null>", { type: "tag", name: "foo", value: "" }],
    ["tag:foo=bar", { type: "tag", name: "foo", value: "bar" }],
    ["tag:year=2024", { type: "tag", name: "year", value: "2024" }],
    ["tag:<null>", { type: "tag", name: null, value: null }],
    ["owner:<null>", { type: "attribute", name: "owner", value: null }],
    ["is:stale", { type: "is", value: "stale" }],
    ["not_materialized_in_hours:24", { type: "not_materialized_in_hours", hours: 24 }],
    ["+a", { type: "traverse", of: key("a"), up: Infinity, down: null }],
    ["1+a+2", { type: "traverse", of: key("a"), up: 1, down: 2 }],
    ["2 + a", { type: "traverse", of: key("a"), up: 2, down: null }],
    [
      "a or b and not c",
      { type: "or", of: [key("a"), { type: "and", of: [key("b"), { type: "not", of: key("c") }] }] },
    ],
    ["a and b and c", { type: "and", of: [key("a"), key("b"), key("c")] }],
    ["(a or b)+", { type: "traverse", of: { type: "or", of: [key("a"), key("b")] }, up: null, down: Infinity }],
    ["a - b and c", { type: "and", of: [{ type: "minus", of: [key("a"), key("b")] }, key("c")] }],
    ["a-b", key("a-b")],
    ["roots(sinks(a))", { type: "roots", of: { type: "sinks", of: key("a") } }],
    ["größe", key("größe")],
  ];
  it.each(cases)("%s", (text, tree) => {
    expect(parseSelection(text)).toEqual(tree);
    expect(parseSelection(printSelection(tree))).toEqual(tree);
  });
});

describe("errors point at the column", () => {
  const cases: readonly [text: string, column: number, message: RegExp][] = [
    ["a b", 3, /expected and, or, - or the end, not "b"/],
    ["a and", 6, /expected an asset, not the end/],
    ["and", 1, /not the operator and/],
    ["owner", 1, /owner needs a value; write owner:value, or key:owner/],
    ["owner:me@x.org", 9, /not "@"/],
    ["tag:foo=", 9, /tag foo= needs a value, not the end/],
    ["*+", 2, /\* is everything already/],
    ["+*", 1, /\* is everything already/],
    ["+", 2, /expected an asset/],
    ["a++", 3, /expected and/],
    ["is:nonsense", 4, /is: asks for virtual, .* not nonsense/],
    ["colour:red", 1, /there is no attribute colour/],
    ["(a or b", 1, /this parenthesis is not closed/],
    ["a)", 2, /expected and/],
    ['key:"a', 5, /this quote is not closed/],
    ["key:/a(/", 7, /this \( is not closed/],
    ["leaves(a)", 1, /there is no function leaves/],
    ["7", 1, /the number 7 stands alone/],
  ];
  it.each(cases)("%s", (text, column, message) => {
    const error = errorOf(text);
    expect(error?.code).toBe("selection_invalid");
    expect(error?.data).toEqual({ column });
    expect(error?.message).toMatch(message);
    expect(error?.message).toContain(`(column ${column})`);
  });
});

describe("no text is slow or fatal (A24)", () => {
  const nonsense: readonly [name: string, text: string][] = [
    ["10,000 parentheses", "(".repeat(10_000) + "a" + ")".repeat(10_000)],
    ["10,000 not", "not ".repeat(10_000) + "a"],
    ["10,000 plus", "+".repeat(10_000)],
    ["a long word and an odd end", "a".repeat(65_535) + "!"],
    ["a long number", "1".repeat(65_536)],
    ["many quotes", '"'.repeat(65_535)],
    ["many stars", "a" + "*/".repeat(32_000)],
    ["a long regular expression", `key:/${"(a*)*".repeat(10_000)}/`],
    ["too long", "a".repeat(70_000)],
    ["many hyphens", "a" + "-".repeat(65_000)],
    ["many spaces", " ".repeat(65_535) + "("],
    ["a long and", Array.from({ length: 5000 }, (_, i) => `k${i}`).join(" and ")],
  ];
  it.each(nonsense)("%s", (_name, text) => {
    const took = cpuMs(() => expect(["AppError", undefined]).toContain(errorOf(text)?.name));
    expect(took).toBeLessThan(200);
  });

  it("any text parses or is refused with its column", () => {
    const pieces = fc.constantFrom(
      "a",
      "(",
      ")",
      "+",
      "-",
      " ",
      "and",
      "not",
      ":",
      '"',
      "/",
      "*",
      "=",
      "<null>",
      "tag:",
      "1",
      "key:/",
      "\\",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(pieces).map((list) => list.join("")),
          fc.array(pieces).map((list) => list.join(" ")),
        ),
        (text) => {
          const error = errorOf(text);
          if (!error) expect(parseSelection(printSelection(parseSelection(text)))).toEqual(parseSelection(text));
          else expect(error.message).toContain(`(column ${error.data["column"]})`);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe("print", () => {
  it("parse(print(s)) is s", () => {
    fc.assert(
      fc.property(selections, (selection) => {
        expect(parseSelection(printSelection(selection))).toEqual(selection);
      }),
      {
        numRuns: 2000,
      },
    );
  });
});

function errorOf(text: string): AppError | null {
  try {
    parseSelection(text);
    return null;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

const values = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.stringMatching(/^[a-z_][a-z0-9_/-]{0,8}$/),
  fc.constantFrom("and", "owner", "*", "a*", "2", "2-", "a-"),
);
const layers = fc.oneof(fc.constant(null), fc.constant(Infinity), fc.nat(20));
const selections: fc.Arbitrary<Selection> = fc.letrec<{ tree: Selection }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constant<Selection>({ type: "all" }),
    values.map<Selection>((pattern) => ({ type: "key", pattern })),
    values.map<Selection>((pattern) => ({ type: "file", pattern })),
    fc.constantFrom<Selection>({ type: "regex", source: "^a\\/(b|c)*$" }, { type: "regex", source: "" }),
    fc.tuple(values, fc.option(values)).map<Selection>(([name, value]) => ({ type: "tag", name, value })),
    fc.constant<Selection>({ type: "column_tag", name: null, value: null }),
    fc
      .tuple(fc.constantFrom(...attributeNames), fc.option(values))
      .map<Selection>(([name, value]) => ({ type: "attribute", name, value })),
    fc.constantFrom(...isValues).map<Selection>((value) => ({ type: "is", value })),
    fc.nat(1000).map<Selection>((hours) => ({ type: "not_materialized_in_hours", hours })),
    fc
      .tuple(
        fc.constantFrom("and" as const, "or" as const, "minus" as const),
        fc.array(tie("tree"), { minLength: 2, maxLength: 4 }),
      )
      .map<Selection>(([type, of]) => ({ type, of })),
    fc
      .tuple(fc.constantFrom("not" as const, "roots" as const, "sinks" as const), tie("tree"))
      .map<Selection>(([type, of]) => ({ type, of })),
    fc
      .tuple(tie("tree"), layers, layers)
      .filter(([, up, down]) => up !== null || down !== null)
      .map<Selection>(([of, up, down]) => ({ type: "traverse", of, up, down })),
  ),
})).tree;
