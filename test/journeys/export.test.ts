import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { decodeArrow } from "../../cells/data/arrow.ts";
import { openApp } from "../support/app.ts";
import { bareRows } from "../support/bare-rows.ts";
import { notebook } from "../support/workspace.ts";

const sql = `SELECT
  i::BIGINT + 9007199254740993 AS big,
  (i / 3)::DECIMAL(10, 4) AS amount,
  TIMESTAMPTZ '2026-01-01 00:00:00+00' + INTERVAL (i) HOUR AS moment,
  CASE WHEN i % 2 = 0 THEN 'é' || i END AS text,
  [i, i + 1] AS list,
  {'a': i, 'b': NULL::VARCHAR} AS nested
FROM range(50) t(i)`;

test("an asset leaves the page as Parquet and as Arrow with its types, and another engine reads the same rows", async () => {
  await using app = await openApp({ "a.html": notebook([["sql", 'output="typed"', sql]]) });
  const { workspace, token, origin } = app.server();
  await fetch(`${origin}/api/runs`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: "{}",
  });
  await expect.poll(async () => (await workspace.store.pointers()).length, { timeout: 20_000 }).toBe(1);
  await app.page.goto(`${origin}/assets/a/typed`);
  const download = async (name: RegExp) => {
    const [file] = await Promise.all([
      app.page.waitForEvent("download"),
      app.page.locator(".exports").getByRole("button", { name }).click(),
    ]);
    return file.path();
  };
  const parquet = await download(/parquet/i);
  const rows = await bareRows(`SELECT * FROM read_parquet('${parquet}')`);
  expect(rows).toEqual(await bareRows(sql));
  const arrow = decodeArrow(new Uint8Array(await readFile(await download(/arrow/i))));
  expect(arrow.numRows).toBe(50);
  expect(app.errors).toEqual([]);
});
