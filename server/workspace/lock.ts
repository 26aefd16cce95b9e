import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { AppError, messageOf } from "../../cells/errors.ts";
import { sqliteCode } from "../store/sqlite-errors.ts";
import { openSqliteFile, type SqliteFile } from "../store/sqlite-file.ts";

/** Who serves a workspace: for messages, and for other commands to find the server. The lock itself is not in here. */
export interface Holder {
  readonly pid: number;
  /** milliseconds since 1970 */
  readonly startedAt: number;
  /** changes when the machine starts; null where the system does not tell */
  readonly boot: string | null;
  readonly host: string;
  readonly version: string;
  /** where it listens, once it does */
  readonly address: string | null;
}

export interface LockOptions {
  readonly version: string;
  /** milliseconds since 1970 */
  readonly now?: () => number;
  readonly pid?: number;
  readonly host?: string;
}

/** The right to be the one server of a workspace, until `release` or the end of the process, however it ends. */
export interface WorkspaceLock {
  readonly holder: Holder;
  /** Tells other commands where this server listens. */
  announce(address: string): void;
  /** Takes back what `announce` told, so that others wait for the end of a server that stops. */
  withdraw(): void;
  release(): void;
}

/**
 * Takes the workspace in `directory` for this process (P8). The lock is SQLite's exclusive one on `.cellar/lock.db`: an advisory
 * lock of the operating system, which ends with the process, so that none is ever stale and no process id is compared.
 * Not to be relied on across machines that share a folder by network. Throws `workspace_locked`, `storage_failed`.
 */
export async function lockWorkspace(directory: string, options: LockOptions): Promise<WorkspaceLock> {
  const folder = join(directory, ".cellar");
  const file = takeLock(folder, 0) ?? waitForLock(folder);
  if (file === null) throw lockedBy(readHolder(folder));
  let holder: Holder = {
    pid: options.pid ?? process.pid,
    startedAt: (options.now ?? Date.now)(),
    boot: bootId(),
    host: options.host ?? hostname(),
    version: options.version,
    address: null,
  };
  writeHolder(folder, holder);
  return {
    get holder() {
      return holder;
    },
    announce(address) {
      holder = { ...holder, address };
      writeHolder(folder, holder);
    },
    withdraw() {
      // not written anew: a disk may be full
      if (file.open) rmSync(join(folder, "lock.json"), { force: true });
    },
    release() {
      if (!file.open) return;
      rmSync(join(folder, "lock.json"), { force: true });
      file.close();
    },
  };
}

/** Who serves the workspace now; null where nobody does. What a server that was killed left behind is not believed. */
export async function findHolder(directory: string): Promise<Holder | null> {
  const folder = join(directory, ".cellar");
  const file = takeLock(folder, 0);
  if (file === null) return readHolder(folder);
  file.close();
  return null;
}

/** Waits for another command, which is soon over, but not for a server that listens. */
function waitForLock(folder: string): SqliteFile | null {
  return typeof readHolder(folder)?.address === "string" ? null : takeLock(folder, 300);
}

/** Null where another connection, of this process or another, has it. */
function takeLock(folder: string, waitMs: number): SqliteFile | null {
  let file: SqliteFile | null = null;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    file = openSqliteFile(join(folder, "lock.db"), { waitMs });
    // nothing is ever written, so no journal is left behind; the open transaction is the lock
    file.pragma("journal_mode = memory");
    file.exec("begin exclusive");
    return file;
  } catch (error) {
    file?.close();
    if (sqliteCode(error)?.startsWith("SQLITE_BUSY")) return null;
    throw new AppError(
      "storage_failed",
      `the workspace cannot be locked: ${messageOf(error)}; check that its .cellar folder may be written`,
      { cause: error },
    );
  }
}

function lockedBy(holder: Holder | null): AppError {
  if (holder === null)
    return new AppError("workspace_locked", "another server starts or stops in this workspace just now; try again", {});
  const { pid, host, startedAt, address, version } = holder;
  const where = address === null ? "" : `, at ${address}`;
  return new AppError(
    "workspace_locked",
    `another server serves this workspace: process ${pid} on ${host}, cellar ${version}, since ${new Date(
      startedAt,
    ).toISOString()}${where}; ${address === null ? "use" : "open"} that one, or stop it (kill ${pid}) and try again`,
    { data: { pid, host, startedAt, address, version } },
  );
}

function writeHolder(folder: string, holder: Holder): void {
  const path = join(folder, "lock.json");
  writeFileSync(`${path}.tmp`, `${JSON.stringify(holder)}\n`, { mode: 0o600 });
  renameSync(`${path}.tmp`, path);
}

/** What the holder wrote about itself; null where it has not yet, or another did that is gone. */
function readHolder(folder: string): Holder | null {
  try {
    const holder = parseHolder(JSON.parse(readFileSync(join(folder, "lock.json"), "utf8")));
    return holder.boot === bootId() && holder.host === hostname() && !isAlive(holder.pid) ? null : holder;
  } catch {
    return null;
  }
}

/** Throws for anything that a holder did not write. */
function parseHolder(value: unknown): Holder {
  const { pid, startedAt, boot, host, version, address } = value as Record<string, unknown>;
  if (typeof pid !== "number" || typeof startedAt !== "number" || typeof host !== "string")
    throw new AppError("storage_failed", "lock.json does not say who serves the workspace; remove it");
  return {
    pid,
    startedAt,
    host,
    boot: typeof boot === "string" ? boot : null,
    version: typeof version === "string" ? version : "of unknown version",
    address: typeof address === "string" ? address : null,
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function bootId(): string | null {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return null;
  }
}
