import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { readdir, readFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type LocalWorkspace, openLocal } from "../../support/local.ts";
import { notebook } from "../../support/workspace.ts";

const canary = "s3cr3t-c4nary+value/9";
let address = "";
let asked: IncomingMessage[] = [];
let close: () => Promise<void>;

function answer(request: IncomingMessage, response: ServerResponse): void {
  asked.push(request);
  const send = (type: string, body: string) => response.writeHead(200, { "content-type": type }).end(body);
  switch (request.url ?? "") {
    case "/v1/orders.csv":
      return void send("text/csv", "id,name\n1,a\n2,b\n");
    case "/v1/rows?page=1":
      return void send("application/json; charset=utf-8", '[{"id": 1, "at": "2026-01-01"}]');
    case "/v1/echo":
      return void send(
        "application/json",
        JSON.stringify({ auth: request.headers.authorization, b64: Buffer.from(canary).toString("base64") }),
      );
    case "/v1/away":
      return void response.writeHead(302, { location: "http://169.254.169.254/latest" }).end();
    case "/v1/large":
      return void send("text/plain", "x".repeat(5000));
    default:
      return void response.writeHead(404).end(`nothing for ${request.headers.authorization ?? ""}`);
  }
}

beforeEach(async () => {
  asked = [];
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/`;
  close = () => new Promise((resolve) => (server.closeAllConnections(), server.close(() => resolve())));
  process.env["CELLAR_SECRET_API_TOKEN"] = canary;
});
afterEach(async () => {
  delete process.env["CELLAR_SECRET_API_TOKEN"];
  await close();
});

const api = (more: object = {}) =>
  JSON.stringify({
    resources: {
      api: {
        kind: "http",
        url: address,
        private: true,
        notebooks: ["sales/*"],
        maxBytes: 4000,
        headers: { Authorization: { secret: "API_TOKEN", prefix: "Bearer " } },
        ...more,
      },
    },
  });

async function errors(workspace: LocalWorkspace) {
  const run = await workspace.run();
  const { steps } = await workspace.call("run", { id: run.id });
  return Object.fromEntries(steps.map(({ key, state, error }) => [key, error === null ? state : error.message]));
}

test("SQL reads what an address answers as files, JavaScript fetches; the secret goes along, and nowhere else", async () => {
  await using workspace = await openLocal({
    "cellar.json": api(),
    "sales/a.html": notebook([
      [
        "sql",
        'output="orders" database="api"',
        "SELECT o.id, name, r.at AS day FROM 'orders.csv' o LEFT JOIN read_json('rows?page=1') r USING (id) ORDER BY 1",
      ],
      [
        "js",
        'output="echo"',
        '(await resource("api").fetch("echo")).json().then((value) => (console.log(value.auth), value))',
      ],
      [
        "js",
        'output="missing"',
        '(await resource("api").fetch("nothing")).text().then((text) => { throw new Error(text); })',
      ],
      ["sql", 'output="tables" database="api"', "SELECT * FROM 'rows'"],
    ]),
  });
  expect(await errors(workspace)).toEqual({
    "sales/a/tables":
      "resource api has no tables, and rows does not name a file by its end; write FROM read_json('rows'), read_csv or read_parquet",
    "sales/a/orders": "succeeded",
    "sales/a/echo": "succeeded",
    "sales/a/missing": "nothing for Bearer [secret API_TOKEN]",
  });
  expect(asked.map(({ headers }) => headers.authorization)).toEqual(asked.map(() => `Bearer ${canary}`));
  // everything that this workspace wrote, and everything that it says
  const said = [
    JSON.stringify(await workspace.call("lineage", {})),
    JSON.stringify(await workspace.call("assets", {})),
    JSON.stringify(await workspace.open.store.eventsAfter(0, 10_000)),
    JSON.stringify(await workspace.call("resources", { check: true })),
  ];
  const files = (await readdir(workspace.path, { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  );
  for (const { parentPath, name } of files) said.push(await readFile(join(parentPath, name), "latin1"));
  const forms = [
    canary,
    Buffer.from(canary).toString("base64"),
    Buffer.from(canary).toString("hex"),
    encodeURIComponent(canary),
  ];
  for (const form of forms) expect(said.filter((text) => text.includes(form))).toEqual([]);
  expect(said.some((text) => text.includes("[secret API_TOKEN]"))).toBe(true);
});

test("who was not granted it, what leads elsewhere, and what is too large gets a sentence that says what to do", async () => {
  const cell = (path: string) => `(await resource("api").fetch(${JSON.stringify(path)})).text()`;
  await using workspace = await openLocal({
    "cellar.json": api(),
    "hr/b.html": notebook([["js", 'output="other"', cell("orders.csv")]]),
    "sales/a.html": notebook([
      ["js", 'output="away"', cell("away")],
      ["js", 'output="up"', cell("../admin")],
      ["js", 'output="abs"', cell("https://example.com/")],
      ["js", 'output="large"', cell("large")],
      ["js", 'output="post"', '(await resource("api").fetch("echo", {method: "POST", body: "x"})).text()'],
      ["js", 'output="host"', '(await resource("api").fetch("echo", {headers: {Host: "x"}})).text()'],
    ]),
  });
  expect(await errors(workspace)).toEqual({
    "hr/b/other":
      'resource api is not granted to hr/b.html; in cellar.json, write "notebooks": ["sales/*","hr/b"] into resources.api',
    "sales/a/away": expect.stringContaining("redirect to another origin, http://169.254.169.254"),
    "sales/a/up": expect.stringContaining('has no "../admin": a path is relative and stays below'),
    "sales/a/abs": expect.stringContaining("stays below the url"),
    "sales/a/large": expect.stringContaining('larger than 4000 bytes; ask for less, or give it a larger "maxBytes"'),
    "sales/a/post": expect.stringContaining('is not asked with POST; add it to its "methods"'),
    "sales/a/host": expect.stringContaining('may not be sent the header "Host"'),
  });
});

test("private addresses are refused unless the resource says so, and a missing secret says how to give it", async () => {
  const page = notebook([["js", 'output="x"', '(await resource("api").fetch("orders.csv")).text()']]);
  await using closed = await openLocal({ "cellar.json": api({ private: false }), "sales/a.html": page });
  expect((await errors(closed))["sales/a/x"]).toContain(
    '127.0.0.1, an address that is not public; write "private": true',
  );
  expect(asked).toEqual([]);
  delete process.env["CELLAR_SECRET_API_TOKEN"];
  await using bare = await openLocal({ "cellar.json": api(), "sales/a.html": page });
  expect((await errors(bare))["sales/a/x"]).toBe(
    "resource api needs the secret API_TOKEN, which is not there; run cellar secret set API_TOKEN, or start Cellar with CELLAR_SECRET_API_TOKEN",
  );
});
