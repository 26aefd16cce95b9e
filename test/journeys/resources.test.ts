import { mkdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openSqliteFile } from "../../server/store/sqlite-file.ts";
import { openApp, shows } from "../support/app.ts";
import { notebook } from "../support/workspace.ts";

test(
  "a page asks resources by way of the server: SQL follows its inputs, JavaScript fetches, and no secret comes with it",
  { timeout: 120_000 },
  async () => {
    const asked: string[] = [];
    const api = createServer((request, response) => {
      asked.push(`${request.url} ${request.headers["x-key"]}`);
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ rate: 1.25 }));
    });
    await new Promise<void>((resolve) => api.listen(0, "127.0.0.1", resolve));
    const { port } = api.address() as AddressInfo;
    const key = { secret: "RATES_KEY" };
    process.env["CELLAR_SECRET_RATES_KEY"] = "correct-horse-battery";
    await using app = await openApp({
      "cellar.json": JSON.stringify({
        resources: {
          shop: { kind: "sqlite", file: "data/shop.db" },
          rates: {
            ...{ kind: "http", url: `http://127.0.0.1:${port}/v1/`, private: true, headers: { "x-key": key } },
            notebooks: ["a"],
          },
          vault: { kind: "sqlite", file: "data/shop.db", notebooks: ["secret/*"] },
        },
      }),
      "a.html": notebook([
        ["js", "pinned", "const least = view(Inputs.range([0, 10], {step: 1, value: 2}));"],
        ["sql", 'pinned output="orders" database="shop"', "SELECT id, price, day FROM orders WHERE id >= ${least}"],
        ["sql", 'pinned output="total"', "SELECT count(*)::INT AS n, sum(price) AS price, max(day) AS day FROM orders"],
        ["md", "", "${Array.from(total, (row) => `${row.n} for ${row.price}`)[0]}"],
        ["js", "pinned", '(await (await resource("rates").fetch("eur")).json()).rate'],
        ["sql", 'pinned database="shop"', "SELECT absent FROM orders"],
        ["sql", 'pinned database="vault"', "SELECT 1 AS x"],
      ]),
    });
    mkdirSync(join(app.path, "data"), { recursive: true });
    const file = openSqliteFile(join(app.path, "data/shop.db"));
    file.exec(`create table orders (id integer primary key, price real, day date);
    insert into orders values (1, 1.5, '2026-01-01'), (2, 2.5, '2026-01-02'), (3, 3.5, '2026-01-03')`);
    file.close();
    const frame = await app.open("a.html");
    await shows(frame, "#cell-4", "2 for 6");
    await frame.locator("#cell-1 input[type=number]").fill("3");
    await shows(frame, "#cell-4", "1 for 3.5");
    await shows(frame, "#cell-5 .cell-output", "1.25");
    expect(asked).toContain("/v1/eur correct-horse-battery");
    await shows(frame, "#cell-6 .cell-error", "no such column: absent");
    await shows(frame, "#cell-7 .cell-error", "resource vault is not granted to a.html");
    expect(await frame.content()).not.toContain("correct-horse-battery");
    await new Promise((resolve) => api.close(resolve));
  },
);
