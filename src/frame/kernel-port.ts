import type { DisplayFactory, KernelEnvironment } from "../../cells/kernel/environment.ts";
import { Kernel } from "../../cells/kernel/kernel.ts";
import type { Channel } from "../../cells/protocol/channel.ts";
import { isRecord } from "../../cells/protocol/envelope.ts";
import type { KernelHost } from "../../cells/protocol/host.ts";
import type { KernelCommand, KernelEvent } from "../../cells/protocol/kernel.ts";
import { Peer } from "../../cells/protocol/peer.ts";
import { EventBatch } from "./event-batch.ts";

/**
 * A kernel at the end of a channel: commands come in as events named `kernel` (a list of them), its events go out under the same name
 * (lists too) and one by one to `onEvent`, its host calls are calls. The other end is the shell, which the frame trusts.
 */
export function startKernel(options: {
  readonly channel: Channel;
  readonly environment: (host: KernelHost) => KernelEnvironment;
  readonly display: DisplayFactory;
  readonly onEvent: (event: KernelEvent) => void;
}): Kernel {
  let kernel: Kernel | null = null;
  const peer = new Peer({
    channel: options.channel,
    handlers: {
      take: (request, signal) => {
        if (!isRecord(request) || typeof request["name"] !== "string" || kernel === null)
          return Promise.reject(new Error("take what?"));
        return kernel.take({ name: request["name"] }, signal);
      },
    },
    onEvent: (name, payload) => {
      // commands of one message are carried out together, so that nothing settles between them
      if (name === "kernel") for (const command of payload as readonly KernelCommand[]) kernel?.run(command);
    },
  });
  const batch = new EventBatch((events) => peer.emit("kernel", events));
  const host = remoteHost(peer);
  kernel = new Kernel({
    host,
    environment: options.environment(host),
    display: options.display,
    onEvent: (event) => {
      options.onEvent(event);
      batch.add(event);
    },
  });
  return kernel;
}

/** The host at the other end. What it answers is the shell's, and trusted. */
function remoteHost(peer: Peer): KernelHost {
  return {
    query: (request, signal) => peer.call("query", request, signal) as ReturnType<KernelHost["query"]>,
    rows: (request, signal) => peer.call("rows", request, signal) as ReturnType<KernelHost["rows"]>,
    put: (request, signal) => peer.call("put", request, signal) as ReturnType<KernelHost["put"]>,
    asset: (request, signal) => peer.call("asset", request, signal) as ReturnType<KernelHost["asset"]>,
    file: (request, signal) => peer.call("file", request, signal) as ReturnType<KernelHost["file"]>,
    fetch: (request, signal) => peer.call("fetch", request, signal) as ReturnType<NonNullable<KernelHost["fetch"]>>,
    log: (entry) => peer.emit("log", entry),
  };
}
