import { join } from "node:path";
import { expect, test } from "vitest";
import { openSqliteFile } from "../../server/store/sqlite-file.ts";
import { eventually } from "../support/eventually.ts";
import { startServerProcess } from "../support/server-process.ts";
import { notebook, temporaryWorkspace } from "../support/workspace.ts";

const kills = 4;
const files = {
  "a.html": notebook([
    ["sql", 'output="one"', "SELECT 1 AS x"],
    ["sql", 'output="two" automation="eager"', "SELECT x + 1 AS y FROM one"],
    [
      "js",
      'sensor="counter" every="1s" select="a/one"',
      "({run: {key: `k${Number(sensor.cursor ?? 0) + 1}`}, cursor: String(Number(sensor.cursor ?? 0) + 1)})",
    ],
  ]),
};

test(
  `a server that is killed ${kills} times at random moments makes one run for each key of a sensor and one for each request of a condition`,
  { timeout: 240_000 },
  async () => {
    await using folder = await temporaryWorkspace(files);
    const since = Date.now();
    for (let round = 0; round < kills; round++) {
      const server = await startServerProcess(folder.path, 10, since);
      if (round === 0) await server.client.call("publish", { path: "a.html" });
      const ticks = async () => (await server.client.call("sensor", { key: "counter" })).ticks[0]?.id ?? 0;
      const before = await ticks();
      await eventually("the sensor to be asked", async () => (await ticks()) > before);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 800));
      await server.kill();
    }
    const file = openSqliteFile(join(folder.path, ".cellar/store.db"), { mustExist: true });
    const runs = file
      .prepare<[], { readonly id: string; readonly trigger: string }>("select id, trigger from runs order by position")
      .all()
      .map(({ id, trigger }) => ({ id, ...(JSON.parse(trigger) as Readonly<Record<string, unknown>>) }) as const);
    const cursor = file.prepare<[], string>("select cursor from sensors").pluck().get();
    const ticks = file.prepare<[], string>("select runs from sensor_ticks order by id").pluck().all();
    const requested = file
      .prepare<[], string>("select run from automation_evaluations where run is not null")
      .pluck()
      .all();
    file.close();
    const ofSensor = runs.filter((run) => "type" in run && run["type"] === "sensor");
    // the keys are the numbers up to the cursor, each once, and each tick has its run
    expect(ofSensor.map((run) => ("key" in run ? run["key"] : null))).toEqual(
      Array.from({ length: Number(cursor) }, (_, i) => `k${i + 1}`),
    );
    expect(ticks.flatMap((text) => JSON.parse(text) as readonly string[])).toEqual(ofSensor.map(({ id }) => id));
    expect(Number(cursor)).toBeGreaterThan(1);
    const ofConditions = runs.filter((run) => "type" in run && run["type"] === "automation");
    expect(requested.toSorted()).toEqual(ofConditions.map(({ id }) => id).toSorted());
  },
);
