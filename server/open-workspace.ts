import { access, constants, mkdir, realpath, rm, stat, utimes } from "node:fs/promises";
import { basename, join } from "node:path";
import { AppError } from "../cells/errors.ts";
import { Automation } from "./automation/automation.ts";
import { Backfiller } from "./backfill/backfiller.ts";
import { type Clock, systemClock } from "./clock.ts";
import { defaultLimits } from "./engine/default-limits.ts";
import type { Limits } from "./engine/messages.ts";
import { Collector } from "./lake/collector.ts";
import { openDiskLake } from "./lake/disk.ts";
import type { Lake } from "./lake/lake.ts";
import { createLocalQueue } from "./queue/local.ts";
import type { Queue } from "./queue/queue.ts";
import type { EnginePool } from "./engines/engine.ts";
import { createEnginePool } from "./engines/engine-pool.ts";
import { Resources } from "./resources/resources.ts";
import { type Environment, Secrets } from "./resources/secrets.ts";
import { ColumnReader } from "./planning/column-reader.ts";
import { Executor } from "./runner/executor.ts";
import { Planner } from "./planning/planner.ts";
import { KeyReader } from "./partitions/key-reader.ts";
import { MappingReader } from "./partitions/mapping-reader.ts";
import { PartitionReader } from "./partitions/partition-reader.ts";
import { Reader } from "./engines/reader.ts";
import { PoolSlots } from "./runner/pool-slots.ts";
import { recoverRuns } from "./runner/recover.ts";
import { Slots } from "./engines/slots.ts";
import { FreshnessWatch } from "./freshness/freshness-watch.ts";
import { Sensors } from "./sensors/sensors.ts";
import { createPost } from "./outbox/endpoint.ts";
import { createSendMail } from "./outbox/mail.ts";
import { EventsOut } from "./outbox/events-out.ts";
import { Counts } from "./metrics/counts.ts";
import { Scheduler } from "./scheduler/scheduler.ts";
import { openSqliteStore } from "./store/sqlite.ts";
import type { Store } from "./store/store.ts";
import { Catalog } from "./workspace/catalog.ts";
import { lockWorkspace, type WorkspaceLock } from "./workspace/lock.ts";
import { NotebookFiles } from "./workspace/notebook-files.ts";
import { resolveName } from "./workspace/paths.ts";
import { LiveConfig } from "./workspace/live-config.ts";
import type { ConfigProblem, WorkspaceConfig } from "./workspace/workspace-config.ts";
import { removeLeftovers, WorkspaceFiles } from "./workspace/workspace-files.ts";
import { version } from "./version.ts";

/** Everything that serves one workspace, open. */
export interface OpenWorkspace {
  readonly root: string;
  /** the folder of facts, `.cellar` */
  readonly home: string;
  readonly clock: Clock;
  readonly lock: WorkspaceLock;
  readonly store: Store;
  readonly lake: Lake;
  readonly notebooks: NotebookFiles;
  readonly files: WorkspaceFiles;
  readonly catalog: Catalog;
  readonly planner: Planner;
  readonly queue: Queue;
  readonly poolSlots: PoolSlots;
  readonly reader: Reader;
  /** of partitions that are values of a column */
  readonly keys: KeyReader;
  readonly partitions: PartitionReader;
  /** engines that wait for the next run */
  readonly slots: Slots;
  /** where columns come from */
  readonly columns: ColumnReader;
  /** where engine processes come from, for what is neither run nor read */
  readonly pool: EnginePool;
  readonly limits: Limits;
  readonly resources: Resources;
  /** private folders of this name to work in */
  readonly scratch: (name: string) => Promise<{ readonly staging: string; readonly temporary: string }>;
  readonly config: () => WorkspaceConfig;
  readonly live: LiveConfig;
  readonly scheduler: Scheduler;
  readonly eventsOut: EventsOut;
  readonly automation: Automation;
  readonly freshness: FreshnessWatch;
  readonly sensors: Sensors;
  readonly secrets: Secrets;
  readonly backfiller: Backfiller;
  readonly collector: Collector;
  /** what has happened since the start, for `/api/metrics` */
  readonly counts: Counts;
  readonly configProblems: () => readonly ConfigProblem[];
  close(): Promise<void>;
}

