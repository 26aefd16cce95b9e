import { AppError, encodeError } from "../../cells/errors.ts";
import { Peer } from "../../cells/protocol/peer.ts";
import { watchMemory } from "../engine/memory-watch.ts";
import { childChannel } from "../child-process/child-channel.ts";
import { openKind } from "./kinds.ts";
import { redactor } from "./redact.ts";
import type { CallOptions, Connection, Resource, ResourceCall } from "./resource.ts";

/** What the server sends with each call. `secrets` is name → value of those in the connection. */
export interface AnswerRequest {
  readonly call: ResourceCall;
  readonly options: Omit<CallOptions, "redact">;
}

export interface OpenRequest {
  readonly connection: Connection;
  readonly secrets: Readonly<Record<string, string>>;
  readonly memoryBytes: number;
}

/** Entry of a resource's process: one connection of `cellar.json`, for one run. It ends with its channel. */
const channel = childChannel(process);
channel.onClose(() => process.exit(0));
let opened: { readonly resource: Resource; readonly redact: (text: string) => string } | null = null;

const peer = new Peer({
  channel,
  // the server is trusted to ask what these types say
  handlers: {
    open(request) {
      const { connection, secrets, memoryBytes } = request as OpenRequest;
      watchMemory(memoryBytes, () => process.kill(process.pid, "SIGKILL"));
      opened = { resource: openKind(connection), redact: redactor(new Map(Object.entries(secrets))) };
    },
    async answer(request) {
      const { call, options } = request as AnswerRequest;
      if (opened === null) throw new AppError("internal", "a resource was asked before it was opened");
      const { resource, redact } = opened;
      try {
        return await resource.answer(call, { ...options, redact });
      } catch (error) {
        const { code, message, data } = encodeError(error);
        const clean = Object.entries(data).map(([key, value]) => [
          key,
          typeof value === "string" ? redact(value) : value,
        ]);
        throw new AppError(code ?? "resource_failed", redact(message), { data: Object.fromEntries(clean) });
      }
    },
  },
});
peer.emit("ready", null);
