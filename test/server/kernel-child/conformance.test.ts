import { afterAll } from "vitest";
import { Peer } from "../../../cells/protocol/peer.ts";
import { join } from "node:path";
import { hostHandlers, readLog } from "../../../server/engine/host-handlers.ts";
import { readTaken } from "../../../server/engine/read-taken.ts";
import { kernelArguments } from "../../../server/engine/spawn-kernel.ts";
import { childChannel } from "../../../server/child-process/child-channel.ts";
import { type Confined, spawnConfined } from "../../../server/child-process/spawn.ts";
import { kernelConformance } from "../../conformance/kernel.ts";

const heapBytes = 256 * 2 ** 20;
let spare: Confined | null = null;
afterAll(() => spare?.kill());

/** A child as the engine starts it. */
function startChild(): Confined {
  return spawnConfined({
    entry: join(import.meta.dirname, "../../../server/kernel-child/main.ts"),
    nodeArguments: kernelArguments({ kernelHeapBytes: heapBytes }),
    dataBytes: heapBytes * 8,
    isGroup: false,
  });
}

// the engine asks for values alone: what a child tells of states goes nowhere
kernelConformance(
  "a child process",
  async (host) => {
    const confined = spare ?? startChild();
    // the next one starts while this case runs
    spare = startChild();
    const peer = new Peer({
      channel: childChannel(confined.child),
      handlers: hostHandlers(host),
      onEvent: (name, payload) => {
        if (name === "log") host.log(readLog(payload));
      },
    });
    return {
      events: null,
      send: (command) => peer.emit("command", command),
      take: async (name, signal) => readTaken(await peer.call("take", { name }, signal)),
      settled: () => Promise.reject(new Error("a child tells no states")),
      close: confined.kill,
    };
  },
  { hasEvents: false },
);
