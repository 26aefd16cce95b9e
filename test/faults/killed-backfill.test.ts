import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openSqliteFile } from "../../server/store/sqlite-file.ts";
import { descendantsOf, isRunning, startServerProcess, until } from "../support/server-process.ts";
import { notebook, temporaryWorkspace } from "../support/workspace.ts";

const kills = 20;
const days = 400;

const files = {
  "a.html": notebook(
    [
      ["sql", 'output="events"', `SELECT DATE '2025-01-01' + (i % ${days})::INT AS day, i AS n FROM range(20000) t(i)`],
      [
        "sql",
        'output="day" partitions="daily from=2025-01-01 to=2026-02-05"',
        "SELECT n FROM events WHERE day >= ${partition.start}::DATE AND day < ${partition.end}::DATE",
      ],
      ["sql", 'output="total" partitions="daily from=2025-01-01 to=2026-02-05"', "SELECT sum(n) AS n FROM day"],
    ],
    'timezone="UTC"',
  ),
};

test(
  `F1 P1 P2 P3 a backfill is killed ${kills} times at random moments, and finishes: nothing lost, doubled, half done or stuck`,
  { timeout: 600_000 },
  async () => {
    await using folder = await temporaryWorkspace(files);
    let id = "";
    let seen = 0;
    for (let round = 0; round < kills; round++) {
      const server = await startServerProcess(folder.path);
      if (id === "") id = (await server.client.call("startBackfill", { select: "day or total", chunk: 100 })).id;
      const { counts, state } = await server.client.call("backfill", { id });
      // what was acknowledged as done stays done
      expect(counts.succeeded).toBeGreaterThanOrEqual(seen);
      expect(counts.failed + counts.blocked + counts.cancelled).toBe(0);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 1_500));
      seen = (await server.client.call("backfill", { id })).counts.succeeded;
      const tree = descendantsOf(server.pid);
      await server.kill();
      expect(await until(() => !tree.some(isRunning), 30_000)).toBe(true);
      if (state !== "requested" && state !== "running") break;
    }

    const server = await startServerProcess(folder.path);
    const ended = await until(async () => (await server.client.call("backfill", { id })).endedAt !== null, 300_000);
    const report = await server.client.call("backfill", { id });
    await server.kill();
    expect({ ended, state: report.state, failures: report.failures }).toEqual({
      ...{ ended: true, state: "succeeded", failures: [] },
    });
    expect(report.counts).toMatchObject({ total: 2 * days + 1, succeeded: 2 * days + 1 });

    const file = openSqliteFile(join(folder.path, ".cellar/store.db"), { mustExist: true });
    const rows = <T>(sql: string) => file.prepare<[], T>(sql).all();
    expect(file.pragma("integrity_check", { simple: true })).toBe("ok");
    // every partition of every asset once, in one run, with one fact
    const ofBackfill = "select s.* from steps s join backfill_runs b on b.run = s.run";
    expect(rows(`select asset, partition from (${ofBackfill}) group by 1, 2 having count(*) > 1`)).toEqual([]);
    expect(rows(`select * from (${ofBackfill}) where state in ('waiting', 'running', 'committing')`)).toEqual([]);
    expect(rows("select asset, partition from materializations group by 1, 2 having count(*) > 1")).toEqual([]);
    expect(rows("select 1 from pointers")).toHaveLength(2 * days + 1);
    expect(rows("select seq from events where seq > 1 and seq - 1 not in (select seq from events)")).toEqual([]);
    for (const { sha256 } of rows<{ sha256: string }>("select distinct sha256 from materializations")) {
      const content = readFileSync(join(folder.path, ".cellar/lake", sha256.slice(0, 2), `${sha256}.parquet`));
      expect(createHash("sha256").update(content).digest("hex")).toBe(sha256);
    }
    file.close();
  },
);
