import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { alertKinds, ConfigSchema } from "../../../cells/api/config-schema.ts";
import { shapeError } from "../../../cells/api/schema.ts";
import { parseWorkspaceConfig } from "../../../server/workspace/workspace-config.ts";

const root = join(import.meta.dirname, "../../..");
const problemsOf = (value: unknown) =>
  parseWorkspaceConfig(JSON.stringify(value)).problems.map(({ message }) => message);

const some = <T>(...values: readonly T[]) => fc.constantFrom(...values);
const optional = (
  required: Readonly<Record<string, fc.Arbitrary<unknown>>>,
  members: Readonly<Record<string, fc.Arbitrary<unknown>>>,
) => fc.record({ ...required, ...members }, { requiredKeys: Object.keys(required) });
const named = (values: fc.Arbitrary<unknown>) => fc.dictionary(some("a", "nightly", "x-1"), values, { maxKeys: 2 });
const secret = fc.record({ secret: some("A", "S3_KEY"), prefix: some("", "Bearer ") }, { requiredKeys: ["secret"] });
const duration = some("10s", "1h30m", "1.5d");
const rules = { retries: fc.nat(100), retryDelay: duration, retryFrom: some("failure", "all") };
const mailAddress = some("a@b", "Name <a@example.com>");
const addresses = fc.array(mailAddress, { minLength: 1, maxLength: 2 });
const headers = fc.dictionary(some("X-Key", "accept"), fc.oneof(some("v"), secret), { maxKeys: 2 });
const common = {
  notebooks: fc.array(some("sales/*"), { maxLength: 2 }),
  timeout: duration,
  maxBytes: some<string | number>("5 MB", 100),
  description: some("x"),
};
const kind = (name: string) => ({ kind: fc.constant(name) });

const job = optional(
  { select: some("*", "tag:daily") },
  {
    schedule: fc.oneof(some("partitions", "0 6 * * *; @daily"), some(["0 6 * * *"])),
    timezone: some("UTC", "Europe/Berlin"),
    catchup: some("latest", "3"),
    automation: some("manual", "any_job_roots(newly_updated)"),
    partition: some("ended - 2", "last 3", "*"),
    params: fc.dictionary(some("year"), fc.jsonValue(), { maxKeys: 1 }),
    tags: fc.dictionary(some("team"), some("", "sales"), { maxKeys: 1 }),
    priority: fc.integer({ min: -1_000_000, max: 1_000_000 }),
    timeout: duration,
    description: some("all of it"),
    ...rules,
  },
);
const resource = fc.oneof(
  optional({ ...kind("sqlite"), file: some("data/a.db") }, common),
  optional({ ...kind("duckdb"), file: some("a.duckdb") }, common),
  optional(
    { ...kind("http"), url: some("https://x/v1/") },
    { ...common, headers, private: fc.boolean(), methods: some(["GET"]) },
  ),
  optional(
    { ...kind("postgres"), host: some("h"), database: some("d"), user: some("u") },
    { ...common, port: fc.integer({ min: 1, max: 65_535 }), password: secret, tls: fc.boolean() },
  ),
  optional(
    { ...kind("s3"), bucket: some("shop"), accessKey: secret, secretKey: secret },
    {
      ...{ ...common, region: some("eu-1"), endpoint: some("https://minio"), prefix: some("a/b", "a/") },
      ...{ pathStyle: fc.boolean(), sessionToken: secret, private: fc.boolean() },
    },
  ),
);
const webhook = optional({ url: fc.oneof(some("https://x/hook"), secret) }, { headers, private: fc.boolean() });
const alert = optional(
  { on: fc.subarray([...alertKinds], { minLength: 1 }), webhook },
  {
    ...{ select: some("tag:daily"), after: duration, repeat: some("once", "always"), recovery: fc.boolean() },
    mail: fc.oneof(addresses, optional({ to: addresses }, { cc: addresses, from: mailAddress })),
  },
);
const config = optional(
  {
    mail: optional(
      { host: some("h"), from: mailAddress, user: some("u"), password: secret },
      { port: fc.integer({ min: 1, max: 65_535 }), tls: some("starttls", "tls"), private: fc.boolean() },
    ),
  },
  {
    $schema: some("./cellar.schema.json"),
    address: some("https://cellar.example.com"),
    files: fc.dictionary(some("a.csv"), some("npm:@a/b/c.csv"), { maxKeys: 1 }),
    jobs: named(job),
    resources: named(resource),
    pools: fc.dictionary(some("*", "w.h/x"), fc.nat(1000), { maxKeys: 2 }),
    queue: optional(
      {},
      {
        concurrency: fc.integer({ min: 1, max: 1000 }),
        limits: fc.array(optional({ tag: some("team"), limit: fc.nat(1000) }, { value: some("sales", null) }), {
          maxLength: 2,
        }),
        ...{ stepTimeout: duration, runTimeout: duration, ...rules },
      },
    ),
    alerts: named(alert),
    lineage: fc.oneof(
      fc.record({ openlineage: optional({ file: some("l.ndjson") }, { namespace: some("n") }) }),
      fc.record({
        openlineage: optional({ url: some("https://x/") }, { namespace: some("n"), headers, private: fc.boolean() }),
      }),
    ),
  },
);

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** Every value of a document with what puts another in its place. */
function* places(
  value: Json,
  put: (other: Json | undefined) => Json,
): Generator<{ readonly value: Json; readonly put: (other: Json | undefined) => Json }> {
  yield { value, put };
  if (Array.isArray(value))
    for (const [i, item] of value.entries())
      yield* places(item as Json, (other) =>
        put(value.flatMap((each, j) => (j === i ? (other === undefined ? [] : [other]) : [each as Json]))),
      );
  else if (value !== null && typeof value === "object")
    for (const [name, item] of Object.entries(value))
      yield* places(item, (other) => {
        const { [name]: _gone, ...rest } = value as Record<string, Json>;
        return put(other === undefined ? rest : { ...value, [name]: other });
      });
}

