import { AppError } from "../../cells/errors.ts";
import { isRecord } from "../../cells/protocol/envelope.ts";
import type { KernelCommand } from "../../cells/protocol/kernel.ts";

const commands: ReadonlySet<unknown> = new Set([
  "open",
  "define",
  "demand",
  "run",
  "pause",
  "interrupt",
  "params",
  "close",
]);

/** The engine is trusted to send what the protocol says: this is the one place where its messages get their types. */
export function readCommand(payload: unknown): KernelCommand {
  if (!isRecord(payload) || !commands.has(payload["type"]))
    throw new AppError("protocol", "a command is not understood");
  return payload as unknown as KernelCommand;
}

export function readTake(request: unknown): { readonly name: string } {
  const name = isRecord(request) ? request["name"] : null;
  if (typeof name !== "string") throw new AppError("protocol", "a request to take a value has no name");
  return { name };
}
