import { DuckDBInstance, type DuckDBConnection } from "@duckdb/node-api";
import { beforeAll, expect, test } from "vitest";
import { readEngineError, toSourceOffset } from "../../../cells/compile/sql-positions.ts";
import { cutSql, statementText } from "../../../cells/compile/sql-template.ts";
import { messageOf } from "../../../cells/errors.ts";

let json: DuckDBConnection;
let plain: DuckDBConnection;
beforeAll(async () => {
  json = await (await DuckDBInstance.create(":memory:", { errors_as_json: "true" })).connect();
  plain = await (await DuckDBInstance.create(":memory:")).connect();
});

/** `‸` is where the error is: the source, the type of error, its sentence. */
const cases: readonly (readonly [marked: string, type: string, message: RegExp])[] = [
  ["select ‸nope", "Binder", /^Referenced column "nope" was not found/],
  ["select 'é日本😀', ‸nope", "Binder", /"nope"/],
  ["select 'é😀' frm ‸x y z", "Parser", /^syntax error at or near "x"$/],
  ["select 1;\n select 'é😀' frm ‸x y z", "Parser", /near "x"/],
  ["select 1;\nselect\n  'é', ‸nope from range(1)", "Binder", /"nope"/],
  ["select\n  'a',\r\n  ‸nope\nfrom range(3)", "Binder", /"nope"/],
  ["\tselect\t'日本'\t, ‸nope", "Binder", /"nope"/],
  ["select\u00a0'é',\u3000‸nope", "Binder", /"nope"/],
  ["select '\u00a0',\u2003‸nope", "Binder", /"nope"/],
  [`select '${"é".repeat(100)}', ‸nope, '${"b".repeat(100)}'`, "Binder", /"nope"/],
  [`select '${"日本".repeat(50)}' , ‸nope, '${"日本".repeat(50)}'`, "Binder", /"nope"/],
  ["select * from ‸nope", "Catalog", /^Table with name nope does not exist/],
  ["select ‸nosuchfunction(1)", "Catalog", /nosuchfunction/],
  ["select ‸cast('x' as int)", "Conversion", /^Could not convert string 'x'/],
  // parameters: the text that is sent is another
  ["select ${a}, 'é', ${b + 1}, ‸nope", "Binder", /"nope"/],
  ["select ${a}\n, ${`\n`}, ‸nope", "Binder", /"nope"/],
  ["select a‸${x}b frm y z", "Parser", /near "\$1"/],
  ["select * from range(1) where x‸${a}", "Parser", /\$1/],
  ["select ${a}, * from ‸${b}", "Parser", /\$2/],
  ["select '\\${x}', '$\\{é}', ${a}, '\\${y}', ‸nope", "Binder", /"nope"/],
  ["select ${a}‸${b} frm x y", "Parser", /near "\$2"/],
  ["select ${a}, 1 frm ‸x y", "Parser", /near "x"/],
];

test.each(cases)("%s", async (marked, type, message) => {
  const source = marked.replace("‸", "");
  const { template } = cutSql(source);
  const text = statementText(template.strings);
  const found = await Promise.all(
    [json, plain].map(async (connection) => {
      const thrown = await errorOf(connection, text, template.strings.length - 1);
      const { offset, ...error } = readEngineError(thrown, text);
      return { ...error, place: offset === null ? null : toSourceOffset(source, template, offset) };
    }),
  );
  for (const error of found) {
    expect(error.type).toBe(type);
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain("LINE");
  }
  const places = found.map(({ place }) => (place === null ? null : `${source.slice(0, place)}‸${source.slice(place)}`));
  expect(places).toEqual([marked, marked]);
});

test("an error without a place has none", async () => {
  const text = "select * from (select 1 a) where a.b.c = 1";
  const errors = await Promise.all([json, plain].map(async (c) => readEngineError(await errorOf(c, text, 0), text)));
  expect(errors.map(({ type, offset }) => ({ type, offset }))).toEqual([
    { type: "Binder", offset: null },
    { type: "Binder", offset: null },
  ]);
});

test("what is no message of the engine is left as it is", () => {
  expect(readEngineError("the connection is closed", "select 1")).toEqual({
    type: "",
    message: "the connection is closed",
    offset: null,
  });
  expect(readEngineError('{"exception_type": 1', "select 1")).toEqual({
    type: "",
    message: '{"exception_type": 1',
    offset: null,
  });
});

test("every offset of the text sent lies in the source, in order", () => {
  const source = "select a${x}b, '\\${q}', ${y}${z} from t -- $\\{\n";
  const { template } = cutSql(source);
  const text = statementText(template.strings);
  const offsets = Array.from(text, (_, offset) => toSourceOffset(source, template, offset));
  expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
  const kept = [...text].flatMap((char, i) => (/[a-z']/.test(char) ? [[char, source[offsets[i] ?? 0]]] : []));
  for (const [sent, written] of kept) expect(written).toBe(sent);
});

async function errorOf(connection: DuckDBConnection, text: string, count: number): Promise<string> {
  try {
    await connection.run(text, count === 0 ? undefined : Array.from({ length: count }, () => 1));
  } catch (error) {
    return messageOf(error);
  }
  throw new Error(`no error: ${text}`);
}
