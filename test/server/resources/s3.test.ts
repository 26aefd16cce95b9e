import { mkdtemp, readdir, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { DuckDBInstance } from "@duckdb/node-api";
import { tableFromArrays, tableToIPC } from "apache-arrow";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { CallOptions, S3Bucket } from "../../../server/resources/resource.ts";
import { readObjectPage } from "../../../server/resources/s3-list.ts";
import { s3Url, signS3 } from "../../../server/resources/s3-sign.ts";
import { openS3 } from "../../../server/resources/s3.ts";
import { parseWorkspaceConfig } from "../../../server/workspace/workspace-config.ts";
import { openLocal } from "../../support/local.ts";
import { s3Error, type S3Files, startS3Server } from "../../support/s3-server.ts";
import { notebook } from "../../support/workspace.ts";

const keys = { accessKey: "AKIAIOSFODNN7EXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" };
const connectionTo = (endpoint: string, more: Partial<S3Bucket<string>> = {}): S3Bucket<string> => ({
  ...{ kind: "s3", endpoint, region: "us-east-1", bucket: "shop", prefix: "", isPathStyle: true, isPrivate: true },
  keys: { ...keys, sessionToken: null },
  ...more,
});
const sales: S3Files["objects"] = {
  "lake/year=2023/a.csv": "id,name\n1,a\n",
  "lake/year=2024/b.csv": "id,name\n2,b\n3,c\n",
  "lake/year=2024/deep/c d+é.csv": "id,name\n4,d\n",
  "lake/year=2024/notes.txt": "nothing",
  "lake/folder/": "",
  "lake/packed.csv.gz": gzipSync("id\n7\n8\n"),
  "lake/rows.json": '[{"id": 5}]',
  "lake/rows.arrow": tableToIPC(tableFromArrays({ id: Int32Array.of(6) }), "file"),
  "lake/big1.txt": "x".repeat(450),
  "lake/big2.txt": "x".repeat(450),
  "other/secret.csv": "id\n9\n",
};

describe("SigV4", () => {
  const now = Date.UTC(2013, 4, 24);
  const aws = { endpoint: "https://s3.amazonaws.com", bucket: "examplebucket", isPathStyle: false };
  const authorize = async (url: URL, headers = {}) =>
    (await signS3({ keys: { ...keys, sessionToken: null }, region: "us-east-1" }, url, headers, now))["authorization"];

  test("Amazon's own examples have the signatures that its documentation says", async () => {
    expect(await authorize(s3Url(aws, { key: "test.txt" }), { range: "bytes=0-9" })).toBe(
      `AWS4-HMAC-SHA256 Credential=${keys.accessKey}/20130524/us-east-1/s3/aws4_request, SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41`,
    );
    expect(await authorize(s3Url(aws, { key: "", query: { "max-keys": "2", prefix: "J" } }))).toContain(
      "Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
    );
  });

  test("names are encoded once, and the bucket is a part of the host or of the path", () => {
    expect(s3Url(aws, { key: "a b/c+d%/é(1)*.csv" }).href).toBe(
      "https://examplebucket.s3.amazonaws.com/a%20b/c%2Bd%25/%C3%A9%281%29%2A.csv",
    );
    expect(
      s3Url({ ...aws, endpoint: "http://127.0.0.1:9000", isPathStyle: true }, { key: "", query: { prefix: "a/" } })
        .href,
    ).toBe("http://127.0.0.1:9000/examplebucket/?prefix=a%2F");
  });
});

test("a page of a list is read with its names as they are, and what is none is not taken for one", () => {
  const page = `<ListBucketResult xmlns="x"><IsTruncated>true</IsTruncated><Contents><Key>a%2Fb+c%26.csv</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified><Size>12</Size></Contents><NextContinuationToken>1&amp;=</NextContinuationToken></ListBucketResult>`;
  expect(readObjectPage(page)).toEqual({
    objects: [{ key: "a/b c&.csv", bytes: 12, modifiedAt: Date.UTC(2026, 0, 2, 3, 4, 5) }],
    next: "1&=",
  });
  expect(readObjectPage("<html>hello</html>")).toBe(null);
});

describe("a bucket", () => {
  let folder = "";
  let options: CallOptions;
  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), "cellar-s3-")));
    options = { name: "lakehouse", temporary: folder, maxBytes: 1_000_000, timeoutMs: 20_000, redact: (text) => text };
  });
  afterEach(() => rm(folder, { recursive: true }));

  test("a server that is busy is asked again, after what it says, and one that breaks off is too", async () => {
    await using server = await startS3Server({ bucket: "shop", objects: { "a.csv": "id\n1\n" }, keys });
    server.refuse.push(
      (response) => s3Error(response, 503, "SlowDown"),
      (response) => s3Error(response, 503, "SlowDown", "", { "retry-after": "3" }),
      (response) => void response.destroy(),
      (response) => s3Error(response, 500, "InternalError"),
    );
    const pauses: number[] = [];
    const resource = openS3(connectionTo(server.endpoint), {
      now: Date.now,
      pause: async (ms) => void pauses.push(ms),
    });
    const answer = await resource.answer(
      { type: "fetch", method: "GET", path: "a.csv", headers: {}, body: null },
      options,
    );
    expect([answer.type === "response" && answer.status, pauses]).toEqual([200, [200, 3000, 800, 1600]]);
    for (let i = 0; i < 5; i++) server.refuse.push((response) => s3Error(response, 503, "SlowDown"));
    await expect(resource.answer({ type: "check" }, options)).rejects.toThrow(
      "resource lakehouse answered its list with SlowDown (it says SlowDown & no)",
    );
  });

  test.each([
    [
      "keys that are not its own",
      { keys: { ...keys, secretKey: "another-secret-key", sessionToken: null } },
      /SignatureDoesNotMatch .*; check "accessKey" and "secretKey"/,
    ],
    ["no keys", { keys: null }, /AccessDenied .*; check "accessKey"/],
    ["a bucket that is not there", { bucket: "nothing" }, /NoSuchBucket .*; check "bucket": "nothing" in cellar.json/],
    ["another region", { region: "eu-central-1" }, /AuthorizationHeaderMalformed/],
    ["an address that is not public", { isPrivate: false }, /127\.0\.0\.1, an address that is not public/],
  ] as const)("says what is wrong with %s", async (_, more, message) => {
    await using server = await startS3Server({ bucket: "shop", objects: {}, keys });
    await expect(openS3(connectionTo(server.endpoint, more)).answer({ type: "check" }, options)).rejects.toThrow(
      message,
    );
  });

  test("the region of a bucket that is elsewhere is said", async () => {
    await using server = await startS3Server({ bucket: "shop", objects: {}, keys });
    server.refuse.push((response) =>
      s3Error(response, 301, "PermanentRedirect", "", { "x-amz-bucket-region": "eu-west-1" }),
    );
    await expect(openS3(connectionTo(server.endpoint)).answer({ type: "check" }, options)).rejects.toThrow(
      'the bucket is in eu-west-1, write "region": "eu-west-1" in cellar.json',
    );
  });
});

