import { readFileSync } from "node:fs";
import { tableFromIPC } from "apache-arrow";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exportRows } from "../../../server/engine/export.ts";
import type { ExportFormat } from "../../../server/engine/messages.ts";
import { materialize, newTarget, openFixture, read, type EngineFixture } from "./fixture.ts";

let fixture: EngineFixture;
beforeAll(async () => void (fixture = await openFixture()));
afterAll(() => fixture.close());

async function exported(sql: string | readonly string[], format: ExportFormat, guardFormulas = false): Promise<string> {
  const paths = await Promise.all([sql].flat().map(async (text) => (await materialize(fixture, { sql: text })).target));
  const target = newTarget(fixture, format);
  const place = { temporary: fixture.temporary, folders: [] };
  const request = { input: { format: "parquet", paths }, format, target, guardFormulas } as const;
  const { bytes } = await exportRows(fixture.database, request, place, new AbortController().signal);
  expect(bytes).toBe(readFileSync(target).length);
  return target;
}

describe("export", () => {
  it("writes CSV as RFC 4180 has it: quotes, line breaks, and NULL apart from an empty text", async () => {
    const target = await exported("select 'a,b' as x, e'q\"q\\r\\nr' as y, null as n, '' as e, '=1+1' as f", "csv");
    expect(readFileSync(target, "utf8")).toBe('x,y,n,e,f\n"a,b","q""q\r\nr",,"",=1+1\n');
  });

  it("guards texts that a spreadsheet would run, where asked to", async () => {
    const sql = "select unnest(['=1+1', '+1', '-1', '@x', e'\\t1', 'a=1', null]) as f, -5 as n";
    const target = await exported(sql, "csv", true);
    expect(readFileSync(target, "utf8")).toBe("f,n\n'=1+1,-5\n'+1,-5\n'-1,-5\n'@x,-5\n'\t1,-5\na=1,-5\n,-5\n");
  });

  it("writes JSON with all digits, ISO times, Base64 bytes, and null for what JSON has no number for", async () => {
    const target = await exported(
      `select 9007199254740993 as i, 12345678901234567890.123456789::decimal(38,9) as d, 'nan'::double as f,
         timestamp '2024-01-01 10:00:00.5' as t, timestamptz '2024-01-01 00:00:00+02' as z, date '2024-02-29' as day,
         'a\\xFF'::blob as b, {'x': ['inf'::float, 1.5], 'm': map {'k': timestamp '2024-01-01'}} as s, null::struct(a double) as n,
         '{"k": [1, 2]}'::json as j, 'é"' as u`,
      "json",
    );
    expect(readFileSync(target, "utf8").trim().split("\n")).toEqual([
      "[",
      '\t{"i":9007199254740993,"d":12345678901234567890.123456789,"f":null,"t":"2024-01-01T10:00:00.500000","z":"2023-12-31T22:00:00.000000Z","day":"2024-02-29","b":"Yf8=","s":{"x":[null,1.5],"m":{"k":"2024-01-01T00:00:00.000000"}},"n":null,"j":"{\\"k\\": [1, 2]}","u":"é\\""}',
      "]",
    ]);
  });

  it.each(["arrow", "arrow-stream"] as const)("writes %s of several row groups and files", async (format) => {
    const part =
      "select i, 'r' || i as name, case when i % 3 = 0 then null else i / 7 end as x from range(200000) t(i)";
    const target = await exported([part, `${part} limit 10`], format);
    const table = tableFromIPC(readFileSync(target));
    expect([table.numRows, table.schema.names, table.batches.length]).toEqual([200010, ["i", "name", "x"], 2]);
    expect(table.get(199999)?.toJSON()).toEqual({ i: 199999n, name: "r199999", x: 199999 / 7 });
    expect(table.get(200003)?.toJSON()).toEqual({ i: 3n, name: "r3", x: null });
  });

  it.each(["arrow", "arrow-stream"] as const)("writes %s of an empty relation with its schema", async (format) => {
    const table = tableFromIPC(readFileSync(await exported("select 1 as a, 'x' as b limit 0", format)));
    expect([table.numRows, table.schema.names]).toEqual([0, ["a", "b"]]);
  });

  it("writes one Parquet file of several", async () => {
    const target = await exported(["select 1 as a", "select 2 as a, 'x' as b"], "parquet");
    expect(await read(fixture, `from '${target}' order by a`)).toEqual([
      ["1", null],
      ["2", "x"],
    ]);
  });
});
