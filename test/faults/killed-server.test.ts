import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { isTerminal, type RunState } from "../../cells/model/run.ts";
import { openSqliteFile, type SqliteFile } from "../../server/store/sqlite-file.ts";
import { descendantsOf, isRunning, type ServerProcess, startServerProcess, until } from "../support/server-process.ts";
import { notebook, temporaryWorkspace } from "../support/workspace.ts";

const kills = 15;
/** a minute of the schedule passes in two seconds */
const speed = 30;
const minute = 60_000;

const files = {
  "a.html": notebook(
    [
      ["sql", 'output="slow"', "SELECT sum(hash(i)) AS h FROM range(3000000) t(i)"],
      ["sql", 'output="rows"', "SELECT h, i FROM slow, range(1000) t(i)"],
      ["sql", 'output="total" retries="1"', "SELECT sum(i) AS total FROM rows"],
    ],
    'schedule="* * * * *" catchup="all"',
  ),
};

/** What the server said yes to. */
interface Acknowledged {
  readonly runs: Set<string>;
  readonly cancels: Set<string>;
}

/** Starts runs and cancels some, until the server is gone. Every request that was not answered is asked again with its key. */
async function press(server: ServerProcess, acknowledged: Acknowledged, keys: Map<string, string>): Promise<void> {
  for (let n = 0; ; n++) {
    const key = `${server.pid}-${n}`;
    try {
      const { run } = await server.client.call("startRun", { force: true, key });
      acknowledged.runs.add(run);
      expect(keys.get(key) ?? run).toBe(run);
      keys.set(key, run);
      if (n % 2 === 0) continue;
      // one that runs, or waits
      const victim = n % 4 === 1 ? run : ([...acknowledged.runs].at(-3) ?? run);
      await server.client.call("cancelRun", { id: victim });
      acknowledged.cancels.add(victim);
    } catch (error) {
      // it had ended already, or the server is gone
      if (!(error instanceof Error && "code" in error && error.code === "run_conflict")) return;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function database(path: string): SqliteFile {
  return openSqliteFile(join(path, ".cellar/store.db"), { mustExist: true });
}

function rowsOf<T>(file: SqliteFile, sql: string): readonly T[] {
  return file.prepare<[], T>(sql).all();
}

/** Whether every file that a fact names is in the lake, with the hash of its name. */
function damagedFiles(path: string, hashes: readonly string[]): readonly string[] {
  return hashes.filter((sha256) => {
    const folder = join(path, ".cellar/lake", sha256.slice(0, 2));
    const name = readdirSync(folder).find((file) => file.startsWith(sha256));
    return (
      name === undefined ||
      createHash("sha256")
        .update(readFileSync(join(folder, name)))
        .digest("hex") !== sha256
    );
  });
}

test(
  `F1 F7 P1 P2 P4 P5 a server that is killed ${kills} times at random moments loses nothing, doubles nothing, leaves nothing`,
  { timeout: 300_000 },
  async () => {
    await using folder = await temporaryWorkspace(files);
    const since = Date.now();
    const acknowledged: Acknowledged = { runs: new Set(), cancels: new Set() };
    const keys = new Map<string, string>();
    const orphans: number[] = [];
    let slowestRecovery = 0;
    for (let round = 0; round < kills; round++) {
      const server = await startServerProcess(folder.path, speed, since);
      if (round === 0) await server.client.call("publish", { path: "a.html" });
      // whatever the last server had begun is owned again, or has ended, as soon as this one answers
      const began = performance.now();
      const { runs } = await server.client.call("runs", { limit: 1000 });
      expect(runs.filter(({ state }) => state === "interrupted" || state === "cancelling")).toEqual([]);
      slowestRecovery = Math.max(slowestRecovery, performance.now() - began);
      const pressing = press(server, acknowledged, keys);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 800));
      const tree = descendantsOf(server.pid);
      await server.kill();
      await pressing;
      expect(await until(() => !tree.some(isRunning), 30_000)).toBe(true);
      orphans.push(...tree.filter(isRunning));
      const file = database(folder.path);
      expect(file.pragma("integrity_check", { simple: true })).toBe("ok");
      file.close();
    }
    expect(orphans).toEqual([]);
    expect(acknowledged.runs.size).toBeGreaterThan(kills);

    // a key that was used with a server that is gone still names its run
    const server = await startServerProcess(folder.path, speed, since);
    const [key, run] = [...keys][0] ?? ["", ""];
    expect((await server.client.call("startRun", { force: true, key })).run).toBe(run);
    await server.client.call("unpublish", { path: "a.html" });
    const ended = await until(async () => {
      const { runs } = await server.client.call("runs", { limit: 1000 });
      return runs.every(({ state }) => isTerminal(state as RunState));
    }, 120_000);
    expect(ended).toBe(true);
    await server.kill();

    const file = database(folder.path);
    const runs = new Map(
      rowsOf<{ id: string; state: string; trigger: string }>(file, "select id, state, trigger from runs").map((row) => [
        row.id,
        row,
      ]),
    );
    // no acknowledged run or cancel is lost
    expect([...acknowledged.runs].filter((id) => !runs.has(id))).toEqual([]);
    expect([...acknowledged.cancels].filter((id) => runs.get(id)?.state !== "cancelled")).toEqual([]);
    expect(rowsOf(file, "select error from runs where state = 'failed'")).toEqual([]);
    expect(rowsOf(file, "select asset, reason, error from steps where state in ('failed', 'blocked')")).toEqual([]);
    expect([...new Set([...runs.values()].map(({ state }) => state))].sort()).toEqual(["cancelled", "succeeded"]);
    // no step is stuck
    const stuck = "select * from steps where state in ('waiting', 'running', 'committing')";
    expect(rowsOf(file, stuck)).toEqual([]);
    // exactly one row and one run for each minute
    const ticks = rowsOf<{ tick: number; run: string | null; decision: string }>(
      file,
      "select tick, run, decision from ticks order by tick",
    );
    expect(ticks.length).toBeGreaterThan(kills / 2);
    expect(ticks.map(({ tick }) => tick)).toEqual(ticks.map((_, n) => (ticks[0]?.tick ?? 0) + n * minute));
    const ofTicks = [...runs.values()].filter(({ trigger }) => trigger.includes('"schedule"')).map(({ id }) => id);
    expect(ofTicks.sort()).toEqual(ticks.flatMap(({ run: id }) => id ?? []).sort());
    // the log has no gap, and each run's last event says how it ended
    const gaps = rowsOf(file, "select seq from events where seq > 1 and seq - 1 not in (select seq from events)");
    expect(gaps).toEqual([]);
    const last = new Map<string, string>();
    for (const { body } of rowsOf<{ body: string }>(file, "select body from events order by seq")) {
      const event = JSON.parse(body) as { readonly type: string; readonly run: string; readonly state: string };
      if (event.type === "run_changed") last.set(event.run, event.state);
    }
    expect([...runs.values()].filter(({ id, state }) => last.get(id) !== state)).toEqual([]);
    // at most one fact for an asset in a run, and its bytes are there and whole
    expect(
      rowsOf(file, "select asset, run, count(*) from materializations group by asset, run having count(*) > 1"),
    ).toEqual([]);
    const hashes = rowsOf<{ sha256: string }>(file, "select distinct sha256 from materializations").map(
      (r) => r.sha256,
    );
    expect(hashes.length).toBeGreaterThan(0);
    expect(damagedFiles(folder.path, hashes)).toEqual([]);
    file.close();
    console.log(
      `${kills} kills: ${runs.size} runs (${acknowledged.runs.size} acknowledged by hand, ${acknowledged.cancels.size} cancels), ${ticks.length} ticks; slowest first answer ${Math.round(slowestRecovery)} ms`,
    );
  },
);
