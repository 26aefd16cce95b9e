import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { AppError } from "../../cells/errors.ts";
import { GroupCommit } from "./group-commit.ts";
import { Kysely } from "./kysely.ts";
import { backup, compareSchemas, migrate, migrations as allMigrations, type Migrations } from "./migrate.ts";
import * as backfills from "./queries/backfills.ts";
import * as branches from "./queries/branches.ts";
import * as columns from "./queries/columns.ts";
import * as automation from "./queries/automation.ts";
import * as identities from "./queries/identities.ts";
import * as checks from "./queries/checks.ts";
import * as details from "./queries/details.ts";
import * as events from "./queries/events.ts";
import * as facts from "./queries/facts.ts";
import * as freshness from "./queries/freshness.ts";
import * as leases from "./queries/leases.ts";
import * as notebooks from "./queries/notebooks.ts";
import * as partitions from "./queries/partitions.ts";
import * as range from "./queries/range.ts";
import * as retention from "./queries/retention.ts";
import * as runs from "./queries/runs.ts";
import * as schedules from "./queries/schedules.ts";
import * as sensors from "./queries/sensors.ts";
import * as settings from "./queries/settings.ts";
import * as standings from "./queries/standings.ts";
import * as shares from "./queries/shares.ts";
import * as steps from "./queries/steps.ts";
import type { Db, Schema } from "./schema.ts";
import { wipe } from "./queries/wipe.ts";
import { forget } from "./queries/forget.ts";
import { RecentDurations } from "./recent-durations.ts";
import { sqliteDialect } from "./sqlite-dialect.ts";
import { restoring, toStorageError } from "./sqlite-errors.ts";
import { openSqliteFile, type SqliteFile } from "./sqlite-file.ts";
import type { LogEvent, Store } from "./store.ts";

export interface SqliteStoreOptions {
  /** milliseconds since 1970, where a method is not given the time */
  readonly clock?: () => number;
  /** schema changes; tests give more or fewer, to stand for another version of this program */
  readonly migrations?: Migrations;
}

/**
 * Opens the store in a file, making folder and file where there are none. WAL, every commit synced, one writing connection.
 * After an unclean end the file is checked; before its schema changes it is copied to `backups/`.
 * Throws `storage_failed` (cannot be opened, or damaged), `storage_full`, `workspace_invalid` (a newer schema).
 */
export async function openSqliteStore(file: string, options: SqliteStoreOptions = {}): Promise<Store> {
  const clock = options.clock ?? Date.now;
  const known = options.migrations ?? allMigrations;
  if (file === ":memory:" || file === "")
    throw new AppError("storage_failed", "the store needs a file, not memory; give it a path in a temporary folder");
  const opened: SqliteFile[] = [];
  try {
    mkdirSync(dirname(file), { recursive: true });
    const existed = existsSync(file) && statSync(file).size > 0;
    // SQLite removes the log when the last connection closes; one that holds anything was left by a crash
    const unclean = existed && existsSync(`${file}-wal`) && statSync(`${file}-wal`).size > 0;
    const writer = openSqliteFile(file);
    opened.push(writer);
    prepare(writer);
    if (unclean) checkIntegrity(writer);
    const { pending, applied } = compareSchemas(writer, known);
    if (pending.length > 0) {
      if (existed) await backup(writer, applied.at(-1) ?? "empty", clock());
      await migrate(new Kysely<unknown>({ dialect: sqliteDialect(writer) }), known);
    }
    const reader = openSqliteFile(file, { mustExist: true });
    opened.push(reader);
    reader.pragma("query_only = on");
    return new SqliteStore(writer, reader, clock);
  } catch (error) {
    for (const one of opened) one.close();
    throw toStorageError(error);
  }
}

function prepare(file: SqliteFile): void {
  file.pragma("journal_mode = wal");
  file.pragma("synchronous = full");
  file.pragma("foreign_keys = on");
  // a burst may grow the log; this gives the space back at the next checkpoint
  file.pragma("journal_size_limit = 67108864");
}

