import { spawn } from "node:child_process";
import { request } from "node:http";
import { expect, test } from "vitest";
import { startServerProcess } from "../../support/server-process.ts";
import { notebook, temporaryWorkspace } from "../../support/workspace.ts";
import { bin, cellar, document } from "./cellar.ts";

/** A cell that says something and then goes on for longer than any test. */
const endless = notebook([
  ["js", 'output="one"', '(console.log("it began"), await new Promise((done) => setTimeout(done, 600_000)), 1)'],
]);

/** The command, with its lines as they come. */
function start(...args: readonly string[]) {
  const child = spawn(process.execPath, [bin, ...args], { stdio: ["ignore", "pipe", "pipe"], cwd: "/" });
  let text = "";
  let wake: () => void = () => undefined;
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (part: string) => {
      text += part;
      wake();
    });
  return {
    ended,
    said: () => text,
    async until(words: string): Promise<void> {
      while (!text.includes(words)) await new Promise<void>((resolve) => (wake = resolve));
    },
    interrupt: () => child.kill("SIGINT"),
  };
}

test("logs --follow tells what happens as it happens, to the end of the run, by the server's stream", async () => {
  await using folder = await temporaryWorkspace({ "a.html": endless });
  const server = await startServerProcess(folder.path);
  try {
    const { run } = await server.client.call("startRun", {});
    const logs = start("logs", run, "--follow", "--workspace", folder.path);
    await logs.until("it began");
    expect((await server.client.call("run", { id: run })).state).toBe("running");
    await server.client.call("cancelRun", { id: run });
    expect(await logs.ended).toBe(0);
    const lines = logs.said().trimEnd().split("\n");
    expect(lines.slice(-2)).toEqual([expect.stringMatching(/ run cancelled$/), `run ${run} has ended`]);
    expect(lines.filter((line) => line.includes("it began"))).toHaveLength(1);
    const { events: told } = await document(0, "logs", run, "--follow", "--workspace", folder.path);
    expect(told).toHaveLength(lines.length - 1);
    expect((await document(0, "logs", run, "--workspace", folder.path))["events"]).toEqual(told);
  } finally {
    await server.kill();
  }
});

test("Ctrl-C ends the following and leaves the run; without a server it says that nobody carries it out", async () => {
  await using folder = await temporaryWorkspace({ "a.html": endless });
  const server = await startServerProcess(folder.path);
  const { run } = await server.client.call("startRun", {});
  try {
    const logs = start("logs", run, "-f", "--workspace", folder.path);
    await logs.until("it began");
    logs.interrupt();
    expect(await logs.ended).toBe(0);
    expect(logs.said()).toContain(`run ${run} goes on; cellar logs ${run} --follow follows it again`);
    expect((await server.client.call("run", { id: run })).state).toBe("running");
  } finally {
    await server.kill();
  }
  const later = await cellar(["logs", run, "--follow", "--workspace", folder.path]);
  expect([later.code, later.err]).toEqual([0, ""]);
  expect(later.out).toMatch(/waits for a server, which this workspace has none of|run interrupted/);
});

test("the stream of one run has its events alone, and goes on after any of them", async () => {
  await using folder = await temporaryWorkspace({
    "a.html": notebook([["sql", 'output="one"', "SELECT 1 AS x"]]),
  });
  const server = await startServerProcess(folder.path);
  try {
    const first = await server.client.call("startRun", {});
    const second = await server.client.call("startRun", { force: true });
    const read = (after: number) =>
      new Promise<
        readonly { readonly seq: number; readonly event: { readonly run: string; readonly state?: string } }[]
      >((resolve, reject) => {
        const sent = request(
          `${server.origin}/api/events?run=${second.run}&after=${after}`,
          { headers: { authorization: `Bearer ${server.token}` } },
          (response) => {
            let text = "";
            response.setEncoding("utf8").on("data", (part: string) => {
              text += part;
              if (!/"run_changed".*"state":"succeeded"/.test(text) || !text.endsWith("\n\n")) return;
              response.destroy();
              resolve([...text.matchAll(/^data: (.*)$/gm)].map(([, data = ""]) => JSON.parse(data)));
            });
          },
        );
        sent.on("error", reject);
        sent.end();
      });
    const all = await read(0);
    expect(new Set(all.map(({ event }) => event.run))).toEqual(new Set([second.run]));
    expect(first.run).not.toBe(second.run);
    expect(await read(all[2]?.seq ?? 0)).toEqual(all.slice(3));
  } finally {
    await server.kill();
  }
});

test("a run that waits says for what, once", async () => {
  await using folder = await temporaryWorkspace({
    "a.html": notebook([["sql", 'output="one" pool="closed"', "SELECT 1 AS n"]]),
    "cellar.json": '{"pools": {"closed": 0}}',
  });
  const command = start("run", "--workspace", folder.path);
  await command.until("waits: a/one, as pool closed lets no step start: its limit in cellar.json is 0\n");
  command.interrupt();
  await command.ended;
  expect(command.said().match(/waits: /g)).toHaveLength(1);
});
