import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openSqliteStore } from "../../../server/store/sqlite.ts";
import { bundled } from "../../support/bundled.ts";

const kills = 30;

/** Runs the writer until it has acknowledged `count` writes, kills it, and returns all that it acknowledged. */
async function writeUntilKilled(
  child: string,
  file: string,
  prefix: string,
  count: number,
): Promise<readonly (readonly number[])[]> {
  const writer = spawn(process.execPath, [child, file, prefix], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  let lines = 0;
  writer.stdout.on("data", (data: Buffer) => {
    text += data.toString();
    lines = text.split("\n").length - 1;
    if (lines >= count) writer.kill("SIGKILL");
  });
  const signal = await new Promise((resolve) => writer.on("close", (_, ended) => resolve(ended)));
  expect(signal).toBe("SIGKILL");
  return text
    .split("\n")
    .slice(0, lines)
    .map((line) => line.split(" ").map(Number));
}

test(
  `F1 P1 P7 of a writer that was killed ${kills} times, nothing that it acknowledged is lost`,
  { timeout: 240_000 },
  async () => {
    await using child = await bundled(join(import.meta.dirname, "writer-child.ts"));
    const folder = mkdtempSync(join(tmpdir(), "cellar-killed-"));
    const file = join(folder, "store.db");
    const acknowledged = new Map<string, number>();
    for (let i = 0; i < kills; i++) {
      const prefix = `w${i}`;
      // between 1 and about 400: the moment within a commit is up to the machine
      for (const [number, seq] of await writeUntilKilled(child.path, file, prefix, 1 + ((i * 89) % 400)))
        acknowledged.set(`${prefix} ${number}`, seq ?? 0);
    }
    const store = await openSqliteStore(file);
    const log = await store.eventsAfter(0, 1e9);
    expect(log.map((event) => event.seq)).toEqual(Array.from({ length: log.length }, (_, i) => i + 1));
    const kept = new Map(
      log.flatMap(({ seq, event }) =>
        event.type === "log" ? [[event.text.split(" ").slice(0, 2).join(" "), seq] as const] : [],
      ),
    );
    const lost = [...acknowledged].filter(([text, seq]) => kept.get(text) !== seq);
    expect(lost).toEqual([]);
    expect(acknowledged.size).toBeGreaterThan(kills * 50);
    // every run that is there has its event: one transaction, whole or absent
    const runs = await store.runs({ limit: 1e6 });
    const begun = log.flatMap(({ event }) => (event.type === "run_changed" ? [event.run] : []));
    expect(runs.map((run) => run.id).toSorted()).toEqual(begun.toSorted());
    await store.close();
    await rm(folder, { recursive: true });
  },
);