function checkIntegrity(file: SqliteFile): void {
  const found = file.pragma("integrity_check(1)", { simple: true });
  if (found !== "ok") throw new AppError("storage_failed", `the store is damaged: ${String(found)}; ${restoring}`);
}

interface Batch {
  readonly events: events.NewEvent[];
  readonly written: Promise<number>;
}

class SqliteStore implements Store {
  readonly #files: readonly SqliteFile[];
  readonly #reader: Db;
  readonly #clock: () => number;
  readonly #commits: GroupCommit;
  readonly #listeners = new Set<(last: number) => void>();
  readonly #last: () => number;
  #lastSeq: number;
  #batch: Batch | null = null;
  #durations: RecentDurations | null = null;

  constructor(writer: SqliteFile, reader: SqliteFile, clock: () => number) {
    this.#files = [reader, writer];
    this.#reader = new Kysely<Schema>({ dialect: sqliteDialect(reader) });
    this.#clock = clock;
    const statement = writer.prepare<[], number>("select coalesce(max(seq), 0) from events").pluck();
    this.#last = () => statement.get() ?? 0;
    this.#lastSeq = this.#last();
    this.#commits = new GroupCommit(writer, new Kysely<Schema>({ dialect: sqliteDialect(writer) }), () =>
      this.#committed(),
    );
  }

  publish: Store["publish"] = (notebook) => this.#write((db) => notebooks.publish(db, notebook));
  unpublish: Store["unpublish"] = (path, at) => this.#write((db) => notebooks.unpublish(db, path, at));
  keepRevision: Store["keepRevision"] = (revision) => this.#write((db) => notebooks.keepRevision(db, revision));
  published: Store["published"] = () => this.#read((db) => notebooks.published(db));
  revision: Store["revision"] = (hash) => this.#read((db) => notebooks.revision(db, hash));

  createRun: Store["createRun"] = (run, key) => this.#write((db) => runs.createRun(db, run, key, this.#clock()));
  run: Store["run"] = (id) => this.#read((db) => runs.findRun(db, id));
  runs: Store["runs"] = (query) => this.#read((db) => runs.listRuns(db, query));
  enqueue: Store["enqueue"] = (run) => this.#write((db) => runs.enqueue(db, run));
  queued: Store["queued"] = () => this.#read((db) => runs.queuedRuns(db));
  steps: Store["steps"] = (run) => this.#read((db) => steps.stepsOfRun(db, run));
  changeRun: Store["changeRun"] = (id, to, change) => this.#write((db) => runs.changeRun(db, id, to, change));
  changeStep: Store["changeStep"] = (name, to, change) =>
    this.#write((db) => steps.changeStep(db, name, to, change), change.canWait);
  addSteps: Store["addSteps"] = (added) => this.#write((db) => runs.addSteps(db, added, this.#clock()));

  lease: Store["lease"] = (run, holder, ms, now) => this.#write((db) => leases.takeLease(db, run, holder, ms, now));
  renew: Store["renew"] = (lease, ms, now) => this.#write((db) => leases.renewLease(db, lease, ms, now));
  release: Store["release"] = (lease) => this.#write((db) => leases.releaseLease(db, lease));
  leases: Store["leases"] = (now) => this.#read((db) => leases.liveLeases(db, now));

  commit: Store["commit"] = async (commit) => {
    const fact = await this.#write((db) => facts.commit(db, commit), commit.canWait);
    this.#durations?.add(fact.asset, fact.ms);
    return fact;
  };
  commitRange: Store["commitRange"] = async (commits) => {
    const committed = await this.#write((db) => range.commitRange(db, commits));
    for (const { asset, ms } of committed) this.#durations?.add(asset, ms);
    return committed;
  };
  reuse: Store["reuse"] = (reuse) => this.#write((db) => facts.reuse(db, reuse));
  pointers: Store["pointers"] = (assets, environment) => this.#read((db) => facts.pointers(db, assets, environment));
  materializations: Store["materializations"] = (query) => this.#read((db) => facts.materializations(db, query));
  materializationsOfRun: Store["materializationsOfRun"] = (run) =>
    this.#read((db) => facts.materializationsOfRun(db, run));
  byMemoKeys: Store["byMemoKeys"] = (keys, options) => this.#read((db) => facts.byMemoKeys(db, keys, options));
  factDetails: Store["factDetails"] = (seqs) => this.#read((db) => details.factDetails(db, seqs));
  checkResults: Store["checkResults"] = (query) => this.#read((db) => checks.checkResults(db, query));
  failingChecks: Store["failingChecks"] = (assets) => this.#read((db) => checks.failingChecks(db, assets));
  failures: Store["failures"] = (environment, asset) => this.#read((db) => facts.failures(db, environment, asset));
  standing: Store["standing"] = (asset) => this.#read((db) => standings.standing(db, asset));
  keepStanding: Store["keepStanding"] = (asset, value) => this.#write((db) => standings.keepStanding(db, asset, value));
  movedSince: Store["movedSince"] = (asset, seq, most) =>
    this.#read((db) => standings.movedSince(db, asset, seq, most));
  pointersAt: Store["pointersAt"] = (asset, partitions) =>
    this.#read((db) => standings.pointersAt(db, asset, partitions));
  pointersAfter: Store["pointersAfter"] = (asset, partition, limit) =>
    this.#read((db) => standings.pointersAfter(db, asset, partition, limit));
  pointersBehind: Store["pointersBehind"] = (asset, fact, limit) =>
    this.#read((db) => standings.pointersBehind(db, asset, fact, limit));
  lastPointers: Store["lastPointers"] = (asset, limit) => this.#read((db) => standings.lastPointers(db, asset, limit));
  dataVersions: Store["dataVersions"] = (asset) => this.#read((db) => standings.dataVersions(db, asset));
  wideAssets: Store["wideAssets"] = (assets, most) => this.#read((db) => standings.wideAssets(db, assets, most));
  /** Kept in memory once read: every plan asks, and with a million facts the query takes half a second. */
  durations: Store["durations"] = async () => {
    this.#durations ??= new RecentDurations(await this.#read((db) => facts.recentDurations(db)));
    return this.#durations.medians();
  };
  retire: Store["retire"] = (rules, at) => this.#write((db) => retention.retire(db, rules, at));
  referencedFiles: Store["referencedFiles"] = (retiredBefore = Infinity) =>
    this.#read((db) => retention.referencedFiles(db, Math.min(retiredBefore, Number.MAX_SAFE_INTEGER)));
  oldestRunUnderWay: Store["oldestRunUnderWay"] = () => this.#read((db) => retention.oldestRunUnderWay(db));

  wipe: Store["wipe"] = (asset, partitions, at) => this.#write((db) => wipe(db, asset, partitions, at));
  identities: Store["identities"] = () => this.#read((db) => identities.identities(db));
  keepIdentities: Store["keepIdentities"] = async (present, renames, at) => {
    const moved = await this.#write((db) => identities.keepIdentities(db, present, renames, at));
    if (moved.length > 0) this.#durations = null;
    return moved;
  };
  freshness: Store["freshness"] = () => this.#read((db) => freshness.freshness(db));
  changeFreshness: Store["changeFreshness"] = (changes, at) =>
    this.#write((db) => freshness.changeFreshness(db, changes, at));
  lastSuccesses: Store["lastSuccesses"] = (assets) => this.#read((db) => freshness.lastSuccesses(db, assets));

  decideTick: Store["decideTick"] = (tick) => this.#write((db) => schedules.decideTick(db, tick));
  decideTicks: Store["decideTicks"] = (ticks) => this.#write((db) => schedules.decideTicks(db, ticks));
  lastTick: Store["lastTick"] = (schedule) => this.#read((db) => schedules.lastTick(db, schedule));
  beginSchedule: Store["beginSchedule"] = (schedule, definition, at) =>
    this.#write((db) => schedules.beginSchedule(db, schedule, definition, at));
  ticks: Store["ticks"] = (schedule, limit) => this.#read((db) => schedules.ticks(db, schedule, limit));

  addPartitionKeys: Store["addPartitionKeys"] = (name, keys, at) =>
    this.#write((db) => partitions.addPartitionKeys(db, name, keys, at));
  removePartitionKeys: Store["removePartitionKeys"] = (name, keys, at) =>
    this.#write((db) => partitions.removePartitionKeys(db, name, keys, at));
  partitionKeys: Store["partitionKeys"] = (name) => this.#read((db) => partitions.partitionKeys(db, name));
  allPartitionKeys: Store["allPartitionKeys"] = () => this.#read((db) => partitions.allPartitionKeys(db));

  createBranch: Store["createBranch"] = (branch) => this.#write((db) => branches.createBranch(db, branch));
  updateBranch: Store["updateBranch"] = (branch) => this.#write((db) => branches.updateBranch(db, branch));
  deleteBranch: Store["deleteBranch"] = (name, at) => this.#write((db) => branches.deleteBranch(db, name, at));
  branches: Store["branches"] = () => this.#read((db) => branches.listBranches(db));
  branch: Store["branch"] = (name) => this.#read((db) => branches.findBranch(db, name));
  branchPointers: Store["branchPointers"] = (name) => this.#read((db) => branches.branchPointers(db, name));
  promote: Store["promote"] = (request) => this.#write((db) => branches.promote(db, request));
  rollback: Store["rollback"] = (id, at, force) => this.#write((db) => branches.rollback(db, id, at, force));
  promotions: Store["promotions"] = (branch) => this.#read((db) => branches.promotions(db, branch));
  keptColumns: Store["keptColumns"] = (key) => this.#read((db) => columns.keptColumns(db, key));
  keepColumns: Store["keepColumns"] = (entries) => this.#write((db) => columns.keepColumns(db, entries));

  createBackfill: Store["createBackfill"] = (backfill) => this.#write((db) => backfills.createBackfill(db, backfill));
  backfill: Store["backfill"] = (id) => this.#read((db) => backfills.findBackfill(db, id));
  backfills: Store["backfills"] = (query) => this.#read((db) => backfills.listBackfills(db, query));
  changeBackfill: Store["changeBackfill"] = (id, to, change) =>
    this.#write((db) => backfills.changeBackfill(db, id, to, change));
  addBackfillRun: Store["addBackfillRun"] = (id, number, run, at) =>
    this.#write((db) => backfills.addBackfillRun(db, id, number, run, at));
  backfillRuns: Store["backfillRuns"] = (id) => this.#read((db) => backfills.backfillRuns(db, id));
  backfillCounts: Store["backfillCounts"] = (id) => this.#read((db) => backfills.backfillCounts(db, id));
  backfillSteps: Store["backfillSteps"] = (id, query) => this.#read((db) => backfills.backfillSteps(db, id, query));
  automationParts: Store["automationParts"] = () => this.#read((db) => automation.automationParts(db));
  decideAutomation: Store["decideAutomation"] = (decision) =>
    this.#write((db) => automation.decideAutomation(db, decision));
  evaluations: Store["evaluations"] = (query) => this.#read((db) => automation.evaluations(db, query));
  latestEvaluations: Store["latestEvaluations"] = () => this.#read((db) => automation.latestEvaluations(db));
  runTargets: Store["runTargets"] = (of) => this.#read((db) => automation.runTargets(db, of));
  stepUpdates: Store["stepUpdates"] = (of) => this.#read((db) => automation.stepUpdates(db, of));
  pauses: Store["pauses"] = () => this.#read((db) => automation.pauses(db));
  setPause: Store["setPause"] = (name, paused, at) => this.#write((db) => automation.setPause(db, name, paused, at));

  sensorState: Store["sensorState"] = (id) => this.#read((db) => sensors.sensorState(db, id));
  beginSensor: Store["beginSensor"] = (id, position, at) =>
    this.#write((db) => sensors.beginSensor(db, id, position, at));
  sensorTicks: Store["sensorTicks"] = (id, limit) => this.#read((db) => sensors.sensorTicks(db, id, limit));
  handledKeys: Store["handledKeys"] = (id, keys) => this.#read((db) => sensors.handledKeys(db, id, keys));
  decideSensor: Store["decideSensor"] = (decision) => this.#write((db) => sensors.decideSensor(db, decision));
  setSensorCursor: Store["setSensorCursor"] = (id, cursor) =>
    this.#write((db) => sensors.setSensorCursor(db, id, cursor));
  addPayload: Store["addPayload"] = (id, body, at) => this.#write((db) => sensors.addPayload(db, id, body, at));
  payloads: Store["payloads"] = (id, limit) => this.#read((db) => sensors.payloads(db, id, limit));

  /** Joins the batch that waits, unless another write was asked for since: the log keeps the order of the calls. */
  async append(appended: readonly LogEvent[], at: number): Promise<number> {
    const added = appended.map((event) => events.toNewEvent(event, at));
    this.#batch ??= this.#beginBatch();
    const { events: batched, written } = this.#batch;
    const behind = batched.push(...added);
    const last = await written;
    return last - (batched.length - behind);
  }

  #beginBatch(): Batch {
    const batched: events.NewEvent[] = [];
    const written = this.#commits.write((db) => {
      this.#batch = null;
      return events.insertEvents(db, batched);
    });
    return { events: batched, written };
  }

  eventsAfter: Store["eventsAfter"] = (seq, limit, run) => this.#read((db) => events.eventsAfter(db, seq, limit, run));
  lastSeq: Store["lastSeq"] = async () => this.#lastSeq;

  forget: Store["forget"] = (before) => this.#write((db) => forget(db, before));

  onEvents(listener: (last: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  addShare: Store["addShare"] = (share) => this.#write((db) => shares.addShare(db, share));
  shares: Store["shares"] = () => this.#read((db) => shares.shares(db));
  shareByTokenHash: Store["shareByTokenHash"] = (hash) => this.#read((db) => shares.shareByTokenHash(db, hash));
  revokeShare: Store["revokeShare"] = (id, at) => this.#write((db) => shares.revokeShare(db, id, at));
  setting: Store["setting"] = (name) => this.#read((db) => settings.setting(db, name));
  setSetting: Store["setSetting"] = (name, value) => this.#write((db) => settings.setSetting(db, name, value));
  fileVersions: Store["fileVersions"] = () => this.#read((db) => settings.fileVersions(db));
  setFileVersion: Store["setFileVersion"] = (name, file) =>
    this.#write((db) => settings.setFileVersion(db, name, file));

  async close(): Promise<void> {
    await this.#commits.close();
    this.#listeners.clear();
    // not through Kysely, which closes nothing where no query was made; the last to close removes the log
    for (const file of this.#files) file.close();
  }

  #write<T>(work: (db: Db) => Promise<T>, canWait = false): Promise<T> {
    this.#batch = null;
    return this.#commits.write(work, canWait);
  }

  async #read<T>(work: (db: Db) => Promise<T>): Promise<T> {
    try {
      return await work(this.#reader);
    } catch (error) {
      throw toStorageError(error);
    }
  }

  #committed(): void {
    const last = this.#last();
    if (last === this.#lastSeq) return;
    this.#lastSeq = last;
    for (const listener of this.#listeners) listener(last);
  }
}
