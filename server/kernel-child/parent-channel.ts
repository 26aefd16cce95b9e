import { IpcChannel } from "../../cells/protocol/ipc-channel.ts";

/**
 * The IPC to the engine process, taken away from `process` before `guard.ts` closes it: code of the author's that finds
 * the one does not find the other. The only file here that sends.
 */
export function parentChannel(parent: NodeJS.Process): IpcChannel {
  const { send, disconnect } = parent;
  if (send === undefined || disconnect === undefined)
    throw new Error("the kernel child is started by the engine, with an IPC channel");
  let isConnected = true;
  parent.once("disconnect", () => (isConnected = false));
  return new IpcChannel({
    send: send.bind(parent),
    disconnect: disconnect.bind(parent),
    isConnected: () => isConnected,
    onMessage: (listener) => void parent.on("message", listener),
    onDisconnect: (listener) => void parent.once("disconnect", listener),
  });
}
