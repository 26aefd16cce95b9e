import { noDisplay, type DisplayFactory, type KernelEnvironment } from "../../cells/kernel/environment.ts";
import { Kernel } from "../../cells/kernel/kernel.ts";
import type { KernelHost } from "../../cells/protocol/host.ts";
import type { KernelCommand, KernelEvent, TakenValue } from "../../cells/protocol/kernel.ts";
import { memoryPair } from "../../cells/protocol/memory-pair.ts";
import { Peer } from "../../cells/protocol/peer.ts";
import type { KernelUnderTest } from "./kernel.ts";

/** A kernel at the other end of an in-memory pair: every message is cloned on its way. */
export async function memoryKernel(
  host: KernelHost,
  environment: KernelEnvironment = { libraries: {} },
  display: DisplayFactory = noDisplay,
): Promise<KernelUnderTest> {
  const [near, far] = memoryPair();
  const events: KernelEvent[] = [];
  const waiting: (() => void)[] = [];
  const kernelPeer: Peer = new Peer({
    channel: far,
    handlers: { take: (request, signal) => kernel.take(request as { readonly name: string }, signal) },
    onEvent: (_name, command) => kernel.run(command as KernelCommand),
  });
  const kernel: Kernel = new Kernel({
    host: {
      query: (request, signal) => kernelPeer.call("query", request, signal) as ReturnType<KernelHost["query"]>,
      rows: (request, signal) => kernelPeer.call("rows", request, signal) as ReturnType<KernelHost["rows"]>,
      put: (request, signal) => kernelPeer.call("put", request, signal) as ReturnType<KernelHost["put"]>,
      asset: (request, signal) => kernelPeer.call("asset", request, signal) as ReturnType<KernelHost["asset"]>,
      file: (request, signal) => kernelPeer.call("file", request, signal) as ReturnType<KernelHost["file"]>,
      log: (entry) => kernelPeer.emit("log", entry),
    },
    environment,
    display,
    onEvent: (event) => kernelPeer.emit("kernel", event),
  });
  const hostPeer = new Peer({
    channel: near,
    handlers: {
      query: (request, signal) => host.query(request as Parameters<KernelHost["query"]>[0], signal),
      rows: (request, signal) => host.rows(request as Parameters<KernelHost["rows"]>[0], signal),
      put: (request, signal) => host.put(request as Parameters<KernelHost["put"]>[0], signal),
      asset: (request, signal) => host.asset(request as Parameters<KernelHost["asset"]>[0], signal),
      file: (request, signal) => host.file(request as Parameters<KernelHost["file"]>[0], signal),
    },
    onEvent: (name, payload) => {
      if (name === "log") return host.log(payload as Parameters<KernelHost["log"]>[0]);
      const event = payload as KernelEvent;
      events.push(event);
      if (event.type === "settled") for (const resolve of waiting.splice(0)) resolve();
    },
  });
  return {
    events,
    send: (command) => hostPeer.emit("command", command),
    take: (name, signal) => hostPeer.call("take", { name }, signal) as Promise<TakenValue>,
    settled: () => new Promise((resolve) => waiting.push(resolve)),
    close: () => hostPeer.close(),
  };
}
