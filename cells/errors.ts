/**
 * What can go wrong anywhere in Cellar, by code. The text says when it happens; the message of an `AppError` says the
 * fact, the offending value, the place, and what to do. A code is never reused for another meaning.
 */
export const errorCodes = {
  // notebooks and workspaces
  notebook_invalid: "the text of a notebook cannot be read",
  notebook_not_found: "no notebook has this path",
  notebook_conflict: "the file changed since the revision that this save is based on",
  notebook_problems: "the notebook has problems that stop it from being published",
  attribute_invalid: "an attribute of a notebook or cell has a value that cannot be read",
  path_invalid: "a name or path leaves the workspace or is not allowed",
  workspace_invalid: "the folder cannot be used as a workspace",
  workspace_locked: "another server already serves this workspace",
  config_invalid: "cellar.json cannot be read",
  file_not_found: "a file that a cell reads does not exist",
  // cells
  cell_syntax: "the source of a cell cannot be parsed",
  cell_failed: "the code of a cell threw",
  cell_cancelled: "the run of a cell was cancelled",
  cell_skipped: "a cell said that it has nothing new",
  cell_timeout: "a cell ran longer than it may",
  name_missing: "a cell reads a name that nothing defines",
  name_duplicate: "two cells define the same name",
  graph_cycle: "cells depend on each other in a circle",
  type_unsupported: "the cell has a type that is never executed here",
  // data
  query_failed: "the engine refused or failed a query",
  check_failed: "a blocking check refused what a cell computed",
  value_not_storable: "a value can be neither a table nor JSON",
  lake_damaged: "the bytes of a stored file do not match their hash",
  asset_not_found: "no asset has this key",
  asset_missing: "the asset has not been materialized",
  // resources
  resource_missing: "no resource of cellar.json has this name, or the notebook may not use it",
  resource_failed: "a resource could not be reached, or refused or failed what it was asked",
  secret_missing: "a resource needs a secret that nobody gave",
  secret_unreadable: "the file of secrets cannot be decrypted",
  // asking
  selection_invalid: "a selection expression cannot be parsed",
  usage: "a command or request was put wrongly",
  unauthorized: "the request carries no valid token",
  forbidden: "the request may not do this",
  not_found: "nothing is at this address",
  payload_too_large: "the request body is over its limit",
  // server
  port_in_use: "another program listens on the port",
  branch_conflict: "a branch does not fit what is published, or is worked on",
  storage_full: "the disk has no space left",
  storage_failed: "the disk refused a read or write",
  runner_died: "the process that carried out a run ended before it finished",
  run_timeout: "a run was under way longer than it may",
  run_conflict: "the run is not in a state that allows this",
  fence_lost: "a newer attempt owns the work; this one may not commit",
  protocol: "a message on a channel was not understood",
  internal: "a promise of the program was broken",
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** Facts about an error that a program may read: names, places, values. Never secrets or machine paths. */
export type ErrorData = Readonly<Record<string, string | number | boolean | null>>;

/** The one error class. `message` is lower-case: the fact, the value, the place; then what to do. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly data: ErrorData;

  constructor(code: ErrorCode, message: string, options: { data?: ErrorData; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "AppError";
    this.code = code;
    this.data = options.data ?? {};
  }
}

/** An error as it crosses a boundary (channel, HTTP, event log). Stacks and causes stay behind. */
export interface WireError {
  readonly name: string;
  readonly code: ErrorCode | null;
  readonly message: string;
  readonly data: ErrorData;
}

/** Turns anything thrown into what may cross a boundary. */
export function encodeError(error: unknown): WireError {
  if (error instanceof AppError)
    return { name: error.name, code: error.code, message: error.message, data: error.data };
  if (error instanceof Error) return { name: error.name, code: null, message: error.message, data: {} };
  return { name: "Error", code: null, message: String(error), data: {} };
}

/** The inverse of `encodeError`: class and code are kept, the stack is the receiver's. */
export function decodeError(wire: WireError): Error {
  if (wire.code !== null) return new AppError(wire.code, wire.message, { data: wire.data });
  const error = new Error(wire.message);
  error.name = wire.name;
  return error;
}

/** The message of anything thrown, without its class. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Ends a `switch` over a tagged union: the compiler proves that it is never reached. */
export function assertNever(value: never): never {
  throw new AppError("internal", `unexpected variant: ${JSON.stringify(value)}`);
}
