import { realpathSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../../cells/errors.ts";
import type { KernelHost } from "../../cells/protocol/host.ts";
import type { KernelCalls, KernelCell, KernelCommand, PartitionValue } from "../../cells/protocol/kernel.ts";
import type { Channel } from "../../cells/protocol/channel.ts";
import { Peer } from "../../cells/protocol/peer.ts";
import { childChannel } from "../child-process/child-channel.ts";
import { type Confined, residentBytes, spawnConfined } from "../child-process/spawn.ts";
import type { Limits, OpenNotebook } from "./messages.ts";
import { hostHandlers, readLog, readMeta } from "./host-handlers.ts";
import { readTaken } from "./read-taken.ts";

/** A kernel in a child of its own: no files but the program's, no network, no processes, a bounded heap. */
export interface KernelProcess extends KernelCalls {
  readonly isDead: boolean;
  open(notebook: OpenNotebook, partition: PartitionValue | null): void;
  /** Says which cells there are now: others go. */
  define(cells: readonly KernelCell[]): void;
  kill(): void;
}

export type SpawnKernel = (options: { readonly host: KernelHost; readonly limits: Limits }) => KernelProcess;

const root = realpathSync(join(import.meta.dirname, "../.."));
const kernelFolder = join(root, "server/kernel-child");
const watchMs = 100;
/** what Node itself takes, and what lies outside the heap: buffers, compiled code */
const besideHeapBytes = 512 * 1024 * 1024;

/** A kernel child that has no host yet. */
interface FreshKernel {
  readonly confined: Confined;
  readonly channel: Channel;
  readonly heapBytes: number;
}

/**
 * Starts kernel children: what they may not do is listed, and tried by tests, in `server/kernel-child/README.md`. One can be
 * started before it is known for what; the next that is asked for is that one.
 */
export function kernelSpawner(): { readonly prepare: (heapBytes: number) => void; readonly spawnKernel: SpawnKernel } {
  let spare: FreshKernel | null = null;
  return {
    prepare(heapBytes) {
      if (spare !== null && isUsable(spare, heapBytes)) return;
      spare?.confined.kill();
      spare = startKernel(heapBytes);
    },
    spawnKernel({ host, limits: { kernelHeapBytes } }) {
      const taken = spare !== null && isUsable(spare, kernelHeapBytes) ? spare : startKernel(kernelHeapBytes);
      if (taken !== spare) spare?.confined.kill();
      spare = null;
      return kernelOf(taken, host);
    },
  };
}

function isUsable({ confined, heapBytes }: FreshKernel, wantedBytes: number): boolean {
  return heapBytes === wantedBytes && confined.child.connected && confined.child.exitCode === null;
}

function startKernel(heapBytes: number): FreshKernel {
  const confined = spawnConfined({
    entry: join(kernelFolder, "main.ts"),
    nodeArguments: kernelArguments({ kernelHeapBytes: heapBytes }),
    // V8 reserves more than it uses
    dataBytes: (heapBytes + besideHeapBytes) * 2,
    isGroup: false,
  });
  return { confined, channel: childChannel(confined.child), heapBytes };
}

function kernelOf({ confined, channel, heapBytes }: FreshKernel, host: KernelHost): KernelProcess {
  const capBytes = heapBytes + besideHeapBytes;
  let isDead = false;
  let reason: string | null = null;
  const { child } = confined;
  const watch = setInterval(() => {
    const bytes = child.pid === undefined ? null : residentBytes(child.pid);
    if (bytes === null || bytes <= capBytes) return;
    reason = `it used more than ${Math.round(capBytes / 2 ** 20)} MB of memory`;
    confined.kill();
  }, watchMs);
  const died = confined.died.then((how) => {
    isDead = true;
    clearInterval(watch);
    return reason ?? how;
  });
  const peer = new Peer({
    channel,
    handlers: hostHandlers(host),
    onEvent: (name, payload) => {
      if (name === "log") host.log(readLog(payload));
      if (name === "meta") host.meta?.(readMeta(payload));
    },
  });
  const command = (value: KernelCommand): void => peer.emit("command", value);
  let defined: readonly number[] = [];
  return {
    get isDead() {
      return isDead;
    },
    open: ({ path, params, sensor }, partition) =>
      command({ type: "open", path, params, partition, ...(sensor === undefined ? {} : { sensor }), paused: false }),
    define(cells) {
      const ids = cells.map(({ compiled }) => compiled.id);
      command({ type: "define", cells, removed: defined.filter((id) => !ids.includes(id)) });
      defined = ids;
    },
    async take(request, signal) {
      const gone = died.then((how): never => {
        signal.throwIfAborted();
        throw new AppError(
          "cell_failed",
          `the process that ran the JavaScript of ${request.name} ended: ${how}; let it do less at once, or raise its limit`,
        );
      });
      gone.catch(() => undefined);
      const taken = peer.call("take", request, signal).catch(async (error: unknown) => {
        // a closed channel is told by the end of the process, which says why
        if (error instanceof AppError && error.code === "protocol" && !child.connected) return gone;
        throw error;
      });
      return readTaken(await Promise.race([taken, gone]));
    },
    kill() {
      isDead = true;
      clearInterval(watch);
      confined.kill();
    },
  };
}

/** Node's own confinement of a kernel child. */
export function kernelArguments({ kernelHeapBytes }: Pick<Limits, "kernelHeapBytes">): readonly string[] {
  const readable = [join(root, "cells"), kernelFolder, join(root, "node_modules"), join(root, "package.json")];
  const real = readable.map((path) => realpathSync(path));
  return [
    "--permission",
    ...[...new Set([...readable, ...real])].map((path) => `--allow-fs-read=${path}`),
    "--no-addons",
    "--no-experimental-sqlite",
    "--no-warnings",
    "--disable-proto=throw",
    `--max-old-space-size=${Math.max(32, Math.round(kernelHeapBytes / 2 ** 20))}`,
  ];
}
