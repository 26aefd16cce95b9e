import { AppError } from "../../cells/errors.ts";
import type { Db } from "./schema.ts";
import { isFailedSync, toStorageError } from "./sqlite-errors.ts";
import type { SqliteFile } from "./sqlite-file.ts";

const maxGroup = 500;
const maxGroupMs = 5;
/** how long a write that can wait waits for company */
const patienceMs = 20;

interface Job {
  readonly work: (db: Db) => Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Runs writes one after another on the one writing connection. Writes that arrive together share a transaction, so one sync
 * makes all of them durable; each has its own savepoint, so one that throws leaves no trace and its neighbours stand.
 * A write settles only after the commit. After a failed sync every later write is refused: the kernel may have dropped what
 * it could not write, and a second sync would say that all is well.
 */
export class GroupCommit {
  readonly #file: SqliteFile;
  readonly #db: Db;
  readonly #committed: () => void;
  #waiting: Job[] = [];
  #running: Promise<void> | null = null;
  #refusal: AppError | null = null;
  #patience: NodeJS.Timeout | undefined;

  /** `committed` is called after each commit, before the writes of the group resolve. */
  constructor(file: SqliteFile, db: Db, committed: () => void) {
    this.#file = file;
    this.#db = db;
    this.#committed = committed;
  }

  /**
   * Runs `work` in a transaction of its own; resolves once it is durable. `work` must await nothing but queries on its `db`.
   * One that `canWait` is synced with the next that cannot, or 20 ms later; none overtakes another.
   */
  write<T>(work: (db: Db) => Promise<T>, canWait = false): Promise<T> {
    if (this.#refusal !== null) return Promise.reject(this.#refusal);
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ work, resolve: (value) => resolve(value as T), reject });
      if (canWait && this.#running === null) this.#patience ??= setTimeout(() => this.#begin(), patienceMs);
      else this.#begin();
    });
  }

  /** Refuses new writes, and resolves when those under way have settled. */
  async close(): Promise<void> {
    this.#refusal ??= new AppError("storage_failed", "the store is closed; open it again");
    if (this.#waiting.length > 0) this.#begin();
    await this.#running;
  }

  #begin(): void {
    clearTimeout(this.#patience);
    this.#patience = undefined;
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      // lets callers in the same turn join the group, and the event loop turn between groups
      await new Promise((resolve) => setImmediate(resolve));
      await this.#group();
    }
    this.#running = null;
  }

  async #group(): Promise<void> {
    const settle: (() => void)[] = [];
    const members: Job[] = [];
    try {
      this.#file.exec("begin immediate");
      const alone = this.#waiting.length === 1;
      const until = performance.now() + maxGroupMs;
      do {
        const job = this.#waiting.shift();
        if (job === undefined) break;
        members.push(job);
        settle.push(alone ? await this.#single(job) : await this.#member(job));
      } while (!alone && members.length < maxGroup && performance.now() < until);
      if (this.#file.inTransaction) this.#file.exec("commit");
    } catch (error) {
      this.#fail(error, members);
      return;
    }
    this.#committed();
    for (const done of settle) done();
  }

  /** A job without neighbours needs no savepoint: the transaction is its own. */
  async #single(job: Job): Promise<() => void> {
    try {
      const value = await job.work(this.#db);
      return () => job.resolve(value);
    } catch (error) {
      if (this.#file.inTransaction) this.#file.exec("rollback");
      return () => job.reject(toStorageError(error));
    }
  }

  async #member(job: Job): Promise<() => void> {
    this.#file.exec("savepoint job");
    try {
      const value = await job.work(this.#db);
      this.#file.exec("release job");
      return () => job.resolve(value);
    } catch (error) {
      // a full or failing disk ends the whole transaction, and the neighbours with it
      if (!this.#file.inTransaction) throw error;
      this.#file.exec("rollback to job");
      this.#file.exec("release job");
      return () => job.reject(toStorageError(error));
    }
  }

  #fail(error: unknown, members: readonly Job[]): void {
    if (this.#file.inTransaction) this.#file.exec("rollback");
    const reason = toStorageError(error);
    const failed = members.length > 0 ? members : this.#waiting.splice(0);
    if (isFailedSync(error)) {
      this.#refusal = new AppError(
        "storage_failed",
        "a sync of the store to the disk failed, so nothing more is written; check the disk, then start again",
        { cause: error },
      );
      for (const job of [...failed, ...this.#waiting.splice(0)]) job.reject(this.#refusal);
      return;
    }
    for (const job of failed) job.reject(reason);
  }
}
