import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { notebook, temporaryWorkspace } from "../support/workspace.ts";
import { type Figure, median } from "./figure.ts";

const command = join(import.meta.dirname, "../../server/bin/cellar.js");
const rounds = 3;

/** `cellar serve` from its start to the line with its address, and its memory once it idles. */
export async function measureServer(): Promise<readonly Figure[]> {
  await using workspace = await temporaryWorkspace({ "a.html": notebook([["sql", 'output="one"', "SELECT 1 AS x"]]) });
  const ready: number[] = [];
  const memory: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    const child = spawn(
      process.execPath,
      [command, "serve", "--workspace", workspace.path, "--port", "0", "--no-open"],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    try {
      await new Promise<void>((resolve, reject) => {
        child.stdout.on("data", (chunk: Buffer) => chunk.includes("http://") && resolve());
        child.on("exit", () => reject(new Error("the server ended before it was ready")));
      });
      ready.push(performance.now() - start);
      const status = await readFile(`/proc/${child.pid}/status`, "utf8").catch(() => "");
      memory.push(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? NaN) / 1000);
    } finally {
      const gone = new Promise((resolve) => child.on("exit", resolve));
      child.kill("SIGTERM");
      await gone;
    }
  }
  return [
    {
      name: "server ready",
      unit: "ms",
      ours: median(ready),
      bare: null,
      goal: "< 1000 ms",
      isReached: median(ready) < 1000,
    },
    {
      name: "server memory, idle",
      unit: "MB",
      ours: median(memory),
      bare: null,
      goal: "< 150 MB",
      isReached: median(memory) < 150,
    },
  ];
}
