import { Console } from "node:console";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { AppError, type ErrorCode, messageOf } from "../../cells/errors.ts";
import { didYouMean, nearest } from "../../cells/model/nearest.ts";
import { quote } from "../../cells/model/quote.ts";
import { timeOf } from "../handlers/time.ts";
import type { OpenOptions } from "../open-workspace.ts";
import type { Command, OptionSpec } from "./command.ts";
import { commands } from "./command-table.ts";
import type { Surroundings } from "./surroundings.ts";

const common: Readonly<Record<string, OptionSpec>> = {
  workspace: { type: "string", value: "DIR", about: "folder with the notebooks (here)" },
  json: { type: "boolean", value: "", about: "print one JSON document and nothing else" },
  at: { type: "string", value: "TIME", about: "pretend that it is then, for what only plans" },
  help: { type: "boolean", short: "h", value: "", about: "say this" },
};

// these ask how things stand or would go at some time; the others do something
const pretending: ReadonlySet<string> = new Set([
  "check",
  "freshness",
  "list",
  "plan",
  "ticks",
  "lineage",
  "doctor",
  "partitions",
  "automation",
]);

// wrong usage, and what the caller can mend by calling otherwise
const usageErrors: ReadonlySet<ErrorCode> = new Set([
  "usage",
  "selection_invalid",
  "workspace_invalid",
  "path_invalid",
]);

/**
 * The command line: carries out `argv` to its end. Leaves nothing open, and the process as it is. Resolves with the exit code:
 * 0, 1 (a run or check failed, problems found), 2 (wrong usage).
 */
export async function run(argv: readonly string[], around: Surroundings): Promise<number> {
  const console = new Console(around.stdout, around.stderr);
  const [name, ...rest] = argv;
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    const asked = commands.get(rest[0] ?? "");
    console.log(asked === undefined ? await overview() : helpOf(await asked()));
    return name === undefined ? 2 : 0;
  }
  const load = commands.get(name);
  if (load === undefined) {
    const names = [...commands.keys()];
    const message = `unknown command ${quote(name)}; ${didYouMean(name, names)}there are ${names.join(", ")}`;
    console.error(`cellar: ${message}`);
    if (rest.includes("--json")) console.log(JSON.stringify({ error: { code: "usage", message, data: {} } }));
    return 2;
  }
  const command = await load();
  let json = argv.includes("--json");
  try {
    const options = { ...common, ...command.options };
    const { values, positionals } = parse(command, rest, options);
    const flag = (option: string) => values[option] === true;
    const text = (option: string) => (typeof values[option] === "string" ? values[option] : undefined);
    if (flag("help")) {
      console.log(helpOf(command));
      return 0;
    }
    json = flag("json");
    const directory = resolve(around.cwd, text("workspace") ?? ".");
    const at = text("at") === undefined ? null : timeOf(text("at") ?? "");
    if (at !== null && !pretending.has(command.name))
      throw new AppError(
        "usage",
        `--at goes with what only plans: cellar ${[...pretending].join(", ")}; leave it out, cellar ${name} does what it does now`,
      );
    const report = (error: unknown) => console.error(error);
    const open = async (options: OpenOptions) =>
      (await import("./connect.ts")).connect(directory, { env: around.env, report, ...options });
    return await command.run({
      args: {
        positionals,
        ...{ text, flag },
        given: Object.keys(command.options).filter((option) => values[option] !== undefined),
        texts: (option) =>
          Array.isArray(values[option]) ? values[option].filter((value) => typeof value === "string") : [],
      },
      around,
      directory,
      json,
      at,
      connect: () => open({ concurrency: 0 }),
      connectToWork: () => open({}),
      report,
      say: (line) => (json ? undefined : console.log(line)),
      document: (value) => console.log(JSON.stringify(value)),
    });
  } catch (error) {
    const code = error instanceof AppError ? error.code : null;
    console.error(`cellar ${name}: ${messageOf(error)}`);
    if (json && error instanceof AppError)
      console.log(JSON.stringify({ error: { code, message: error.message, data: error.data } }));
    if (code === null || code === "internal") console.error(error);
    return code !== null && usageErrors.has(code) ? 2 : 1;
  }
}