/** What members have to do with each other, which the schema does not say. */
const between =
  /has a user and no "password"|has a password and no "user"|has neither "webhook" nor "mail"|needs both "accessKey"|has both "file" and "url"|has neither "file" nor "url"|cellar\.json has no server for it/;
/** What is in a text, beyond its pattern. */
const within =
  /cannot be read|no address|no usable (?:prefix|endpoint|url)|leaves the workspace|must be where people reach|url that cannot be used/;

describe("the JSON Schema of cellar.json and the server's reader are of one opinion", () => {
  test("both take what is right", () => {
    fc.assert(
      fc.property(config, (value) => {
        expect([shapeError(ConfigSchema, value), problemsOf(value)]).toEqual([null, []]);
      }),
      { numRuns: 300 },
    );
  });

  test("what the schema refuses, the reader refuses; what the reader refuses, the schema does too, but for what is between members", () => {
    const others: readonly Json[] = [null, true, 3, -1, 0.5, "", "word", "a b", [], [3], {}, { x: 1 }];
    const unseen = new Set<string>();
    fc.assert(
      fc.property(config, fc.nat(), fc.nat(), fc.constantFrom("other", "gone", "more"), (value, at, which, how) => {
        const all = [...places(value as Json, (other) => other ?? {})].slice(1);
        const place = all[at % Math.max(1, all.length)];
        if (place === undefined) return;
        const isOpen = typeof place.value !== "object" || place.value === null || Array.isArray(place.value);
        if (how === "more" && isOpen) return;
        const changed = place.put(
          how === "gone"
            ? undefined
            : how === "more"
              ? { ...(place.value as object), unknown: 1 }
              : others[which % others.length],
        );
        const [refused, problems] = [shapeError(ConfigSchema, changed), problemsOf(changed)];
        expect({ changed, refused, problems }).toSatisfy(() => refused === null || problems.length > 0);
        const isWithin = problems.every(
          (problem) => between.test(problem) || (how === "other" && within.test(problem)),
        );
        if (refused === null && !isWithin) unseen.add(JSON.stringify({ changed, problems }));
      }),
      { numRuns: 1000 },
    );
    expect([...unseen]).toEqual([]);
  });

  test("the file beside the package is this schema, and the example names it", async () => {
    expect(JSON.parse(await readFile(join(root, "cellar.schema.json"), "utf8"))).toEqual(
      JSON.parse(JSON.stringify(ConfigSchema)),
    );
    const example = JSON.parse(await readFile(join(root, "examples/cellar.json"), "utf8")) as Record<string, unknown>;
    expect(example["$schema"]).toBe("../cellar.schema.json");
    expect([shapeError(ConfigSchema, example), problemsOf(example)]).toEqual([null, []]);
  });
});
