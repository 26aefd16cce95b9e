import type { ChildProcess } from "node:child_process";
import { IpcChannel } from "../../cells/protocol/ipc-channel.ts";

/** The IPC to a child, or (given `process`) to the parent. */
export function childChannel(end: ChildProcess | NodeJS.Process): IpcChannel {
  return new IpcChannel({
    send: (message) => void end.send?.(message as object),
    disconnect: () => end.disconnect?.(),
    isConnected: () => end.connected,
    onMessage: (listener) => void end.on("message", listener),
    onDisconnect: (listener) => void end.once("disconnect", listener),
  });
}
