import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { notebook, temporaryWorkspace } from "../../support/workspace.ts";
import { cellar, document, lines } from "./cellar.ts";

const files = {
  "sales.html": notebook([
    ["sql", 'output="orders"', "SELECT 1 AS x"],
    ["sql", 'output="report" automation="eager"', "SELECT sum(x) AS total FROM orders"],
    ["js", 'sensor="inbox: file inbox/*.csv" select="orders"', ""],
    ["js", 'sensor="count"', "({run: {key: `n${Number(sensor.cursor ?? 0) + 1}`}})"],
  ]),
  "inbox/a.csv": "x\n1\n",
};

test("conditions and sensors are told without a server, paused, and tried", { timeout: 120_000 }, async () => {
  await using folder = await temporaryWorkspace(files);
  const ask = (...args: readonly string[]) => document(0, ...args, "--workspace", folder.path);
  const say = (...args: readonly string[]) => cellar([...args, "--workspace", folder.path]);
  expect((await ask("automation"))["assets"]).toMatchObject([
    { key: "sales/report", held: "unpublished", sentence: "left alone: its notebook is not published" },
  ]);
  await ask("publish", "sales.html");
  expect((await ask("automation", "sales/report"))["assets"]).toMatchObject([
    { automation: "eager", held: null, requested: 0, sentence: "waiting for an update of orders, never materialized" },
  ]);
  expect(await ask("automation", "--pause", "sales")).toEqual({ name: "sales", paused: true, changed: true });
  expect((await say("automation", "sales/report")).out).toMatch(/sales\/report\s+eager\s+paused since .* with sales/);
  expect((await say("automation", "--resume", "sales")).out).toBe("sales is running\n");
  expect((await say("automation", "sales/none")).err).toContain('nothing named "sales/none" is automated');

  expect((await ask("sensors"))["sensors"]).toMatchObject([
    { key: "sales/inbox", says: "files inbox/*.csv", select: "orders" },
    { key: "sales/count", says: "its code", problem: null },
  ]);
  expect(await ask("sensors", "inbox", "--test")).toMatchObject({ runs: [{ select: "orders", key: null }] });
  expect(await ask("sensors", "count", "--test", "--cursor", "6")).toMatchObject({
    runs: [{ select: 'notebook:"sales"', key: "n7", known: false }],
    cursor: "6",
  });
  expect((await ask("sensors", "count"))["ticks"]).toEqual([]);
  expect((await say("sensors", "count", "--pause")).out).toBe("sales/count is paused\n");
  const wrong = await say("sensors", "nothing", "--test");
  expect([wrong.code, wrong.err]).toEqual([
    1,
    'cellar sensors: no published notebook has a sensor "nothing"; there are sales/inbox, sales/count\n',
  ]);
});

test(
  "a story is played against the conditions, and what is wrong in it is told with its line",
  { timeout: 120_000 },
  async () => {
    await using folder = await temporaryWorkspace({
      ...files,
      "days.html": notebook([
        ["sql", 'output="each" partitions="daily from=2026-01-01"', "SELECT ${partition.key} AS k"],
      ]),
    });
    const write = async (name: string, text: string) => {
      await writeFile(join(folder.path, name), text);
      return join(folder.path, name);
    };
    const play = (file: string) => cellar(["simulate", file, "--workspace", folder.path]);
    const story = await write(
      "story.json",
      '{"start": "2026-01-31T09:00:00Z", "runsTake": "5m",\n "events": [{"at": "+2m", "type": "materialized", "key": "sales/orders", "run": "r1"}], "end": "+1h"}',
    );
    const { evaluations } = await document(0, "simulate", story, "--workspace", folder.path);
    expect(evaluations).toContainEqual({
      at: "2026-01-31T09:02:00.000Z",
      requested: [
        {
          ...{ key: "sales/report", count: 1, partitions: [""] },
          sentence: "requested because orders was updated by run r1 (09:02)",
        },
      ],
      waiting: [],
    });
    expect(lines((await play(story)).out).at(-1)).toMatch(/^\d+ instants, 1 request$/);
    const wrongs: readonly (readonly [name: string, text: string, said: string])[] = [
      ["a.json", "{", "a.json:1:2: not JSON here"],
      ["b.json", '{"start": "2026-01-31T09:00:00Z",\n "events": [{"at": "+x"}]}', "b.json:2:20: events[0].at"],
      [
        "c.jsonl",
        '{"at": "2026-01-31T09:00:00Z", "type": "materialized", "key": "sales/orders"}\n\n{"at": "+1m", "type": "none"}',
        'c.jsonl:3: events[1].type is "none"; write materialized',
      ],
      [
        "d.json",
        '{"start": "2026-01-31T09:00:00Z", "events": [],\n "automation": {"sales/none": "eager"}}',
        'd.json:2:16: automation has "sales/none", which no stored asset has',
      ],
      [
        "e.json",
        '{"start": "2026-01-31T09:00:00Z", "events": [\n {"at": "+1m", "type": "materialized", "key": "sales/orders",\n "partitions": ["eu"]}]}',
        'e.json:3:16: events[0].partitions of sales/orders: "eu" is no partition: it has none; name none',
      ],
      [
        "f.jsonl",
        '{"start": "2026-01-31T09:00:00Z"}\n{"at": "+1m", "type": "observed", "key": "days/each", "partitions": ["2026-01-30"]}\n{"at": "+2m", "type": "observed", "key": "days/each", "partitions": ["2026-01-31"]}',
        'f.jsonl:3: events[1].partitions of days/each: "2026-01-31"',
      ],
      [
        "g.jsonl",
        '{"at": "2026-01-31T09:00:00Z", "type": "run_started", "run": "r", "targets": ["days/each"]}',
        "g.jsonl:1: events[0].targets of days/each: it has partitions; name those that the event is about",
      ],
    ];
    for (const [name, text, said] of wrongs) {
      const { code, err } = await play(await write(name, text));
      expect([code, err]).toEqual([2, expect.stringContaining(said)]);
    }
  },
);
