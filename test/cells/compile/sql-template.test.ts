import fc from "fast-check";
import { expect, test } from "vitest";
import { cutSql, statementText } from "../../../cells/compile/sql-template.ts";

/** Each case: source, what the engine gets, the expressions. */
const cases: readonly (readonly [source: string, sent: string, expressions: readonly string[]])[] = [
  ["select ${a}, ${b}, ${a}", "select $1, $2, $3", ["a", "b", "a"]],
  ["${x}", "$1", ["x"]],
  ["select ${ a + 1 } from t", "select $1 from t", ["a + 1"]],
  // what is no interpolation
  [
    "select '${x}', \"${x}\", $$${x}$$ -- ${x}\n/* ${x} /* ${x} */ */",
    "select '${x}', \"${x}\", $$${x}$$ -- ${x}\n/* ${x} /* ${x} */ */",
    [],
  ],
  ["select '\\d+', 'C:\\temp\\', '50\\%' escape '\\'", "select '\\d+', 'C:\\temp\\', '50\\%' escape '\\'", []],
  ["select E'it\\'s ${x}', ${y}", "select E'it\\'s ${x}', $1", ["y"]],
  ["select 'it''s ${x}', ${y}", "select 'it''s ${x}', $1", ["y"]],
  ["select '\\', ${y}", "select '\\', $1", ["y"]],
  ["select $1, '$' || '{'", "select $1, '$' || '{'", []],
  // escapes
  ["select '\\${x}', '$\\{x}', '\\$\\{x\\}'", "select '${x}', '${x}', '\\$\\{x\\}'", []],
  ["select '\\\\${x}'", "select '\\${x}'", []],
  ["select \\${x}, ${y}", "select ${x}, $1", ["y"]],
  // JavaScript of any kind within
  ["select ${{a: '}'}.a}, ${`}${`}`}`}, ${/* } */ x // }\n}", "select $1, $2, $3", ["{a: '}'}.a", "`}${`}`}`", "x"]],
  ["select ${(a, b)}, ${c, d}", "select $1, $2", ["(a, b)", "c, d"]],
  ["select ${/}/.source}, ${() => { return 1; }}", "select $1, $2", ["/}/.source", "() => { return 1; }"]],
  ["select ${'\\''}, ${\"'\"}, 'a'", "select $1, $2, 'a'", ["'\\''", '"\'"']],
  ["select ${await p}", "select $1", ["await p"]],
  // a parameter never runs into a word
  ["select a${x}b, 1${y}2, ${x}${y}", "select a $1 b, 1 $2 2, $3 $4", ["x", "y", "x", "y"]],
  ["select é${x}é", "select é $1 é", ["x"]],
  ["where x=${x}and y in(${y},${z})", "where x=$1 and y in($2,$3)", ["x", "y", "z"]],
  ["", "", []],
];

test.each(cases)("%j", (source, sent, expressions) => {
  const { template, parameters, problems, unclosed } = cutSql(source);
  expect(statementText(template.strings)).toBe(sent);
  expect(parameters.map(({ expression }) => source.slice(expression.start, expression.end))).toEqual(expressions);
  expect([...problems, ...unclosed].filter(({ severity }) => severity === "error")).toEqual([]);
});

test("strings begin at their offsets, and a parameter spans its braces", () => {
  const source = "a ${x}\n\\${b ${ y }";
  const { template, parameters } = cutSql(source);
  expect(template).toEqual({ strings: ["a ", "\n${b ", ""], offsets: [0, 6, 18], expressions: ["x", "y"] });
  expect(parameters.map(({ start, end }) => source.slice(start, end))).toEqual(["${x}", "${ y }"]);
});

test("${} inside quotes is told, with its place; in a comment, or escaped, it is not", () => {
  const source = "select 'a ${x} ${y}', \"${t}\", '\\${z}' -- ${c}";
  expect(cutSql(source).problems).toEqual([
    {
      severity: "warning",
      message:
        "${x} inside a string is text, not a parameter; take it out of the quotes, as in x = ${x}, or write \\${ for the text",
      span: { start: 10, end: 14 },
    },
    {
      severity: "warning",
      message:
        "${y} inside a string is text, not a parameter; take it out of the quotes, as in x = ${x}, or write \\${ for the text",
      span: { start: 15, end: 19 },
    },
    {
      severity: "warning",
      message:
        "${t} inside a quoted name is text, not a parameter; a name cannot be a parameter, or write \\${ for the text",
      span: { start: 23, end: 27 },
    },
  ]);
});

test("what cannot be parsed is a problem in its place", () => {
  const problem = (source: string): unknown => cutSql(source).problems[0];
  const never = "the ${ is never closed; end it with }";
  expect(problem("select ${}")).toEqual({
    severity: "error",
    message: "Unexpected token",
    span: { start: 9, end: 10 },
  });
  expect(problem("select ${x; y}")).toEqual({
    severity: "error",
    message: "Unexpected token",
    span: { start: 10, end: 11 },
  });
  expect(problem("select ${x y}")).toEqual({
    severity: "error",
    message: "Unexpected token",
    span: { start: 11, end: 12 },
  });
  expect(problem("select ${x")).toEqual({
    severity: "error",
    placed: false,
    message: never,
    span: { start: 7, end: 9 },
  });
  expect(problem("select ${x + ")).toEqual({
    severity: "error",
    placed: false,
    message: never,
    span: { start: 7, end: 9 },
  });
  expect(problem("select ${f(")).toEqual({
    severity: "error",
    placed: false,
    message: never,
    span: { start: 7, end: 9 },
  });
  expect(problem(`select \${${"(".repeat(60000)}`)).toMatchObject({ severity: "error" });
});

test("any text is cut without an error, into strings and parameters that make it up", () => {
  const piece = fc.oneof(
    fc.constantFrom("${x}", "${", "}", "'", '"', "$$", "\\", "--", "\n", "/*", "*/", "{", "`", "E'", "select ", "$a$"),
    fc.string({ unit: "binary", maxLength: 3 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
      const source = pieces.join("");
      const { template, parameters } = cutSql(source);
      expect(template.strings.length).toBe(parameters.length + 1);
      const ends = [...parameters.map(({ start }) => start), source.length];
      const raw = template.offsets.map((offset, i) => source.slice(offset, ends[i]));
      expect(raw.map((text) => text.replaceAll("\\", "")).join()).toBe(
        template.strings.map((text) => text.replaceAll("\\", "")).join(),
      );
    }),
  );
});
