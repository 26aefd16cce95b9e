import { spawn } from "node:child_process";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { expect } from "vitest";
import { run } from "../../../server/cli/main.ts";
import { notebook } from "../../support/workspace.ts";

/** The command as it is installed. */
export const bin = join(import.meta.dirname, "../../../server/bin/cellar.js");

/** How a command ended and what it said. */
export interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** What is around a command in a test, where it is not the test's own. */
interface Around {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** what is piped in */
  readonly input?: string;
}

/** Carries out a command line in this process, to its end. */
export async function cellar(args: readonly string[], { cwd = "/", env = {}, input = "" }: Around = {}): Promise<Said> {
  const [out, err] = [new Collected(), new Collected()];
  const code = await run(args, {
    ...{ cwd, env: { ...process.env, ...env }, stdin: Readable.from([Buffer.from(input)]), stdout: out, stderr: err },
    // none comes here
    onStop: () => () => undefined,
  });
  return { code, out: out.text, err: err.text };
}

/** A stream that keeps what is written to it. */
class Collected extends Writable {
  text = "";
  override _write(part: Buffer, _encoding: unknown, done: () => void): void {
    this.text += part.toString();
    done();
  }
}

interface Started extends Around {
  /** words before it, as in setpriv */
  readonly as?: readonly string[];
  readonly node?: string;
}

/** Runs the command as it is installed, in a process of its own, to its end. */
export function installed(
  args: readonly string[],
  { as = [], node = process.execPath, cwd = "/", env = {}, input = "" }: Started = {},
): Promise<Said> {
  const [command = "", ...words] = [...as, node, bin, ...args];
  return new Promise<Said>((resolve) => {
    const child = spawn(command, words, { cwd, env: { ...process.env, ...env } });
    let out = "";
    let err = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
    child.on("close", (code) => resolve({ code, out, err }));
    child.stdin.end(input);
    setTimeout(() => child.kill("SIGKILL"), 60_000).unref();
  });
}

/** The one JSON document of a command that exits with `code`: one line on standard output, nothing else anywhere. */
export async function document(code: number, ...args: readonly string[]): Promise<Record<string, never>> {
  const said = await cellar([...args, "--json"]);
  expect({ args, code: said.code, err: said.err, lines: said.out.split("\n").length }).toEqual({
    args,
    code,
    err: "",
    lines: 2,
  });
  return JSON.parse(said.out) as Record<string, never>;
}

/** What is said, line by line. */
export const lines = (text: string) => text.split("\n").filter((line) => line !== "");
/** A workspace with a notebook that works, one with a problem, and one whose cell fails. */
export const files = {
  "sales.html": notebook(
    [
      ["sql", 'output="orders" tags="daily" owners="ann"', "SELECT i AS id, i * 2 AS price FROM range(10) t(i)"],
      ["sql", 'output="total"', "SELECT sum(price) AS total FROM orders"],
    ],
    'schedule="0 9 * * *" timezone="UTC"',
  ),
  "broken.html": notebook([["sql", 'output="wrong" retries="many"', "SELECT 1 AS x"]]),
  "fails.html": notebook([["sql", 'output="nothing"', "SELECT nothing AS x"]]),
};
