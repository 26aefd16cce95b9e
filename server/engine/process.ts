import { flushCompileCache } from "node:module";
import { childChannel } from "../child-process/child-channel.ts";
import { Peer, type Handler } from "../../cells/protocol/peer.ts";
import { EngineServer } from "./engine-server.ts";
import { watchMemory } from "./memory-watch.ts";
import type { EngineCalls, EngineEvent, PrepareKernel } from "./messages.ts";
import type { AskResource, ResourceReply } from "../resources/resource.ts";
import { kernelSpawner } from "./spawn-kernel.ts";

/** Entry of an engine process. It lives as long as its channel: a server that is gone needs no engine. */
const channel = childChannel(process);
channel.onClose(() => process.exit(0));

const die = (reason: string): void => {
  emit({ type: "dying", reason });
  // the event is written before the process goes
  setTimeout(() => process.kill(process.pid, "SIGKILL"), 20);
};
const { spawnKernel, prepare } = kernelSpawner();
const server = new EngineServer({ spawnKernel, emit: (event) => emit(event), ask, die });
const peer: Peer = new Peer({ channel, handlers: handlersOf(server) });
peer.emit("ready", null);
// Node writes its compile cache when it exits, and an engine is killed
flushCompileCache();

/** The server is trusted to answer what the type says. */
function ask(request: AskResource, signal: AbortSignal): Promise<ResourceReply> {
  return peer.call("resource", request, signal) as Promise<ResourceReply>;
}

function emit(event: EngineEvent): void {
  peer.emit("engine", event);
}

/** The server is trusted to ask what `EngineCalls` says: this is the one place where its requests get their types. */
function handlersOf(calls: EngineServer): Readonly<Record<string, Handler>> {
  type Request<Name extends keyof EngineCalls> = Parameters<EngineCalls[Name]>[0];
  return {
    open: async (request, signal) => {
      const open = request as Request<"open">;
      watchMemory(open.limits.memoryBytes, die);
      return calls.open(open, signal);
    },
    prepare: (request) => prepare((request as PrepareKernel).kernelHeapBytes),
    notebook: (request, signal) => calls.notebook(request as Request<"notebook">, signal),
    materialize: (request, signal) => calls.materialize(request as Request<"materialize">, signal),
    range: (request, signal) => calls.range(request as Request<"range">, signal),
    check: (request, signal) => calls.check(request as Request<"check">, signal),
    page: (request, signal) => calls.page(request as Request<"page">, signal),
    query: (request, signal) => calls.query(request as Request<"query">, signal),
    resource: (request, signal) => calls.resource(request as Request<"resource">, signal),
    columns: (request, signal) => calls.columns(request as Request<"columns">, signal),
    fixtures: (request, signal) => calls.fixtures(request as Request<"fixtures">, signal),
    diff: (request, signal) => calls.diff(request as Request<"diff">, signal),
    export: (request, signal) => calls.export(request as Request<"export">, signal),
  };
}