function parse(command: Command, args: readonly string[], options: Readonly<Record<string, OptionSpec>>) {
  try {
    const { values, positionals, tokens } = parseArgs({
      args: [...args],
      tokens: true,
      allowPositionals: command.usage !== "",
      options: Object.fromEntries(
        Object.entries(options).map(([name, { type, short, multiple }]) => [
          name,
          { type, ...(short === undefined ? {} : { short }), ...(multiple === true ? { multiple } : {}) },
        ]),
      ),
    });
    const given = tokens.flatMap((token) => (token.kind === "option" ? token.name : []));
    const twice = given.find((name, at) => given.indexOf(name) < at && options[name]?.multiple !== true);
    if (twice !== undefined) throw new AppError("usage", `--${twice} stands twice; write it once`);
    const empty = Object.entries(values).find(
      ([name, value]) => value === "" && options[name]?.mayBeEmpty !== true,
    )?.[0];
    if (empty !== undefined)
      throw new AppError(
        "usage",
        `--${empty} is empty; give it ${options[empty]?.value ?? "a value"}, or leave it out`,
      );
    const most = mostArguments(command);
    const extra = positionals[most];
    if (extra !== undefined)
      throw new AppError(
        "usage",
        `one argument too many: ${quote(extra)}; write cellar ${command.name} ${command.usage}`,
      );
    return { values, positionals };
  } catch (error) {
    if (error instanceof AppError) throw error;
    const [first = ""] = messageOf(error).split(/\.(?:\s|$)|\n/);
    const valueless = /^Option '(?:-\w, )?--([\w-]+)[^']*' argument (?:missing|is ambiguous)/.exec(first)?.[1];
    const fact =
      valueless === undefined
        ? first
        : `--${valueless} needs a value; one that begins with - is written --${valueless}=-1`;
    const unknown = /^Unknown option '--([^']+)'/.exec(first)?.[1] ?? "";
    const close = nearest(unknown, Object.keys(options));
    const hint = unknown === "" || close === null ? "" : ` did you mean --${close}?`;
    throw new AppError("usage", `${fact};${hint} cellar ${command.name} --help shows what it takes`, { cause: error });
  }
}

/** How many arguments a command takes at most, by its usage: `KEY [NAME]` is two, `[PATH…]` any number. */
function mostArguments({ usage }: Command): number {
  return /[…|]|ACTION/.test(usage) ? Infinity : usage.split(" ").filter((word) => word !== "").length;
}

async function overview(): Promise<string> {
  const all = await Promise.all([...commands.values()].map((load) => load()));
  const width = Math.max(...all.map(({ name, usage }) => name.length + usage.length + 1));
  const lines = all.map(
    ({ name, usage, about }) => `  ${`${name} ${usage}`.padEnd(width + 2)}${about.split(". ")[0] ?? ""}`,
  );
  return [
    "cellar: a notebook in which every cell is a data asset",
    "",
    ...lines,
    "",
    "every command:",
    ...optionLines(common),
    "",
    "cellar COMMAND --help says more",
  ].join("\n");
}

function helpOf({ name, usage, about, options }: Command): string {
  const { at, ...others } = common;
  const all = { ...options, ...others, ...(pretending.has(name) && at !== undefined ? { at } : {}) };
  return [`cellar ${name} ${usage}`.trimEnd(), `  ${about}`, "", ...optionLines(all)].join("\n");
}

function optionLines(options: Readonly<Record<string, OptionSpec>>): readonly string[] {
  const rows = Object.entries(options).map(
    ([name, { short, value, about }]) =>
      [`${short === undefined ? "" : `-${short}, `}--${name} ${value}`.trimEnd(), about] as const,
  );
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, about]) => `  ${left.padEnd(width + 2)}${about}`);
}
