import { spawn } from "node:child_process";
import { join } from "node:path";
import { expect } from "vitest";
import { notebook } from "../../support/workspace.ts";

/** The command as it is installed. */
export const bin = join(import.meta.dirname, "../../../server/bin/cellar.js");

/** How a command ended and what it said. */
export interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs `cellar` to its end. `as` puts words before it, as in setpriv. */
export function cellar(
  args: readonly string[],
  options: { readonly as?: readonly string[]; readonly cwd?: string } = {},
) {
  const [command = "", ...words] = [...(options.as ?? []), process.execPath, bin, ...args];
  return new Promise<Said>((resolve) => {
    const child = spawn(command, words, { stdio: ["ignore", "pipe", "pipe"], cwd: options.cwd ?? "/" });
    let out = "";
    let err = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
    child.on("close", (code) => resolve({ code, out, err }));
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
