/** A server as far as the lock goes: takes the workspace argv[2] and holds it until it is ended. Prints what happened as JSON. */
import { writeSync } from "node:fs";
import { AppError } from "../../cells/errors.ts";
import { lockWorkspace } from "../../server/workspace/lock.ts";

const [, , folder = ""] = process.argv;
try {
  const lock = await lockWorkspace(folder, { version: "0.1.0" });
  lock.announce(`http://127.0.0.1:${process.pid % 60_000}`);
  writeSync(1, `${JSON.stringify({ holds: process.pid })}\n`);
  // until it is killed
  setInterval(() => lock.holder, 1 << 30);
} catch (error) {
  if (!(error instanceof AppError)) throw error;
  writeSync(1, `${JSON.stringify({ code: error.code, pid: error.data["pid"] ?? null })}\n`);
  process.exitCode = 1;
}
