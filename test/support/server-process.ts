import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient, type ApiClient } from "../../cells/api/client.ts";
import { closeWithTest } from "./close-with-test.ts";

/** A server in a process of its own, to be killed. */
export interface ServerProcess {
  readonly pid: number;
  readonly origin: string;
  readonly token: string;
  readonly client: ApiClient<Response>;
  /** SIGKILL, and nothing else; resolves once the process is gone. */
  kill(): Promise<void>;
}

const entry = join(import.meta.dirname, "fast-server.ts");

/**
 * Starts `serve` over a folder, on a free port, with a clock that runs `speed` times as fast as the machine's since `since`
 * (milliseconds since 1970).
 */
export async function startServerProcess(workspace: string, speed = 1, since = 0): Promise<ServerProcess> {
  const child = spawn(process.execPath, ["--no-warnings", entry, workspace, String(speed), String(since)], {
    stdio: ["ignore", "pipe", "inherit"],
    // as the command line has it: a start takes half the time
    env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), "node-compile-cache") },
  });
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const kill = closeWithTest(async () => {
    child.kill("SIGKILL");
    await gone;
  });
  const said = await firstLine(child);
  const { origin, token } = JSON.parse(said) as { readonly origin: string; readonly token: string };
  return {
    pid: child.pid ?? 0,
    origin,
    token,
    client: createClient(
      (path, init) => fetch(origin + path, init as RequestInit),
      () => token,
    ),
    kill,
  };
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      if (text.includes("\n")) resolve(text.slice(0, text.indexOf("\n")));
    });
    child.once("exit", (code) => reject(new Error(`the server ended with ${code} before it was ready: ${text}`)));
  });
}

/** Processes whose parent, or its parent, and so on, is this one. */
export function descendantsOf(pid: number): readonly number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc"))
    if (/^\d+$/.test(name))
      try {
        const stat = readFileSync(`/proc/${name}/stat`, "latin1");
        parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
      } catch {
        // it ended meanwhile
      }
  const found = [pid];
  for (const parent of found) for (const [child, of] of parents) if (of === parent) found.push(child);
  return found.slice(1);
}

/** A zombie counts as gone: it runs nothing. */
export function isRunning(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}

/** Looks every 20 ms until something holds; whether it did within `ms`. For what no event tells. */
export async function until(condition: () => boolean | Promise<boolean>, ms: number): Promise<boolean> {
  const deadline = performance.now() + ms;
  while (performance.now() < deadline) {
    if (await condition()) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return condition();
}
