import { spawn } from "node:child_process";
import { AppError } from "../../../cells/errors.ts";
import { serve } from "../../serve.ts";
import type { Command } from "../command.ts";

const loopback = new Set(["127.0.0.1", "::1", "localhost"]);

/** `cellar serve`: runs until it is told to stop. */
export const serveCommand: Command = {
  name: "serve",
  usage: "",
  about: "serve the workspace: the page, the API, and the schedules of published notebooks",
  options: {
    port: { type: "string", value: "PORT", about: "port to listen on (4400; 0 takes a free one)" },
    host: { type: "string", value: "ADDRESS", about: "address to listen on (127.0.0.1)" },
    "no-open": { type: "boolean", value: "", about: "do not open a browser" },
    trust: { type: "boolean", value: "", about: "let every notebook that is in the folder now run when it is opened" },
    exposed: {
      type: "boolean",
      value: "",
      about: "listen on an address that others can reach; without TLS, so only behind a proxy of your own",
    },
  },
  async run({ args, around, directory, report, say, json, document }) {
    const port = Number(args.text("port") ?? 4400);
    if (!Number.isInteger(port) || port < 0 || port > 65535)
      throw new AppError(
        "usage",
        `not a port: ${JSON.stringify(args.text("port"))}; give --port a number from 0 to 65535`,
      );
    const host = args.text("host") ?? "127.0.0.1";
    if (!loopback.has(host) && !args.flag("exposed"))
      throw new AppError(
        "usage",
        `${host} can be reached from other machines; add --exposed if a proxy with TLS stands before it, or leave --host out`,
      );
    const server = await serve({
      ...{ workspace: directory, host, port, report },
      trustAll: args.flag("trust"),
      env: around.env,
    });
    say(`Cellar serves ${directory} at ${server.origin}`);
    say(`Open it, once, with this link: ${server.loginUrl}`);
    if (json) document({ origin: server.origin, loginUrl: server.loginUrl });
    if (!args.flag("no-open") && around.stdout.isTTY === true) openBrowser(server.loginUrl);
    say(`stopping (${await new Promise<string>((resolve) => around.onStop(resolve))})`);
    await server.close();
    return 0;
  },
};

function openBrowser(url: string): void {
  const [command, ...args] =
    process.platform === "darwin"
      ? ["open", url]
      : process.platform === "win32"
        ? ["cmd", "/c", "start", "", url]
        : ["xdg-open", url];
  const child = spawn(command ?? "xdg-open", args, { stdio: "ignore", detached: true });
  // a machine without a browser still has the printed link
  child.on("error", () => undefined);
  child.unref();
}
