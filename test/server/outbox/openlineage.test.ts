import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { settableClock } from "../../support/clock.ts";
import { openLocal } from "../../support/local.ts";
import { notebook } from "../../support/workspace.ts";
import { caughtUp, failing, receiver } from "./receiver.ts";

interface Event {
  readonly eventType: string;
  readonly run: { readonly runId: string; readonly facets: Record<string, Record<string, unknown>> };
  readonly job: {
    readonly namespace: string;
    readonly name: string;
    readonly facets: Record<string, Record<string, unknown>>;
  };
  readonly inputs: readonly { readonly name: string }[];
  readonly outputs: readonly { readonly name: string; readonly facets?: Record<string, Record<string, unknown>> }[];
}

test("OpenLineage 2-0-2: runs and steps with parents, SQL, inputs, schemas, and their ends, in a file", async () => {
  await using workspace = await openLocal({
    "a.html": notebook([
      ["sql", 'output="numbers"', "SELECT 1 AS n, 'x' AS t"],
      ["sql", 'output="sums"', "SELECT sum(n) AS s FROM numbers"],
      ["sql", 'output="wrong"', "SELECT nothing AS x"],
      ["sql", 'output="few" store="view"', "SELECT n, n + 1 AS more FROM numbers WHERE t <> ''"],
      ["sql", 'output="copy"', "SELECT n, max(more) AS most FROM few GROUP BY n"],
    ]),
    "cellar.json": JSON.stringify({ lineage: { openlineage: { file: "lineage.ndjson", namespace: "shop" } } }),
  });
  await workspace.open.eventsOut.look();
  const { id } = await workspace.run();
  await caughtUp(workspace);
  const text = await readFile(join(workspace.path, "lineage.ndjson"), "utf8");
  const events = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Event);
  // the rules of the specification's JSON Schema, by hand
  for (const event of events) {
    expect(event).toMatchObject({
      eventType: expect.stringMatching(/^(START|COMPLETE|FAIL|ABORT)$/),
      eventTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      producer: expect.stringMatching(/^https:/),
      schemaURL: "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
    });
    expect(event.run.runId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const facets = [event.run.facets, event.job.facets, ...event.outputs.map((output) => output.facets ?? {})];
    for (const facet of facets.flatMap((each) => Object.values(each)))
      expect(facet).toMatchObject({
        _producer: expect.stringMatching(/^https:/),
        _schemaURL: expect.stringMatching(
          /^https:\/\/openlineage\.io\/spec\/facets\/\d-\d-\d\/\w+\.json#\/\$defs\/\w+$/,
        ),
      });
  }
  const of = (name: string) => events.filter(({ job }) => job.name === name);
  expect(of("run").map(({ eventType, run }) => [eventType, run.runId])).toEqual([
    ["START", id],
    ["FAIL", id],
  ]);
  expect(of("a/numbers").map(({ eventType }) => eventType)).toEqual(["START", "COMPLETE"]);
  expect(new Set(of("a/numbers").map(({ run }) => run.runId)).size).toBe(1);
  expect(of("a/wrong").map(({ eventType }) => eventType)).toEqual(["START", "FAIL"]);
  expect(of("a/wrong")[1]?.run.facets["errorMessage"]).toMatchObject({ message: expect.stringContaining("nothing") });
  const done = of("a/sums")[1];
  expect(done).toMatchObject({
    job: { namespace: "shop", facets: { sql: { query: "SELECT sum(n) AS s FROM numbers", dialect: "duckdb" } } },
    run: { facets: { parent: { run: { runId: id }, job: { namespace: "shop", name: "run" } } } },
    inputs: [{ namespace: "shop", name: "a/numbers" }],
    outputs: [
      {
        namespace: "shop",
        name: "a/sums",
        facets: {
          schema: { fields: [{ name: "s", type: "DECIMAL(38,0)" }] },
          columnLineage: {
            fields: {
              s: {
                inputFields: [
                  {
                    ...{ namespace: "shop", name: "a/numbers", field: "n" },
                    transformations: [{ type: "DIRECT", subtype: "AGGREGATION", description: "", masking: false }],
                  },
                ],
              },
            },
            dataset: [],
          },
        },
        outputFacets: { outputStatistics: { rowCount: 1, fileCount: 1 } },
      },
    ],
  });
  // a view is looked through, and what it leaves out is left out of what reads it
  const lineage = of("a/copy")[1]?.outputs[0]?.facets?.["columnLineage"] as
    | {
        fields: Record<
          string,
          { inputFields: { name: string; field: string; transformations: { subtype: string }[] }[] }
        >;
      }
    | undefined;
  const said = Object.entries(lineage?.fields ?? {}).map(([name, { inputFields }]) => [
    name,
    inputFields.map(({ name: from, field, transformations }) => [
      `${from}.${field}`,
      ...transformations.map(({ subtype }) => subtype),
    ]),
  ]);
  expect(said).toEqual([
    [
      "n",
      [
        ["a/numbers.n", "IDENTITY", "GROUP_BY"],
        ["a/numbers.t", "FILTER"],
      ],
    ],
    [
      "most",
      [
        ["a/numbers.n", "AGGREGATION", "GROUP_BY"],
        ["a/numbers.t", "FILTER"],
      ],
    ],
  ]);
});

test("OpenLineage to an address that was away gets every event once it is there, across a restart of the outboxes", async () => {
  let status = 503;
  await using hook = await receiver(() => status);
  const clock = settableClock(Date.UTC(2026, 0, 1));
  await using workspace = await openLocal(
    {
      "a.html": failing("SELECT 1 AS x"),
      "cellar.json": JSON.stringify({ lineage: { openlineage: { url: hook.url, private: true } } }),
    },
    { clock },
  );
  const { eventsOut } = workspace.open;
  await eventsOut.look();
  await workspace.run();
  await hook.told.until(1);
  status = 201;
  await eventsOut.look();
  await hook.told.until(5);
  expect(hook.bodies().map(({ eventType }) => eventType)).toEqual(["START", "START", "START", "COMPLETE", "COMPLETE"]);
});
