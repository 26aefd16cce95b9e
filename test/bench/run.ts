import { writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { measureAssets } from "./assets.ts";
import { measureBackfill } from "./backfill.ts";
import { measureEngine } from "./engine.ts";
import type { Figure } from "./figure.ts";
import { benchKernel } from "./kernel.ts";
import { measureNotebook } from "./notebook.ts";
import { measurePage } from "./page.ts";
import { measurePartitions } from "./partitions.ts";
import { measureRuns } from "./runs.ts";
import { measureServer } from "./server.ts";

const figures: Figure[] = [];
const parts: readonly (readonly [string, () => Promise<readonly Figure[]>])[] = [
  ["server", measureServer],
  ["assets", measureAssets],
  ["engine", measureEngine],
  ["kernel", measureKernel],
  ["partitions", measurePartitions],
  ["backfill", measureBackfill],
  ["runs", measureRuns],
  ["notebook", measureNotebook],
  ["page", measurePage],
];
const only = process.argv.slice(2);

for (const [name, measure] of parts) {
  if (only.length > 0 && !only.includes(name)) continue;
  for (const figure of await measure()) {
    figures.push(figure);
    console.log(lineOf(figure));
  }
}
const machine = { cores: cpus().length, model: cpus()[0]?.model ?? "unknown", node: process.versions.node };
await writeFile("bench.json", JSON.stringify({ machine, figures }, null, 2));
console.log(`${machine.cores} × ${machine.model}, Node ${machine.node}; written to bench.json`);
process.exit(0);

async function measureKernel(): Promise<readonly Figure[]> {
  return (await benchKernel()).map(({ name, ours, bare, ratio }) => ({
    name: `recompute, ${name}`,
    unit: "ms",
    ours,
    bare,
    goal: "≤ 1.2 × bare",
    isReached: ratio <= 1.2,
  }));
}

function lineOf({ name, unit, ours, bare, goal, isReached }: Figure): string {
  const value = `${ours.toFixed(ours < 100 ? 2 : 0)} ${unit}`;
  const beside = bare === null ? "" : `bare ${bare.toFixed(bare < 100 ? 2 : 0)} ${unit}, ${(ours / bare).toFixed(2)} ×`;
  return `${name.padEnd(64)} ${value.padStart(12)}  ${beside.padEnd(28)} ${goal.padEnd(26)} ${isReached ? "reached" : "missed"}`;
}
