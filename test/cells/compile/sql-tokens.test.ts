import { DuckDBInstance } from "@duckdb/node-api";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readTokens } from "../../../cells/compile/sql-tokens.ts";
import { cpuMs } from "../../support/cpu-time.ts";

const brief = (text: string): readonly string[] =>
  readTokens(text).tokens.map((token) => `${token.type} ${token.text}`);

const cases: readonly (readonly [name: string, text: string, tokens: readonly string[]])[] = [
  ["words, keywords and numbers", "SELECT Foo_1, 1_000", ["word SELECT", "word Foo_1", "mark ,", "number 1_000"]],
  ["numbers", "1.5e-3 .5 5. 1e5_0", ["number 1.5e-3", "number .5", "number 5.", "number 1e5_0"]],
  ["there is no hexadecimal number", "0x1F", ["number 0", "word x1F"]],
  ["a number ends where a word begins", "1from 1e", ["number 1", "word from", "number 1", "word e"]],
  ["strings", "'a''b' E'a\\'b' '\\'", ["string 'a''b'", "string E'a\\'b'", "string '\\'"]],
  ["a string goes on after a line break", "'a' -- c\n 'b' 'c'", ["string 'ab'", "string 'c'"]],
  ["but not after a block comment", "'a' /* */\n'b'", ["string 'a'", "string 'b'"]],
  ["dollar quotes", "$$a'$$ $é$ $$ $é$", ["string $$a'$$", "string $é$ $$ $é$"]],
  ["a dollar within a word opens no quote", "a$$b$$", ["word a$$b$$"]],
  ["parameters", "?1 $1a $name ?", ["parameter ?1", "parameter $1", "word a", "parameter $name", "parameter ?"]],
  ["quoted names", '"a""b"."C d"', ['name "a""b"', "mark .", 'name "C d"']],
  ["unicode names", "é日本 😀", ["word é日本", "word 😀"]],
  [
    "operators keep a trailing minus only where they are custom",
    "a<-1 b->>-c",
    ["word a", "operator <", "operator -", "number 1", "word b", "operator ->>", "operator -", "word c"],
  ],
  ["custom operators", "5%-2 @-1", ["number 5", "operator %-", "number 2", "operator @-", "number 1"]],
  ["comments end an operator", "1+--x\n-/*y*/2", ["number 1", "operator +", "operator -", "number 2"]],
  ["comments nest", "1 /* a /* b */ c */ 2", ["number 1", "number 2"]],
  [
    "casts and arguments",
    "a::b f(c:=1) #1",
    [
      "word a",
      "mark ::",
      "word b",
      "word f",
      "mark (",
      "word c",
      "mark :=",
      "number 1",
      "mark )",
      "mark #",
      "number 1",
    ],
  ],
];

test.each(cases)("%s", (_name, text, tokens) => {
  expect(brief(text)).toEqual(tokens);
});

test("values are decoded: words in lower case, quotes undoubled, escapes resolved", () => {
  expect(readTokens(`ABÉ "a""B" 'a''b' E'a\\n\\'' $x$a'$x$`).tokens.map((token) => token.value)).toEqual([
    "abÉ",
    'a"B',
    "a'b",
    "a\n'",
    "a'",
  ]);
});

test("what is never closed is one token to the end, and a problem where it begins", () => {
  const spans = ["a 'b", 'a "b', "a $x$b", "a /* /* */", "a E'b\\'"].map((text) => readTokens(text).problems);
  expect(spans).toEqual([
    [{ message: "the string is never closed; end it with '", span: { start: 2, end: 3 } }],
    [{ message: 'the quoted name is never closed; end it with "', span: { start: 2, end: 3 } }],
    [{ message: "the string is never closed; end it with $x$", span: { start: 2, end: 5 } }],
    [{ message: "the comment is never closed; end it with */", span: { start: 2, end: 4 } }],
    [{ message: "the string is never closed; end it with '", span: { start: 2, end: 4 } }],
  ]);
});

test("tokens are in order, cover what is not white space or comment, and never throw", () => {
  const piece = fc.oneof(
    fc.string({ unit: "binary", maxLength: 3 }),
    fc.constantFrom(
      "'",
      '"',
      "$",
      "$$",
      "$a$",
      "/*",
      "*/",
      "--",
      "\n",
      " ",
      "e'",
      "\\",
      "${",
      "\\${",
      "x",
      "1",
      ".",
      "-",
    ),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const text = pieces.join("");
      let end = 0;
      for (const token of readTokens(text).tokens) {
        expect(token.start).toBeGreaterThanOrEqual(end);
        expect(token.end).toBeGreaterThan(token.start);
        end = token.end;
      }
      expect(end).toBeLessThanOrEqual(text.length);
    }),
  );
});

test("hostile texts of 64 KiB take time in proportion to their length", () => {
  const pieces = [
    "'",
    '"',
    "$a$",
    "/*",
    "*/",
    "-",
    "--",
    "'a'\n",
    "'a'--\n",
    "'a' ",
    "$",
    "E'\\",
    "1e",
    "1_",
    "((((",
    "a.",
    "$a",
    "${",
    "\\${",
    "//*",
  ];
  for (const piece of pieces) {
    const text = piece.repeat(Math.ceil(65536 / piece.length));
    expect(
      cpuMs(() => readTokens(text)),
      JSON.stringify(piece),
    ).toBeLessThan(50);
  }
});

test("white space is what DuckDB takes for white space", async () => {
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  const suspects = [...Array(0x21).keys(), 0x7f, 0x85, 0xa0, 0x1680, 0x180e, ...range(0x2000, 0x2070), 0x3000, 0xfeff];
  const ours = suspects.filter((code) => readTokens(`1${String.fromCharCode(code)}+1`).tokens.length === 3);
  const theirs: number[] = [];
  for (const code of suspects) {
    if (code === 0) continue;
    const text = `select 1${String.fromCharCode(code)}+1`;
    if (
      await connection.run(text).then(
        () => true,
        () => false,
      )
    )
      theirs.push(code);
  }
  // "!" makes an operator of its own
  expect(ours.filter((code) => code !== 0x21)).toEqual(theirs);
});

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}
