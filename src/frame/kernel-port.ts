import { noDisplay, type DisplayFactory, type KernelEnvironment } from "../../cells/kernel/environment.ts";
import { Kernel } from "../../cells/kernel/kernel.ts";
import type { Channel } from "../../cells/protocol/channel.ts";
import { isRecord } from "../../cells/protocol/envelope.ts";
import type { KernelHost } from "../../cells/protocol/host.ts";
import type { KernelCommand, KernelEvent, TakenValue, TrialCall, TrialRequest } from "../../cells/protocol/kernel.ts";
import { Peer } from "../../cells/protocol/peer.ts";
import { EventBatch } from "./event-batch.ts";

/**
 * A kernel at the end of a channel: commands come in as events named `kernel` (a list of them), its events go out under the same name
 * (lists too) and one by one to `onEvent`, its host calls are calls. The other end is the shell, which the frame trusts.
 */
export function startKernel(options: {
  readonly channel: Channel;
  readonly environment: (host: KernelHost) => KernelEnvironment;
  /** that of cells which are computed apart from the notebook, and show nothing */
  readonly trialEnvironment: (host: KernelHost) => KernelEnvironment;
  readonly display: DisplayFactory;
  readonly onEvent: (event: KernelEvent) => void;
}): Kernel {
  let kernel: Kernel | null = null;
  const peer: Peer = new Peer({
    channel: options.channel,
    handlers: {
      take: (request, signal) => {
        if (!isRecord(request) || typeof request["name"] !== "string" || kernel === null)
          return Promise.reject(new Error("take what?"));
        return kernel.take({ name: request["name"] }, signal);
      },
      trial: (request, signal) => {
        const asked = request as TrialRequest;
        return compute(asked, trialHost(peer, asked.trial), options.trialEnvironment, signal);
      },
    },
    onEvent: (name, payload) => {
      // commands of one message are carried out together, so that nothing settles between them
      if (name === "kernel") for (const command of payload as readonly KernelCommand[]) kernel?.run(command);
    },
  });
  const batch = new EventBatch((events) => peer.emit("kernel", events));
  const host = remoteHost((method, request, signal) => peer.call(method, request, signal), peer);
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

/** Computes one name of some cells in a kernel of their own. */
async function compute(
  { path, cells, params, partition, name }: TrialRequest,
  host: KernelHost,
  environment: (host: KernelHost) => KernelEnvironment,
  signal: AbortSignal,
): Promise<TakenValue> {
  const kernel = new Kernel({ host, environment: environment(host), display: noDisplay, onEvent: () => {} });
  try {
    kernel.open({ path, params, partition, paused: false });
    kernel.demand([]);
    kernel.define({ cells, removed: [] });
    return await kernel.take({ name }, signal);
  } finally {
    kernel.close();
  }
}

/** The host at the other end. What it answers is the shell's, and trusted. */
function remoteHost(
  call: (method: string, request: unknown, signal: AbortSignal) => Promise<unknown>,
  log: Pick<Peer, "emit"> | null,
): KernelHost {
  return {
    query: (request, signal) => call("query", request, signal) as ReturnType<KernelHost["query"]>,
    rows: (request, signal) => call("rows", request, signal) as ReturnType<KernelHost["rows"]>,
    put: (request, signal) => call("put", request, signal) as ReturnType<KernelHost["put"]>,
    asset: (request, signal) => call("asset", request, signal) as ReturnType<KernelHost["asset"]>,
    file: (request, signal) => call("file", request, signal) as ReturnType<KernelHost["file"]>,
    fetch: (request, signal) => call("fetch", request, signal) as ReturnType<NonNullable<KernelHost["fetch"]>>,
    log: (entry) => log?.emit("log", entry),
  };
}

function trialHost(peer: Peer, trial: number): KernelHost {
  return remoteHost(
    (method, request, signal) => peer.call(`trial:${method}`, { trial, request } satisfies TrialCall, signal),
    null,
  );
}
