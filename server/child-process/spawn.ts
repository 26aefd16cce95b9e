import { spawn, type ChildProcess } from "node:child_process";
import { accessSync, constants, readFileSync } from "node:fs";

/** A Node process of ours, with less than its parent has. */
export interface ConfinedSpec {
  /** absolute path of its entry */
  readonly entry: string;
  readonly nodeArguments?: readonly string[];
  /** the whole environment: nothing of the parent's is passed on */
  readonly environment?: Readonly<Record<string, string>>;
  /** RLIMIT_DATA, where `prlimit` is installed: what it may allocate, reserved and unused memory with it */
  readonly dataBytes: number;
  /** a process group of its own, so that it can be killed with all that it started */
  readonly isGroup: boolean;
}

/** A process that was started, and what is known of its end. */
export interface Confined {
  readonly child: ChildProcess;
  /** resolves with the reason in words, once it is gone and all that it said was heard */
  readonly died: Promise<string>;
  /** SIGKILL, to the whole group where it has one. Never throws. */
  kill(): void;
}

/** Where Linux has the programs that bound a process; none elsewhere, where the watch of memory alone holds. */
const prlimit = findProgram("prlimit");
const setpriv = findProgram("setpriv");
const tailCharacters = 4_000;

/**
 * Starts a process with an IPC channel. It dies with its parent: by its channel, and on Linux by the kernel's own signal,
 * which reaches a process that is busy too.
 */
export function spawnConfined(spec: ConfinedSpec): Confined {
  const { entry, nodeArguments = [], environment = {}, dataBytes, isGroup } = spec;
  const words = [
    ...(setpriv === null ? [] : [setpriv, "--pdeathsig", "KILL"]),
    ...(prlimit === null ? [] : [prlimit, `--data=${dataBytes}:${dataBytes}`, "--core=0:0"]),
    process.execPath,
    ...nodeArguments,
    entry,
  ];
  const [command = process.execPath, ...words_] = words;
  const child = spawn(command, words_, {
    cwd: "/",
    env: environment,
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    serialization: "advanced",
    detached: isGroup,
  });
  let tail = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (tail = (tail + text).slice(-tailCharacters)));
  // a broken pipe to a child that is gone is told by its end
  child.on("error", () => undefined);
  const kill = (): void => {
    try {
      if (isGroup && child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      else child.kill("SIGKILL");
    } catch {
      // it is gone already
    }
  };
  const died = new Promise<string>((resolve) => {
    child.once("error", (error) => child.pid === undefined && resolve(`it could not be started: ${error.message}`));
    child.once("exit", (code, signal) => {
      kill();
      const tell = (): void => resolve(reasonOf(code, signal, tail));
      // what it said last may still be in the channel
      if (child.connected) child.once("disconnect", tell);
      else tell();
    });
  });
  return { child, died, kill };
}

/** Memory that a process has in RAM, in bytes; null where it cannot be told. */
export function residentBytes(pid: number): number | null {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, "latin1").split(" ")[1]);
    return Number.isFinite(pages) ? pages * 4096 : null;
  } catch {
    return null;
  }
}

function reasonOf(code: number | null, signal: NodeJS.Signals | null, tail: string): string {
  if (/heap out of memory|Allocation failed|out of memory|bad_alloc/i.test(tail)) return "it ran out of memory";
  const last = tail
    .trimEnd()
    .split("\n")
    .findLast((line) => /error|fatal|terminate/i.test(line));
  const how = signal === null ? `it exited with code ${code ?? "unknown"}` : `it was ended by ${signal}`;
  return last === undefined ? how : `${how}: ${last.trim().slice(0, 200)}`;
}

function findProgram(name: string): string | null {
  if (process.platform !== "linux") return null;
  for (const folder of ["/usr/bin", "/bin", "/usr/sbin", "/sbin"]) {
    try {
      accessSync(`${folder}/${name}`, constants.X_OK);
      return `${folder}/${name}`;
    } catch {
      // not there
    }
  }
  return null;
}
