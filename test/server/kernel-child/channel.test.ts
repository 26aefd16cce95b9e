import { join } from "node:path";
import { expect, test } from "vitest";
import { Peer } from "../../../cells/protocol/peer.ts";
import { kernelArguments } from "../../../server/engine/spawn-kernel.ts";
import { childChannel } from "../../../server/child-process/child-channel.ts";
import { spawnConfined } from "../../../server/child-process/spawn.ts";

test("a kernel child ends with its channel, also where no signal of the system does it", async () => {
  const heapBytes = 256 * 2 ** 20;
  const confined = spawnConfined({
    entry: join(import.meta.dirname, "../../../server/kernel-child/main.ts"),
    nodeArguments: kernelArguments({ kernelHeapBytes: heapBytes }),
    dataBytes: heapBytes * 8,
    isGroup: false,
  });
  try {
    const peer = new Peer({ channel: childChannel(confined.child) });
    await expect(peer.call("take", { name: "x" })).rejects.toMatchObject({ code: "name_missing" });
    peer.close();
    expect(await confined.died).toBe("it exited with code 0");
  } finally {
    confined.kill();
  }
});
