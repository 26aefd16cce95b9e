import { AppError } from "../../cells/errors.ts";
import type { StoredEvent } from "../store/store.ts";
import type { InputOf, OutputOf, RouteName } from "../../cells/api/routes.ts";
import type { Surroundings } from "./surroundings.ts";

/** One option of a command, `--name` or `--name VALUE`. */
export interface OptionSpec {
  readonly type: "string" | "boolean";
  readonly short?: string;
  readonly multiple?: boolean;
  /** whether an empty value means something */
  readonly mayBeEmpty?: boolean;
  /** what stands for the value in the help, as in `DIR`; empty for a flag */
  readonly value: string;
  readonly about: string;
}

/** Options and arguments as given. */
interface Arguments {
  readonly positionals: readonly string[];
  text(name: string): string | undefined;
  texts(name: string): readonly string[];
  flag(name: string): boolean;
  /** names of the options of the command itself that were given */
  readonly given: readonly string[];
}

/** Throws `usage` where an option is given that would do nothing beside `what`, as in `--status` or `create`. */
export function onlyBeside({ given }: Pick<Arguments, "given">, what: string, allowed: readonly string[]): void {
  const other = given.find((name) => `--${name}` !== what && !allowed.includes(name));
  if (other !== undefined)
    throw new AppError("usage", `--${other} does nothing beside ${what}; leave one of the two out`);
}

/** Throws `usage` for arguments behind those that are read. */
export function noMore(rest: readonly string[], right: string): void {
  const [extra] = rest;
  if (extra !== undefined)
    throw new AppError("usage", `one argument too many: ${JSON.stringify(extra)}; write cellar ${right}`);
}

/** How many, as an option gives it, for a route. Throws `usage`. */
export function wholeOf(option: string, text: string | undefined): string | undefined {
  if (text === undefined || /^0*[1-9]\d{0,14}$/.test(text)) return text;
  if (/^0+$/.test(text))
    throw new AppError("usage", `--${option} ${text} asks for nothing; give it 1 or more, as in 50`);
  throw new AppError("usage", `not a number: --${option} ${JSON.stringify(text)}; give it a whole one, as in 50`);
}

/** `NAME=VALUE` pairs as an option gives them, one of each name. Throws `usage`. */
export function pairsOf<T>(option: string, pairs: readonly (readonly [name: string, value: T])[]): Record<string, T> {
  const names = pairs.map(([name]) => name);
  const twice = names.find((name, at) => names.indexOf(name) < at);
  if (twice !== undefined) throw new AppError("usage", `--${option} ${twice} stands twice; write it once`);
  return Object.fromEntries(pairs);
}

/**
 * A workspace to ask, whether this process has it open or a server does. A command takes it by `await using`, which closes it
 * however the command ends.
 */
export interface Connection extends AsyncDisposable {
  /** whether a server has the workspace */
  readonly remote: boolean;
  call<N extends RouteName>(name: N, input: InputOf<N>): Promise<OutputOf<N>>;
  /** Writes the bytes that a route answers with to a file; returns how many. */
  download<N extends RouteName>(name: N, input: InputOf<N>, file: string): Promise<number>;
  /**
   * What happens in a run after an event, as it happens; goes on where it was cut. Ends with `signal`. Throws `workspace_locked` where
   * the server is gone for longer. Null where no server has the workspace: nothing happens then.
   */
  readonly events: ((run: string, after: number, signal: AbortSignal) => AsyncIterable<StoredEvent>) | null;
  close(): Promise<void>;
}

/** What a command works with. */
export interface CommandContext {
  readonly args: Arguments;
  readonly around: Surroundings;
  readonly directory: string;
  readonly json: boolean;
  /** the time to pretend, or null */
  readonly at: number | null;
  connect(): Promise<Connection>;
  /** A connection for work that is waited for: where no server has the workspace, this process carries it out. */
  connectToWork(): Promise<Connection>;
  /** Tells of what failed beside the command. */
  report(error: unknown): void;
  /** a line for a person; nothing under `--json` */
  say(line: string): void;
  /** the one JSON document */
  document(value: unknown): void;
}

/** A command of `cellar`. Resolves with the exit code: 0, or 1 where a run failed or problems were found. */
export interface Command {
  readonly name: string;
  /** arguments after the name, as in `KEY` or `[PATH…]` */
  readonly usage: string;
  readonly about: string;
  readonly options: Readonly<Record<string, OptionSpec>>;
  readonly run: (context: CommandContext) => Promise<number>;
}

/** A word that a command cannot go without. Throws `usage` with this message. */
export function needed(value: string | undefined, message: string): string {
  if (value === undefined || value === "") throw new AppError("usage", message);
  return value;
}