/** What a statement gives, as a Parquet file. */
async function parquetOf(sql: string): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), "cellar-s3-"));
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  await connection.run(`COPY (${sql}) TO '${join(folder, "x.parquet")}' (FORMAT parquet)`);
  connection.closeSync();
  instance.closeSync();
  const bytes = await readFile(join(folder, "x.parquet"));
  await rm(folder, { recursive: true });
  return bytes;
}

const canary = "s3cr3t-k3y+value/9";

test("SQL reads objects by name and pattern, with partitions of their folders; JavaScript lists and fetches; no secret stays", async () => {
  const own = { accessKey: "cellar-access", secretKey: canary };
  const parquet = await parquetOf("SELECT 20 AS id UNION ALL SELECT 22");
  const objects = { ...sales, "lake/p/month=2/x.parquet": parquet, "lake/p/month=3/y.parquet": parquet };
  await using server = await startS3Server({ bucket: "shop", objects, keys: own, region: "eu-1", pageSize: 2 });
  process.env["CELLAR_SECRET_S3_ACCESS"] = own.accessKey;
  process.env["CELLAR_SECRET_S3_SECRET"] = own.secretKey;
  const lakehouse = {
    ...{ kind: "s3", bucket: "shop", region: "eu-1", endpoint: server.endpoint, prefix: "lake", private: true },
    ...{ accessKey: { secret: "S3_ACCESS" }, secretKey: { secret: "S3_SECRET" }, notebooks: ["**"], maxBytes: 800 },
  };
  await using workspace = await openLocal({
    "cellar.json": JSON.stringify({ resources: { lakehouse } }),
    "a.html": notebook([
      ["sql", 'output="years" database="lakehouse"', "SELECT id, name, year FROM 'year=*/*.csv' ORDER BY id"],
      ["sql", 'output="deep" database="lakehouse"', "SELECT sum(id) AS n FROM read_csv('**/*.csv')"],
      [
        "sql",
        'output="one" database="lakehouse"',
        "SELECT a.id + b.id + c.id AS n FROM 'rows.json' a, 'rows.arrow' b, '*.arrow' c",
      ],
      [
        "sql",
        'output="columns" database="lakehouse"',
        "SELECT month, sum(id)::INTEGER AS n FROM 'p/**/*.parquet' GROUP BY month ORDER BY month",
      ],
      ["sql", 'output="packed" database="lakehouse"', "SELECT sum(id) AS n FROM 'packed.csv.gz'"],
      [
        "js",
        'output="listed"',
        'resource("lakehouse").list("year=2024/**").then((all) => all.map(({name, bytes}) => [name, bytes]))',
      ],
      ["js", 'output="text"', '(await resource("lakehouse").fetch("year=2024/deep/c d+é.csv")).text()'],
      ["js", 'output="status"', '(await resource("lakehouse").fetch("none.csv")).status'],
      ["js", 'output="post"', '(await resource("lakehouse").fetch("a.csv", {method: "PUT", body: "x"})).text()'],
      ["js", 'output="up"', '(await resource("lakehouse").fetch("../other/secret.csv")).text()'],
      ["sql", 'output="none" database="lakehouse"', "SELECT * FROM 'year=1999/*.csv'"],
      ["sql", 'output="gone" database="lakehouse"', "SELECT * FROM 'gone.csv'"],
      ["sql", 'output="large" database="lakehouse"', "SELECT * FROM read_csv('big*.txt')"],
    ]),
  });
  const { id } = await workspace.run();
  const { steps } = await workspace.call("run", { id });
  expect(Object.fromEntries(steps.map(({ key, state, error }) => [key, error?.message ?? state]))).toEqual({
    "a/years": "succeeded",
    "a/deep": "succeeded",
    "a/one": "succeeded",
    "a/columns": "succeeded",
    "a/packed": "succeeded",
    "a/listed": "succeeded",
    "a/text": "succeeded",
    "a/status": "succeeded",
    "a/post": "resource lakehouse is not asked with PUT: it is read only",
    "a/up":
      'resource lakehouse has no "../other/secret.csv": a name is relative and stays below the prefix in cellar.json',
    "a/none": 'resource lakehouse has no object that "year=1999/*.csv" names',
    "a/gone": expect.stringMatching(/^resource lakehouse answered gone\.csv with NoSuchKey .*; check its name/),
    "a/large": expect.stringContaining('larger than 800 bytes; ask for less, or give it a larger "maxBytes"'),
  });
  const rowsOf = async (key: string) => {
    const { body } = (await workspace.call("data", { key, format: "json" })) as unknown as {
      body: AsyncIterable<Uint8Array> | Uint8Array;
    };
    const parts = body instanceof Uint8Array ? [body] : await Array.fromAsync(body);
    return JSON.parse(Buffer.concat(parts).toString("utf8")) as unknown;
  };
  expect(await rowsOf("a/years")).toEqual([
    { id: 1, name: "a", year: 2023 },
    { id: 2, name: "b", year: 2024 },
    { id: 3, name: "c", year: 2024 },
  ]);
  expect(await rowsOf("a/deep")).toEqual([{ n: 10 }]);
  expect(await rowsOf("a/one")).toEqual([{ n: 17 }]);
  expect(await rowsOf("a/columns")).toEqual([
    { month: 2, n: 42 },
    { month: 3, n: 42 },
  ]);
  expect(await rowsOf("a/packed")).toEqual([{ n: 15 }]);
  expect(await rowsOf("a/listed")).toEqual([
    ["year=2024/b.csv", 16],
    ["year=2024/deep/c d+é.csv", 12],
    ["year=2024/notes.txt", 7],
  ]);
  expect(await rowsOf("a/text")).toBe("id,name\n4,d\n");
  expect(await rowsOf("a/status")).toBe(404);
  expect(server.asked.filter((line) => line.includes("other"))).toEqual([]);
  expect((await workspace.call("resources", { check: true })).resources).toMatchObject([
    { kind: "s3", secrets: ["S3_ACCESS", "S3_SECRET"], reachable: true, says: "bucket shop" },
  ]);
  const said = [JSON.stringify(await workspace.open.store.eventsAfter(0, 10_000))];
  for (const entry of await readdir(workspace.path, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) said.push(await readFile(join(entry.parentPath, entry.name), "latin1"));
  expect(said.filter((text) => text.includes(canary) || text.includes(own.accessKey))).toEqual([]);
  delete process.env["CELLAR_SECRET_S3_ACCESS"];
  delete process.env["CELLAR_SECRET_S3_SECRET"];
});

describe("s3 in cellar.json", () => {
  const parse = (text: string) => parseWorkspaceConfig(`{"resources": {\n"r": ${text}}}`);

  test("it is read whole, with what is not said filled in", () => {
    const { config, problems } = parse('{"kind": "s3", "bucket": "a.b"}');
    expect(problems).toEqual([]);
    expect(config.resources.get("r")).toEqual({
      name: "r",
      is: {
        ...{
          kind: "s3",
          bucket: "a.b",
          region: "us-east-1",
          endpoint: "https://s3.us-east-1.amazonaws.com",
          prefix: "",
        },
        ...{ isPathStyle: true, isPrivate: false, keys: null },
      },
      notebooks: [],
      timeoutMs: 300_000,
      maxBytes: 1_073_741_824,
    });
    const more =
      '"accessKey": {"secret": "A"}, "secretKey": {"secret": "B"}, "endpoint": "https://minio.example.com/", "prefix": "lake"';
    expect(parse(`{"kind": "s3", "bucket": "shop", ${more}}`).config.resources.get("r")?.is).toMatchObject({
      ...{ endpoint: "https://minio.example.com", prefix: "lake/", isPathStyle: true },
      keys: { accessKey: { name: "A" }, secretKey: { name: "B" }, sessionToken: null },
    });
    expect(parse('{"kind": "s3", "bucket": "shop"}').config.resources.get("r")?.is).toMatchObject({
      isPathStyle: false,
    });
  });

  test.each([
    ["no bucket", '{"kind": "s3"}', 6, 'has no "bucket"'],
    ["a bucket", '{"kind": "s3", "bucket": "Shop"}', 31, 'has no usable bucket: "Shop"'],
    ["a region", '{"kind": "s3", "bucket": "shop", "region": "EU"}', 49, 'has no usable region: "EU"'],
    [
      "an endpoint",
      '{"kind": "s3", "bucket": "shop", "endpoint": "https://x/y"}',
      51,
      'has no usable endpoint: "https://x/y"',
    ],
    ["a prefix", '{"kind": "s3", "bucket": "shop", "prefix": "a/../b"}', 49, 'has no usable prefix: "a/../b"'],
    [
      "a key in the file",
      '{"kind": "s3", "bucket": "shop", "accessKey": {"secret": "A"}, "secretKey": "x"}',
      82,
      "has its secretKey in the file",
    ],
    [
      "one key",
      '{"kind": "s3", "bucket": "shop", "accessKey": {"secret": "A"}}',
      6,
      'needs both "accessKey" and "secretKey"',
    ],
  ])("names the place of %s", (_, text, column, message) => {
    const { problems } = parse(text);
    expect(problems[0]).toEqual({ line: 2, column, message: expect.stringContaining(message) });
  });
});
