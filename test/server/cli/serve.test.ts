import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { version } from "../../../server/version.ts";
import { temporaryWorkspace } from "../../support/workspace.ts";
import { bin, files } from "./cellar.ts";

describe("serve", () => {
  it("prints its address and a link, serves, and stops when it is told, with an open stream", async () => {
    await using folder = await temporaryWorkspace(files);
    const child = spawn(
      process.execPath,
      [bin, "serve", "--no-open", "--port", "0", "--json", "--workspace", folder.path],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    const line = await new Promise<string>((resolve) =>
      child.stdout.setEncoding("utf8").once("data", (text: string) => resolve(text)),
    );
    const { origin, loginUrl } = JSON.parse(line) as { origin: string; loginUrl: string };
    expect(await (await fetch(`${origin}/api/health`)).json()).toMatchObject({ ok: true, version });
    const code = /#login=(.*)$/.exec(loginUrl)?.[1];
    const login = await fetch(`${origin}/api/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ code }),
    });
    const { token } = (await login.json()) as { token: string };
    const stream = await fetch(`${origin}/api/events`, { headers: { authorization: `Bearer ${token}` } });
    const ended = stream.text().catch(() => "cut");
    const began = performance.now();
    child.kill("SIGTERM");
    const exit = await new Promise((resolve) => child.once("exit", resolve));
    await ended;
    expect([exit, performance.now() - began < 5_000]).toEqual([0, true]);
    expect(existsSync(join(folder.path, ".cellar/lock.json"))).toBe(false);
  });
});