export interface OpenOptions {
  readonly clock?: Clock;
  readonly concurrency?: number;
  readonly limits?: Partial<Limits>;
  readonly report?: (error: unknown) => void;
  /** where a secret is looked for first; that of this process */
  readonly env?: Environment;
  /** in [0, 1), for jitter */
  readonly random?: () => number;
  /** a run that the server died over this often is not taken up again */
  readonly mostDeaths?: number;
  /** how long an engine process is kept warm for the next run, in milliseconds; with 0 none is */
  readonly spareMs?: number;
}

const keepLogMs = 90 * 24 * 60 * 60_000;

/**
 * Opens a workspace for writing. Throws `workspace_invalid` where the folder cannot be used, `workspace_locked` where another server
 * has it.
 */
export async function openWorkspace(directory: string, options: OpenOptions = {}): Promise<OpenWorkspace> {
  const clock = options.clock ?? systemClock;
  const report = options.report ?? ((error) => console.error(error));
  const root = await usableFolder(directory);
  const home = join(root, ".cellar");
  const lock = await lockWorkspace(root, { version, now: () => clock.now() });
  const closing: (() => Promise<void> | void)[] = [() => lock.release()];
  try {
    const store = await openSqliteStore(join(home, "store.db"), { clock: () => clock.now() });
    closing.unshift(() => store.close());
    const lakeFolder = join(home, "lake");
    // what a server that was killed was about to write: nobody writes there now
    for (const left of [join(lakeFolder, "staging"), join(home, "tmp")])
      await rm(left, { recursive: true, force: true });
    await removeLeftovers(root);
    const lake = await openDiskLake(lakeFolder, () => clock.now());
    closing.unshift(() => lake.close());
    const live = await LiveConfig.open(root);
    const config = () => live.now.config;
    const notebooks = new NotebookFiles(root, join(home, "versions"));
    const files = new WorkspaceFiles(root, store, config);
    const catalog = new Catalog(root, notebooks);
    await catalog.load();
    catalog.onChange((change) => {
      if (change.type === "file_changed" && change.name === "cellar.json") live.reload().catch(report);
    });
    closing.unshift(() => catalog.close());
    const limits: Limits = { ...defaultLimits, ...options.limits };
    const pool: EnginePool = createEnginePool(options.spareMs === undefined ? {} : { spareMs: options.spareMs });
    closing.unshift(() => pool.close());
    const scratch = scratchIn(home, lakeFolder);
    const slots = new Slots(scratch);
    closing.unshift(() => slots.close());
    const secrets = new Secrets(home, options.env);
    const resources = new Resources({ root, config: () => config().resources, secrets });
    const poolSlots = new PoolSlots((name) => config().pools.get(name) ?? config().pools.get("*") ?? Infinity);
    const reader = new Reader({ pool, lakeFolder, scratch, limits, resources });
    closing.unshift(() => reader.close());
    const keys = new KeyReader({ store, lake, reader });
    const mappings = new MappingReader({ pool, scratch, limits, clock });
    const partitions = new PartitionReader({ keys, mappings });
    const executor = new Executor({
      partitions,
      resources,
      store,
      lake,
      pool,
      slots,
      files,
      clock,
      limits,
      lakeFolder,
      scratch,
      stepTimeoutMs: () => config().queue.stepTimeoutMs,
      poolSlots,
      random: options.random ?? Math.random,
      holder: `${process.pid}@${clock.now()}`,
    });
    const columns = new ColumnReader({ store, pool, files, scratch, limits });
    const planner = new Planner({
      store,
      catalog,
      files,
      clock,
      columns,
      partitions,
      rules: () => config().queue.rules,
      jobs: () => config().jobs,
    });
    const queue = createLocalQueue({
      store,
      concurrency: () => options.concurrency ?? config().queue.concurrency,
      limits: () => config().queue.limits,
      onError: (_run, error) => report(error),
    });
    live.onChange(() => {
      queue.wake();
      poolSlots.wake();
    });
    await recoverRuns(store, clock, options.mostDeaths);
    const assets = async () => (await planner.effective()).workspace;
    const collector = new Collector({ store, lake, clock, assets, report, keepLogMs: () => keepLogMs });
    closing.unshift(() => collector.stop());
    const backfiller = new Backfiller({ store, planner, queue, clock, report });
    closing.unshift(() => backfiller.stop());
    const working = queue.work((run, signal) =>
      executor.execute(run, signal).finally(() => {
        collector.runEnded();
        void backfiller.look();
      }),
    );
    working.catch(report);
    closing.unshift(() => {
      executor.stop();
      return queue.stop();
    });
    if (options.concurrency !== 0) await backfiller.start();
    const freshness = new FreshnessWatch({ store, assets, clock, report });
    closing.unshift(() => freshness.stop());
    const scheduler = new Scheduler({ store, planner, queue, clock, report, jobs: () => config().jobs.values() });
    closing.unshift(() => scheduler.stop());
    const eventsOut = new EventsOut({
      store,
      columns,
      planner,
      queue,
      clock,
      config,
      report,
      version,
      workspace: basename(root),
      post: createPost(secrets),
      sendMail: createSendMail(() => config().mail, secrets),
      address: () => config().address ?? lock.holder.address,
      select: async (select) => planner.select((await planner.effective()).workspace, select),
      fileOf: (name) => resolveName(root, name),
    });
    closing.unshift(() => eventsOut.stop());
    const automation = new Automation({
      store,
      planner,
      partitions,
      catalog,
      queue,
      clock,
      report,
      fill: () => void backfiller.look(),
      jobs: () => config().jobs,
    });
    closing.unshift(() => automation.stop());
    const sensors = new Sensors({
      ...{
        store,
        lake,
        partitions,
        files,
        pool,
        resources,
        clock,
        limits,
        lakeFolder,
        scratch,
        planner,
        catalog,
        queue,
        report,
      },
    });
    closing.unshift(() => sensors.stop());
    const counts = new Counts(store, report);
    closing.unshift(() => counts.stop());
    return {
      root,
      home,
      clock,
      lock,
      store,
      lake,
      notebooks,
      files,
      catalog,
      planner,
      queue,
      poolSlots,
      reader,
      keys,
      partitions,
      slots,
      columns,
      pool,
      limits,
      resources,
      scratch,
      config,
      live,
      scheduler,
      eventsOut,
      automation,
      freshness,
      sensors,
      secrets,
      backfiller,
      collector,
      counts,
      configProblems: () => live.now.problems,
      close: () => closeAll(closing),
    };
  } catch (error) {
    await closeAll(closing);
    throw error;
  }
}

