import { createWriteStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createClient } from "../../cells/api/client.ts";
import { routes } from "../../cells/api/routes.ts";
import { shapeError } from "../../cells/api/schema.ts";
import { AppError } from "../../cells/errors.ts";
import { allHandlers } from "../handlers/all-handlers.ts";
import { Auth, sessionToken } from "../http/auth.ts";
import type { Bytes, Context } from "../http/define-routes.ts";
import { type OpenOptions, openWorkspace } from "../open-workspace.ts";
import type { Connection } from "./command.ts";
import { followEvents } from "./event-feed.ts";

// a server that starts, and another command that only asks, are soon over
const patienceMs = 5_000;
const lookAgainMs = 100;

/**
 * Opens a workspace in this process, or, where a server has it, asks that server with the token that only its owner can read.
 * With `concurrency` 0 runs that wait are not carried out in this process: a command that only asks leaves them to the server.
 * Throws what opening throws.
 */
export async function connect(directory: string, options: OpenOptions): Promise<Connection> {
  const deadline = Date.now() + patienceMs;
  for (;;)
    try {
      return await connectHere(directory, options);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== "workspace_locked") throw error;
      const address = error.data["address"];
      if (typeof address === "string") return connectTo(address, directory);
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, lookAgainMs));
    }
}

async function connectHere(directory: string, options: OpenOptions): Promise<Connection> {
  const workspace = await openWorkspace(directory, options);
  const auth = new Auth(await sessionToken(join(workspace.home, "token")), workspace.store, workspace.clock);
  const handlers = allHandlers(workspace, auth, () => "http://127.0.0.1:4400");
  const context: Context = {
    principal: { type: "owner" },
    signal: new AbortController().signal,
    lastEventId: null,
    upload: null,
  };
  return {
    remote: false,
    async call(name, input) {
      const wrong = shapeError(routes[name].input, input);
      if (wrong !== null) throw new AppError("usage", wrong);
      return (handlers[name] as (input: unknown, context: Context) => Promise<never>)(input, context);
    },
    async download(name, input, file) {
      const { body } = await (handlers[name] as unknown as (input: unknown, context: Context) => Promise<Bytes>)(
        input,
        context,
      );
      return save(body instanceof Uint8Array ? Readable.from([body]) : body, file);
    },
    events: null,
    close: () => workspace.close(),
    [Symbol.asyncDispose]: () => workspace.close(),
  };
}

async function connectTo(address: string, directory: string): Promise<Connection> {
  const token = await readFile(join(directory, ".cellar/token"), "utf8").catch(() => null);
  if (token === null)
    throw new AppError(
      "unauthorized",
      `a server at ${address} has this workspace, and its token cannot be read; run this as the user who started it`,
    );
  const client = createClient(
    (path, init) =>
      fetch(address + path, init as RequestInit).catch((cause: unknown) => {
        throw new AppError(
          "workspace_locked",
          `a server at ${address} has this workspace but does not answer; stop it, or wait a moment`,
          { cause },
        );
      }),
    () => token.trim(),
  );
  return {
    remote: true,
    call: (name, input) => client.call(name, input),
    async download(name, input, file) {
      const { body } = await client.open(name, input);
      return save(body === null ? Readable.from([]) : Readable.fromWeb(body as never), file);
    },
    events: (run, after, signal) => followEvents(client, run, after, signal),
    close: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function save(content: NodeJS.ReadableStream, file: string): Promise<number> {
  await pipeline(content, createWriteStream(file)).catch((error: NodeJS.ErrnoException) => {
    throw new AppError(
      "storage_failed",
      `${file} could not be written (${error.code ?? error.message}); check the folder, or choose another -o`,
      { cause: error },
    );
  });
  return (await stat(file)).size;
}
