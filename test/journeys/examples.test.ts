import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Frame } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runEnded } from "../support/local.ts";
import { type App, openApp } from "../support/app.ts";

const notebooks = readdirSync(join(import.meta.dirname, "../../examples"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".html"))
  .sort();
let app: App;
beforeAll(async () => void (app = await openApp("examples")), 120_000);
afterAll(() => app[Symbol.asyncDispose]());

/** How each cell that is not up to date stands. */
function restOf(frame: Frame): Promise<readonly string[]> {
  return frame
    .locator(".cell")
    .evaluateAll((cells) =>
      cells
        .filter((cell) => cell.getAttribute("data-state") !== "fresh")
        .map((cell) => `${cell.getAttribute("data-state")} ${cell.id}: ${cell.textContent?.trim().slice(0, 200)}`),
    );
}

/** Runs a notebook's assets on the server: what another notebook's assets are read from. */
async function materialize(select: string): Promise<void> {
  const { workspace, token, origin } = app.server();
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const answer = await fetch(`${origin}/api/runs`, { method: "POST", headers, body: JSON.stringify({ select }) });
  const { run } = (await answer.json()) as { readonly run: string };
  await runEnded(workspace, run);
  expect((await workspace.store.run(run))?.state).toBe("succeeded");
}

test.each(notebooks)(
  "%s opens and computes without a failed cell and without an error in the console",
  async (path) => {
    if (path === join("market", "report.html")) await materialize("key:market/prices/*");
    app.errors.length = 0;
    const frame = await app.open(path);
    await frame.waitForSelector(".cell");
    await expect.poll(() => restOf(frame), { timeout: 90_000 }).toEqual([]);
    expect(app.errors).toEqual([]);
  },
  120_000,
);
