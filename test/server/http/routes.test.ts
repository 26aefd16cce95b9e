import { afterAll, beforeAll, expect, test } from "vitest";
import type { Route } from "../../../cells/api/route.ts";
import { routes } from "../../../cells/api/routes.ts";
import { fillPath } from "../../../cells/api/client.ts";
import { type Clock, systemClock } from "../../../server/clock.ts";
import { notebook, startServer } from "../../support/workspace.ts";

let server: Awaited<ReturnType<typeof startServer>>;
let share: string;
/** how far the server's clock is ahead: wrong tokens are counted by the minute, and there are more routes than guesses */
let ahead = 0;
const clock: Clock = {
  now: () => systemClock.now() + ahead,
  wake: (at, call) => systemClock.wake(at - ahead, call),
};
beforeAll(async () => {
  server = await startServer({ "a.html": notebook([["sql", 'output="one"', "SELECT 1 AS x"]]) }, { clock });
  const made = await ask("POST", "/api/shares", server.token, "{}");
  share = ((await made.json()) as { token: string }).token;
});
afterAll(() => server[Symbol.asyncDispose]());

function ask(method: string, path: string, token: string | null, body?: string): Promise<Response> {
  return fetch(server.origin + path, {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body }),
    signal: AbortSignal.timeout(10_000),
  });
}

/** The whole of it: a route that is not here fails the test, so that none can be forgotten (A7). */
const matrix: Readonly<Record<string, "none" | "token" | "share">> = {
  "GET /api/health": "none",
  "POST /api/login": "none",
  "POST /api/login-codes": "token",
  "GET /api/session": "token",
  "GET /api/openapi.json": "none",
  "GET /api/cellar.schema.json": "none",
  "GET /api/metrics": "token",
  "GET /api/events": "token",
  "GET /api/notebooks": "token",
  "GET /api/notebooks/:path": "token",
  "PUT /api/notebooks/:path": "token",
  "DELETE /api/notebooks/:path": "token",
  "POST /api/notebooks/:path/trust": "token",
  "GET /api/notebooks/:path/params": "token",
  "POST /api/notebooks/:path/publish": "token",
  "DELETE /api/notebooks/:path/publish": "token",
  "GET /api/check": "token",
  "GET /api/files": "token",
  "GET /api/files/:name": "token",
  "PUT /api/files/:name": "token",
  "GET /api/assets": "token",
  "GET /api/assets/:key/partitions": "token",
  "GET /api/partitions/:name": "token",
  "POST /api/partitions/:name": "token",
  "DELETE /api/partitions/:name/:partition": "token",
  "GET /api/backfills": "token",
  "POST /api/backfills": "token",
  "POST /api/backfills/plan": "token",
  "GET /api/backfills/:id": "token",
  "POST /api/backfills/:id/cancel": "token",
  "POST /api/backfills/:id/retry": "token",
  "GET /api/assets/:key/materializations": "token",
  "DELETE /api/assets/:key/materializations": "token",
  "GET /api/assets/:key/data": "share",
  "GET /api/assets/:key/rows": "token",
  "POST /api/query": "token",
  "GET /api/hydration/:path": "token",
  "GET /api/plan": "token",
  "GET /api/runs": "token",
  "POST /api/runs": "token",
  "GET /api/runs/:id": "token",
  "GET /api/runs/:id/events": "token",
  "POST /api/runs/:id/cancel": "token",
  "POST /api/runs/:id/retry": "token",
  "GET /api/schedules": "token",
  "GET /api/schedules/:name/ticks": "token",
  "GET /api/schedules/:name/preview": "token",
  "POST /api/schedules/:name/pause": "token",
  "POST /api/schedules/:name/resume": "token",
  "GET /api/jobs": "token",
  "POST /api/jobs/:name/run": "token",
  "GET /api/resources": "token",
  "POST /api/resources/:name/query": "token",
  "POST /api/resources/:name/fetch": "token",
  "GET /api/assets/:key/series": "token",
  "GET /api/checks": "token",
  "GET /api/checks/:key/:check/rows": "token",
  "POST /api/checks/run": "token",
  "GET /api/freshness": "token",
  "GET /api/alerts": "token",
  "POST /api/alerts/:name/test": "token",
  "POST /api/assets/:key/report": "token",
  "GET /api/automation": "token",
  "GET /api/automation/:key/evaluations": "token",
  "POST /api/automation/pause": "token",
  "POST /api/automation/signal": "token",
  "POST /api/tests": "token",
  "GET /api/changes": "token",
  "GET /api/branches": "token",
  "POST /api/branches": "token",
  "PUT /api/branches/:name": "token",
  "DELETE /api/branches/:name": "token",
  "POST /api/branches/:name/runs": "token",
  "GET /api/branches/:name/diff": "token",
  "POST /api/branches/:name/promote": "token",
  "POST /api/branches/:name/rollback": "token",
  "GET /api/sensors": "token",
  "GET /api/sensors/:key": "token",
  "POST /api/sensors/:key": "token",
  "POST /api/sensors/:key/test": "token",
  "POST /api/sensors/:key/webhook": "none",
  "GET /api/lineage": "token",
  "GET /api/shares": "token",
  "POST /api/shares": "token",
  "DELETE /api/shares/:id": "token",
  "GET /api/shared": "share",
};

