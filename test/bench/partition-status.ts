import { join } from "node:path";
import { AssetKey } from "../../cells/model/asset-key.ts";
import { keysOf } from "../../cells/partition/space.ts";
import { spacesOf } from "../../cells/plan/spaces.ts";
import { engineMajor } from "../../server/engine/engine-version.ts";
import { openSqliteFile } from "../../server/store/sqlite-file.ts";
import { newFact, newRun, newStep } from "../support/store-rows.ts";
import { settableClock } from "../support/clock.ts";
import { openLocal, type LocalWorkspace } from "../support/local.ts";
import { notebook } from "../support/workspace.ts";
import { type Figure, median, timed } from "./figure.ts";

const at = Date.UTC(2026, 0, 1);
const rounds = 5;
const key = AssetKey.of("a", "hour");

/**
 * Status of a million partitions as the server tells it: the first time after its code changed, which looks at every fact; then with
 * nothing changed; then after one of them was made again. Bare is a count of what readers see, by one statement of SQLite.
 */
export async function measurePartitionStatus(): Promise<readonly Figure[]> {
  const clock = settableClock(at);
  const text = notebook(
    [
      ["sql", 'output="hour" partitions="hourly from=1911-12-03T00:00"', "SELECT ${partition.start} AS at"],
      ["sql", 'output="hours" ', "SELECT count(*) AS n FROM hour"],
      ["sql", 'output="other"', "SELECT 1 AS n"],
    ],
    'timezone="UTC"',
  );
  await using local = await openLocal({ "a.html": text }, { concurrency: 1, clock });
  const keys = await fill(local);
  const { length: count } = keys;
  const some = keys[Math.floor(count / 2)] ?? "";
  const status = async () => {
    const told = await local.call("partitions", { key });
    if (told.count !== count || told.status.materialized !== count - 1000) throw new Error(JSON.stringify(told.status));
  };
  const first = await timed(status);
  const list = () => local.call("assets", {});
  const plan = () => local.call("plan", { select: "other" });
  const part = () => local.call("planBackfill", { select: "hour", partition: `${keys[500_000]}..${keys[509_999]}` });
  const firstList = await timed(list);
  const again: number[] = [];
  const moved: number[] = [];
  const listed: number[] = [];
  const listedMoved: number[] = [];
  const planned: number[] = [];
  const filled: number[] = [];
  for (let round = 0; round < rounds; round++) {
    again.push(await timed(status));
    listed.push(await timed(list));
    planned.push(await timed(plan));
    filled.push(await timed(part));
    await makeAgain(local, `again-${round}`, some);
    moved.push(await timed(status));
    await makeAgain(local, `once-more-${round}`, some);
    listedMoved.push(await timed(list));
  }
  const runOf = async (input: Parameters<typeof local.run>[0]): Promise<number> => {
    const times: number[] = [];
    // the first has engines to start
    for (let round = 0; round <= rounds; round++)
      times.push(
        await timed(async () => {
          const { state } = await local.run({ ...input, force: true });
          if (state !== "succeeded") throw new Error(state);
        }),
      );
    return median(times.slice(1));
  };
  const other = await runOf({ select: "other" });
  const one = await runOf({ select: "hour", partition: keys.at(-1) ?? "" });
  const file = openSqliteFile(storeOf(local), { mustExist: true });
  const bare = await timed(async () => file.prepare("select count(*) from pointers where asset = ?").get(key));
  file.close();
  const figure = (name: string, ours: number): Figure => ({
    ...{ name: `${count.toLocaleString("en")} partitions on the server: ${name}`, unit: "ms", ours, bare },
    ...{ goal: "< 200 ms", isReached: ours < 200 },
  });
  return [
    figure("status", median(again)),
    figure("status after one was made again", median(moved)),
    { ...figure("status for the first time", first), goal: "told", isReached: true },
    figure("list", median(listed)),
    figure("list after one was made again", median(listedMoved)),
    figure("plan of another asset", median(planned)),
    {
      ...figure("backfill of 10,000 of them planned", median(filled)),
      ...{ goal: "< 1 s", isReached: median(filled) < 1000 },
    },
    figure("list for the first time", firstList),
    figure("run of another asset", other),
    figure("run of one of them", one),
  ];
}

/** Facts of all partitions but the last thousand, put into the store as they would be after a long time. */
async function fill(local: LocalWorkspace): Promise<readonly string[]> {
  const { planner, store, clock } = local.open;
  const { workspace } = await planner.effective();
  const node = workspace.assets.get(key);
  if (node === undefined) throw new Error("no asset");
  const keys = [...keysOf(spacesOf(workspace, { at: clock.now() })(node))];
  await store.createRun({ run: newRun("r"), steps: [] });
  const file = openSqliteFile(storeOf(local), { mustExist: true });
  const fact = file.prepare(
    `insert into materializations (seq, asset, partition, run, code_version, data_version, inputs, bound, memo_key, format, sha256,
       bytes, rows, schema, ms, engine, created_at, expires_at, retired_at, refused)
     values (?, ?, ?, 'r', ?, ?, '{}', '[]', ?, 'parquet', ?, 1000, 10, ?, 1, ?, ?, null, null, 0)`,
  );
  const pointer = file.prepare("insert into pointers (asset, partition, fact, moved_seq) values (?, ?, ?, 1)");
  const schema = JSON.stringify([{ name: "at", type: "TIMESTAMP WITH TIME ZONE" }]);
  file.exec("begin");
  for (const [i, partition] of keys.slice(0, -1000).entries()) {
    const hash = i.toString(16).padStart(64, "0");
    fact.run([i + 1, key, partition, node.effectiveCodeVersion, hash, hash, hash, schema, engineMajor, at]);
    pointer.run([key, partition, i + 1]);
  }
  file.exec("commit");
  file.close();
  return keys;
}

async function makeAgain(
  { open: { planner, store, clock } }: LocalWorkspace,
  run: string,
  partition: string,
): Promise<void> {
  const node = (await planner.effective()).workspace.assets.get(key);
  await store.createRun({ run: newRun(run), steps: [newStep(run, key, { partition, attempt: 0 })] });
  const fence = (await store.lease(run, "bench", 1000, clock.now()))?.fence ?? 0;
  const step = { run, asset: key, partition };
  for (const state of ["running", "committing"] as const)
    await store.changeStep(step, state, { at: clock.now(), fence });
  await store.commit({
    ...{ fence, attempt: 1, reason: "made", at: clock.now() },
    materialization: newFact(run, key, {
      ...{ partition, inputs: {}, engine: engineMajor, codeVersion: node?.effectiveCodeVersion ?? "", memoKey: run },
    }),
  });
}

function storeOf({ path }: LocalWorkspace): string {
  return join(path, ".cellar", "store.db");
}
