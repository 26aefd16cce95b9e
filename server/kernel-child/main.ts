import { Kernel } from "../../cells/kernel/kernel.ts";
import { noDisplay } from "../../cells/kernel/environment.ts";
import { Peer } from "../../cells/protocol/peer.ts";
import { environment } from "./environment.ts";
import { raiseGuard } from "./guard.ts";
import { parentChannel } from "./parent-channel.ts";
import { readCommand, readTake } from "./read-requests.ts";
import { remoteHost } from "./remote-host.ts";

/** Entry of a kernel child: a `Kernel` whose host is the engine process that started it. It ends with its channel. */
const channel = parentChannel(process);
const exit = process.exit.bind(process);
channel.onClose(() => exit(0));
process.on("uncaughtException", (error) => peer.emit("log", { cell: null, level: "error", text: String(error) }));
process.on("unhandledRejection", (error) => peer.emit("log", { cell: null, level: "error", text: String(error) }));
raiseGuard();

const peer: Peer = new Peer({
  channel,
  handlers: { take: (request, signal) => kernel.take(readTake(request), signal) },
  onEvent: (name, payload) => {
    if (name === "command") kernel.run(readCommand(payload));
  },
  onProblem: (problem) => peer.emit("log", { cell: null, level: "error", text: problem.message }),
});
const kernel: Kernel = new Kernel({
  host: remoteHost(peer),
  environment: environment(),
  display: noDisplay,
  // states are for people who look; here only what is taken counts
  onEvent: () => undefined,
});
