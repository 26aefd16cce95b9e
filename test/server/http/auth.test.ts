import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { notebook, startServer } from "../../support/workspace.ts";

const files = { "a.html": notebook([["sql", 'output="one"', "SELECT 1 AS x"]]) };

async function post(
  origin: string,
  path: string,
  body: unknown,
  token?: string,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(origin + path, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

test("A9 a login link works once; the token is in one file that only its owner reads", async () => {
  await using server = await startServer(files);
  const code = server.loginUrl.split("#login=")[1];
  const first = await post(server.origin, "/api/login", { code });
  expect(first).toEqual({ status: 200, body: { token: server.token } });
  const second = await post(server.origin, "/api/login", { code });
  expect(second.status).toBe(401);
  const file = join(server.path, ".cellar/token");
  expect((await readFile(file, "utf8")).trim()).toBe(server.token);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(server.token.length).toBeGreaterThanOrEqual(43);
});

test("A9 many wrong tokens are answered 429, and the right one still works", async () => {
  await using server = await startServer(files);
  const statuses = new Set<number>();
  for (let i = 0; i < 80; i++)
    statuses.add(
      (
        await fetch(`${server.origin}/api/session`, {
          headers: { authorization: `Bearer ${String(i).padStart(43, "x")}` },
        })
      ).status,
    );
  expect([...statuses].sort()).toEqual([401, 429]);
  expect(
    (await fetch(`${server.origin}/api/session`, { headers: { authorization: `Bearer ${server.token}` } })).status,
  ).toBe(200);
});

test("A32 a link shows its lineage without a login, gives no data unless chosen, and is dead after it is revoked", async () => {
  await using server = await startServer(files);
  const run = await post(server.origin, "/api/runs", {}, server.token);
  expect(run.status).toBe(200);
  const made = await post(server.origin, "/api/shares", { select: "a/one" }, server.token);
  const token = String(made.body["token"]);
  const asLink = (path: string) => fetch(server.origin + path, { headers: { authorization: `Bearer ${token}` } });
  const shown = (await (await asLink("/api/shared")).json()) as { nodes: { key: string }[] };
  expect(shown.nodes.map(({ key }) => key)).toEqual(["a/one"]);
  expect((await asLink("/api/assets/a%2Fone/data")).status).toBe(401);
  expect((await asLink("/api/lineage")).status).toBe(401);
  const revoked = await fetch(`${server.origin}/api/shares/${String(made.body["id"])}`, {
    method: "DELETE",
    headers: { authorization: `Bearer ${server.token}` },
  });
  expect(revoked.status).toBe(200);
  const unknown = await fetch(`${server.origin}/api/shared`, {
    headers: { authorization: `Bearer ${"x".repeat(43)}` },
  });
  const dead = await asLink("/api/shared");
  expect([dead.status, await dead.text()]).toEqual([unknown.status, await unknown.text()]);
});
