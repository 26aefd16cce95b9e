import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { notebook, startServer } from "../../support/workspace.ts";
import { rawRequest } from "../../support/raw-request.ts";

let server: Awaited<ReturnType<typeof startServer>>;
beforeAll(async () => {
  server = await startServer({ "a.html": notebook([["js", "", "1 + 1"]]) });
});
afterAll(() => server[Symbol.asyncDispose]());

const get = (path: string, headers: readonly string[], version = "1.1", method = "GET") =>
  rawRequest(
    server.http.port,
    `${method} ${path} HTTP/${version}\r\n${headers.map((header) => `${header}\r\n`).join("")}connection: close\r\n\r\n`,
  );

describe("A1 only the server's own address is answered", () => {
  const cases: readonly (readonly [string, (port: number) => readonly string[], string?])[] = [
    ["another name", (port) => [`host: evil.example:${port}`]],
    ["a name that ends in ours", (port) => [`host: localhost.evil.example:${port}`]],
    ["a name that resolves to us", (port) => [`host: 127.0.0.1.nip.io:${port}`]],
    ["a trailing dot", (port) => [`host: localhost.:${port}`]],
    ["no port", () => ["host: 127.0.0.1"]],
    ["another port", (port) => [`host: 127.0.0.1:${port + 1}`]],
    ["two Host lines", (port) => [`host: 127.0.0.1:${port}`, "host: evil.example"]],
    ["none, in HTTP/1.0", () => [], "1.0"],
  ];
  for (const [name, headers, version] of cases)
    for (const path of ["/", "/api/health", "/api/notebooks", "/frame", "/assets/x.js"])
      test(`${name}: ${path}`, async () => {
        const { status, text } = await get(path, headers(server.http.port), version);
        // Node answers 400 by itself to what is no HTTP
        expect([400, 421]).toContain(status);
        expect(text).not.toMatch(/set-cookie|access-control/i);
      });
  test("an absolute target", async () => {
    expect((await get("http://evil.example/api/health", [`host: 127.0.0.1:${server.http.port}`])).status).toBe(400);
  });
  test("our own names are answered", async () => {
    for (const host of ["127.0.0.1", "localhost", "[::1]"])
      expect((await get("/api/health", [`host: ${host}:${server.http.port}`])).status).toBe(200);
  });
});

describe("A2, A4, A5 requests from other pages are refused, and none may read", () => {
  const origins = (port: number) => [
    "null",
    "http://evil.example",
    `http://127.0.0.1:${port + 1}`,
    `http://127.0.0.1:${port}.evil.example`,
    `http://127.0.0.1:${port}@evil.example`,
    `http://localhost:${port}0`,
    `https://127.0.0.1:${port}`,
    `HTTP://127.0.0.1:${port}`,
    `http://localhost.:${port}`,
  ];
  for (const method of ["GET", "POST", "PUT", "DELETE", "OPTIONS"])
    test(method, async () => {
      const { port } = server.http;
      for (const origin of origins(port)) {
        const { status, text } = await get(
          "/api/notebooks",
          [`host: 127.0.0.1:${port}`, `origin: ${origin}`, `authorization: Bearer ${server.token}`],
          "1.1",
          method,
        );
        expect([origin, status]).toEqual([origin, 403]);
        expect(text).not.toMatch(/access-control/i);
      }
    });
  test("a cross-site request without Origin is refused, a navigation to a page is not", async () => {
    const host = `host: 127.0.0.1:${server.http.port}`;
    const token = `authorization: Bearer ${server.token}`;
    expect((await get("/api/notebooks", [host, token, "sec-fetch-site: cross-site"])).status).toBe(403);
    expect(
      (await get("/api/notebooks", [host, token, "sec-fetch-site: same-site", "sec-fetch-mode: no-cors"])).status,
    ).toBe(403);
    expect(
      (await get("/api/notebooks", [host, token, "sec-fetch-site: same-site", "sec-fetch-mode: navigate"])).status,
    ).toBe(403);
    expect((await get("/api/notebooks", [host, token, "sec-fetch-site: same-origin"])).status).toBe(200);
  });
});

describe("A8 only the plain form of an address is routed", () => {
  for (const path of [
    "//api//notebooks",
    "/api/./notebooks",
    "/api/../api/notebooks",
    "/api/%2e%2e/notebooks",
    "/api;a/notebooks",
    "/api/notebooks%5c..",
    "/api/x%00",
    "/\\api",
  ])
    test(path, async () => {
      expect(
        (await get(path, [`host: 127.0.0.1:${server.http.port}`, `authorization: Bearer ${server.token}`])).status,
      ).toBe(400);
    });
  test("another case or an encoded slash is another address", async () => {
    for (const path of ["/API/notebooks", "/api%2fnotebooks", "/api/notebooks/"])
      expect((await get(path, [`host: 127.0.0.1:${server.http.port}`])).text).not.toContain('"notebooks":');
  });
});

test("A6 an upgrade is refused before anything is answered", async () => {
  const { port } = server.http;
  const { status } = await get("/api/events", [
    `host: 127.0.0.1:${port}`,
    "upgrade: websocket",
    "connection: upgrade",
    "sec-websocket-version: 13",
    "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
  ]);
  expect(status).not.toBe(101);
  expect(status).not.toBe(200);
});
