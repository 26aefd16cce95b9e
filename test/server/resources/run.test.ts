import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openSqliteFile } from "../../../server/store/sqlite-file.ts";
import { type LocalWorkspace, openLocal } from "../../support/local.ts";
import { notebook } from "../../support/workspace.ts";

const config = JSON.stringify({ resources: { shop: { kind: "sqlite", file: "data/shop.db" } } });

async function writeShop(root: string): Promise<void> {
  await mkdir(join(root, "data"), { recursive: true });
  const file = openSqliteFile(join(root, "data/shop.db"));
  file.exec(`create table orders (id integer primary key, name text, price real, day date, paid boolean, raw blob, big integer);
    insert into orders values (1, 'Ä "x"', 1.5, '2026-01-31', 1, x'00ff', 9007199254740993), (2, null, null, null, 0, null, null)`);
  file.close();
}

async function runAll(workspace: LocalWorkspace) {
  const run = await workspace.run();
  const { steps } = await workspace.call("run", { id: run.id });
  return Object.fromEntries(steps.map(({ key, state, error }) => [key, error === null ? state : error]));
}

async function exported(workspace: LocalWorkspace, key: string): Promise<string> {
  const { body } = (await workspace.call("data", { key, format: "json" } as never)) as {
    readonly body: AsyncIterable<Uint8Array> | Uint8Array;
  };
  const parts: Uint8Array[] = [];
  if (body instanceof Uint8Array) parts.push(body);
  else for await (const part of body) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}

test("a SQL cell with database= asks the resource, keeps its types, and is read by others", async () => {
  await using workspace = await openLocal({
    "cellar.json": config,
    "a.html": notebook([
      ["sql", 'output="orders" database="shop"', "SELECT * FROM orders ORDER BY id"],
      ["sql", 'output="total"', "SELECT count(*) AS n, max(big) AS big FROM orders"],
      ["js", "", "const wanted = 2;"],
      ["sql", 'output="one" database="shop"', "SELECT id, name FROM orders WHERE id = ${wanted}"],
      [
        "js",
        'output="pairs"',
        'Array.from(await resource("shop").query("SELECT id FROM orders WHERE id < ?", [wanted]), (row) => ({id: Number(row.id)}))',
      ],
    ]),
  });
  await writeShop(workspace.path);
  expect(await runAll(workspace)).toEqual({
    "a/orders": "succeeded",
    "a/total": "succeeded",
    "a/wanted": "succeeded",
    "a/one": "succeeded",
    "a/pairs": "succeeded",
  });
  const { materializations } = await workspace.call("history", { key: "a/orders" });
  expect(materializations[0]?.schema.map(({ name, type }) => `${name} ${type}`)).toEqual([
    "id BIGINT",
    "name VARCHAR",
    "price DOUBLE",
    "day DATE",
    "paid BOOLEAN",
    "raw BLOB",
    "big BIGINT",
  ]);
  expect(await exported(workspace, "a/total")).toContain("9007199254740993");
  expect(JSON.parse(await exported(workspace, "a/one"))).toEqual([{ id: 2, name: null }]);
  expect(JSON.parse(await exported(workspace, "a/pairs"))).toEqual([{ id: 1 }]);
  // what a resource holds may have changed: it is asked again
  expect(await runAll(workspace)).toMatchObject({ "a/orders": "succeeded", "a/total": "reused" });
});

test("a mistake in the SQL has its place; a name that is none, and SQL that is more than a question, are refused", async () => {
  await using workspace = await openLocal({
    "cellar.json": config,
    "a.html": notebook([
      ["sql", 'output="typo" database="shop"', "SELECT id,\n  nam FROM orders"],
      ["sql", 'output="unknown" database="store"', "SELECT 1"],
      ["sql", 'output="written" database="shop"', "DELETE FROM orders"],
      ["sql", 'output="attached" database="shop"', "ATTACH '/etc/passwd' AS other"],
      ["js", 'output="told"', 'secret("TOKEN")'],
    ]),
  });
  await writeShop(workspace.path);
  expect(await runAll(workspace)).toMatchObject({
    "a/typo": { code: "query_failed", message: "no such column: nam", cell: 1, line: 2, column: 3 },
    "a/unknown": {
      code: "resource_missing",
      cell: 2,
      message: expect.stringContaining('no resource is named "store": there are shop'),
    },
    "a/written": { code: "query_failed", message: "resource shop is read only; write one SELECT" },
    "a/attached": { code: "query_failed", message: "resource shop is read only; write one SELECT" },
    "a/told": { code: "forbidden", message: expect.stringContaining('{"secret": "TOKEN"}') },
  });
});
