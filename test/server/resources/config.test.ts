import { expect, test } from "vitest";
import { isGranted } from "../../../server/resources/resource-config.ts";
import { parseWorkspaceConfig } from "../../../server/workspace/workspace-config.ts";

const parse = (text: string) => parseWorkspaceConfig(`{"resources": {\n"r": ${text}}}`);

test("a resource is read whole, with what is not said filled in", () => {
  const { config, problems } = parse(
    '{"kind": "http", "url": "https://api.example.com/v1", "headers": {"Authorization": {"secret": "T", "prefix": "Bearer "}}, "timeout": "5s", "maxBytes": "2 MB"}',
  );
  expect(problems).toEqual([]);
  expect(config.resources.get("r")).toEqual({
    name: "r",
    is: {
      kind: "http",
      url: "https://api.example.com/v1/",
      headers: { authorization: { type: "secret", name: "T", prefix: "Bearer " } },
      isPrivate: false,
      methods: ["GET"],
    },
    notebooks: [],
    timeoutMs: 5000,
    maxBytes: 2_000_000,
  });
  expect(parse('{"kind": "sqlite", "file": "a.db"}').config.resources.get("r")).toMatchObject({
    notebooks: null,
    timeoutMs: 300_000,
  });
  expect(
    parse(
      '{"kind": "postgres", "host": "localhost", "database": "d", "user": "u", "password": {"secret": "P"}}',
    ).config.resources.get("r")?.is,
  ).toEqual({
    kind: "postgres",
    host: "localhost",
    port: 5432,
    database: "d",
    user: "u",
    password: { type: "secret", name: "P", prefix: "" },
    tls: false,
  });
});

test.each([
  ["no object", "3", 6, "must be an object"],
  ["no kind", "{}", 6, 'has no "kind"; give it one of sqlite, duckdb, http, postgres, s3'],
  ["an unknown kind", '{"kind": "mysql"}', 15, 'has the unknown kind "mysql"'],
  [
    "an unknown member",
    '{"kind": "sqlite", "file": "a.db", "path": "x"}',
    41,
    'has the unknown member "path"; a sqlite has file',
  ],
  ["no file", '{"kind": "duckdb"}', 6, 'has no "file"'],
  ["a file elsewhere", '{"kind": "sqlite", "file": "../a.db"}', 33, "leaves the workspace"],
  ["no url", '{"kind": "http", "url": "ftp://x"}', 30, 'no usable url: "ftp://x"'],
  ["a password in a url", '{"kind": "http", "url": "https://u:p@x/"}', 30, "has a password in its url"],
  [
    "a token in the file",
    '{"kind": "http", "url": "https://x/", "headers": {"Authorization": "abc"}}',
    73,
    'has its Authorization in the file; write {"secret": "NAME"}',
  ],
  [
    "a password in the file",
    '{"kind": "postgres", "host": "h", "database": "d", "user": "u", "password": "p"}',
    82,
    "has its password in the file",
  ],
  [
    "a secret that is no name",
    '{"kind": "http", "url": "https://x/", "headers": {"X-Key": {"secret": "a b"}}}',
    76,
    'names the secret "a b"',
  ],
  [
    "globs that are none",
    '{"kind": "sqlite", "file": "a.db", "notebooks": "a"}',
    54,
    "has notebooks that cannot be read; write a list of globs",
  ],
  ["a timeout without a unit", '{"kind": "sqlite", "file": "a.db", "timeout": 5}', 52, 'write a duration, as in "30s"'],
])("names the place of %s", (_, text, column, message) => {
  const { config, problems } = parse(text);
  expect(problems).toEqual([{ line: 2, column, message: expect.stringContaining(message) }]);
  expect([...config.resources.keys()]).toEqual([]);
});

test.each([
  [["sales/*"], "sales/orders.html", true],
  [["sales/*"], "sales/2026/orders.html", false],
  [["sales/**"], "sales/2026/orders.html", true],
  [["orders.html"], "orders.html", true],
  [["orders"], "sales/orders.html", false],
  [["a+b"], "a+b.html", true],
  [["a.b"], "axb.html", false],
  [[], "a.html", false],
  [null, "a.html", true],
])("globs %j and %s: %s", (notebooks, path, expected) => expect(isGranted({ notebooks }, path)).toBe(expected));