test("A7 the router has exactly the routes of the matrix, and pages", () => {
  const api = server.http.routes.filter((route) => route.includes(" /api")).map((route) => route.split(" "));
  expect(Object.fromEntries(api.map(([method, path, auth]) => [`${method} ${path}`, auth]))).toEqual(matrix);
  for (const route of server.http.routes.filter((name) => !name.includes(" /api")))
    expect(route).toMatch(/^(GET|HEAD) .* (page|none)$/);
});

for (const [name, route] of Object.entries(routes) as [string, Route][]) {
  const { path } = fillPath(route.path, { path: "a.html", name: "x.csv", key: "a/one", id: "none", partition: "k" });
  const body = route.body === "json" ? "{}" : undefined;
  test(`A7 ${name}: no token, a wrong one, another link's`, async () => {
    ahead += 1_100;
    if (route.auth === "none") {
      expect((await ask(route.method, path, null, body)).status).not.toBe(401);
      return;
    }
    for (const token of [null, "x".repeat(43), "a b"])
      expect([token, (await ask(route.method, path, token, body)).status]).toEqual([token, 401]);
    if (route.auth === "token") expect((await ask(route.method, path, share, body)).status).toBe(401);
  });
}

test("the document of the API describes every route", async () => {
  const document = (await (await ask("GET", "/api/openapi.json", null)).json()) as {
    paths: Record<string, Record<string, unknown>>;
  };
  const described = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ":$1")}`),
  );
  expect(described.sort()).toEqual(Object.keys(matrix).sort());
});

test("A39 what is malformed is answered with a code and a sentence, never with a path or a stack", async () => {
  const answers = [
    await ask("POST", "/api/runs", server.token, "{"),
    await ask("POST", "/api/runs", server.token, "[]"),
    await ask("POST", "/api/runs", server.token, '{"select": 5}'),
    await ask("POST", "/api/runs", server.token, '{"select": "a or or"}'),
    await ask("GET", "/api/assets/nothing", server.token),
    await ask("GET", "/api/assets/a%2Fnone/data", server.token),
    await ask("GET", "/api/assets/..%2F..%2Fetc/data", server.token),
    await ask("GET", "/api/notebooks/..%2Fx.html", server.token),
    await ask("GET", "/api/files/%2Fetc%2Fpasswd", server.token),
    await ask("GET", "/api/runs?limit=x", server.token),
    await ask("GET", "/api/nothing", server.token),
  ];
  for (const answer of answers) {
    const text = await answer.text();
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(Object.keys(JSON.parse(text) as object)).toEqual(["code", "message", "data"]);
    expect(text).not.toContain(server.path);
    expect(text).not.toMatch(/\.ts:\d|node_modules|\bat \w+ \(/);
  }
});

const wrong: readonly (readonly [
  method: string,
  path: string,
  body: string | undefined,
  status: number,
  sentence: string,
])[] = [
  ["POST", "/api/runs", "{", 400, "the request body is not JSON"],
  ["POST", "/api/runs", "[]", 400, "the request body must be one JSON object"],
  ["POST", "/api/runs", '{"select": 5}', 400, "POST /api/runs: select: must be string; see /api/openapi.json"],
  [
    "POST",
    "/api/checks/run",
    '{"selct": "a/one"}',
    400,
    'POST /api/checks/run: "selct" is no member of it; did you mean select? there are select',
  ],
  ["POST", "/api/runs", '{"select": "a or or"}', 400, "expected an asset, not the operator or (column 6)"],
  ["GET", "/api/runs?limit=x", undefined, 400, "GET /api/runs: limit: must be integer; see /api/openapi.json"],
  ["GET", "/api/assets?at=x", undefined, 400, 'not a time: "x"; write it as 2026-01-31T09:00:00Z'],
  ["GET", "/api/assets/a%2Foen/materializations", undefined, 404, "no asset has the key a/oen; did you mean a/one?"],
  ["GET", "/api/assets/a%2Fone/data?format=xls", undefined, 400, "format: must be one of parquet, "],
  ["POST", "/api/query", "{}", 400, "POST /api/query: sql is missing; see /api/openapi.json"],
  ["PUT", "/api/notebooks/a.html", "{}", 400, "text and base are missing"],
  ["GET", "/api/lineage?run=x", undefined, 404, "no run has the id x; cellar runs shows those there are"],
  ["POST", "/api/jobs/nope/run", "{}", 404, 'no job of cellar.json is named "nope"; there is none yet'],
  ["GET", "/api/assets/%ff", undefined, 400, "the address cannot be read: a % in it is no escape"],
  ["GET", "/api/nothing", undefined, 404, "nothing is at GET /api/nothing; /api/openapi.json lists what there is"],
];

test.each(wrong)("A39 %s %s %s is told", async (method, path, body, status, sentence) => {
  const answer = await ask(method, path, server.token, body);
  const problem = (await answer.json()) as Record<string, unknown>;
  expect([answer.status, Object.keys(problem)]).toEqual([status, ["code", "message", "data"]]);
  expect(problem["message"]).toContain(sentence);
});

test("A22 a body over a route's limit is refused", async () => {
  const answer = await ask("POST", "/api/login", null, JSON.stringify({ code: "x".repeat(10_000) }));
  expect(answer.status).toBe(413);
});