async function closeAll(closing: readonly (() => Promise<void> | void)[]): Promise<void> {
  for (const close of closing) await close();
}

/** The folder, resolved, with a `.cellar` that can be written. */
async function usableFolder(directory: string): Promise<string> {
  const found = await stat(directory).catch(() => null);
  if (!found?.isDirectory())
    throw new AppError(
      "workspace_invalid",
      `not a folder: ${directory}; give --workspace the folder that holds your notebooks`,
    );
  const root = await realpath(directory);
  const home = join(root, ".cellar");
  try {
    await mkdir(home, { recursive: true, mode: 0o700 });
    await access(home, constants.W_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new AppError(
      "workspace_invalid",
      `workspace ${directory} is not writable (${code ?? "unknown"}): Cellar keeps its facts in a folder .cellar there; give yourself the right to write, or copy the folder`,
      { cause: error },
    );
  }
  return root;
}

function scratchIn(home: string, lakeFolder: string) {
  return async (name: string) => {
    const staging = join(lakeFolder, "staging", name);
    const temporary = join(home, "tmp", name);
    await mkdir(staging, { recursive: true, mode: 0o700 });
    // what collects may remove a folder that is empty for long
    await utimes(staging, new Date(), new Date());
    await mkdir(temporary, { recursive: true, mode: 0o700 });
    return { staging, temporary };
  };
}
