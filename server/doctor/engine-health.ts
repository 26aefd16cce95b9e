import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { messageOf } from "../../cells/errors.ts";
import { buildGraph } from "../../cells/graph/build.ts";
import { AssetKey } from "../../cells/model/asset-key.ts";
import { toCell } from "../../cells/model/cell.ts";
import { emptyNotebook } from "../../cells/model/notebook.ts";
import { toKernelCells } from "../../cells/protocol/kernel-cells.ts";
import { engineVersion } from "../engine/engine-version.ts";
import { createEnginePool } from "../engines/engine-pool.ts";
import { type Finding, info, problem } from "./finding.ts";

const mebi = 1024 * 1024;
const patienceMs = 60_000;
const reinstall = "run npm ci; if it fails again, cellar doctor --json tells more";

/** Starts an engine and a kernel, and has them compute something. */
export async function engineFindings(): Promise<readonly Finding[]> {
  const folder = await mkdtemp(join(tmpdir(), "cellar-doctor-"));
  const pool = createEnginePool();
  try {
    const engine = await pool.acquire({
      ...{ readable: [], staging: folder, temporary: join(folder, "temporary") },
      limits: { memoryBytes: 512 * mebi, threads: 1, temporaryBytes: 512 * mebi, kernelHeapBytes: 256 * mebi },
    });
    const signal = AbortSignal.timeout(patienceMs);
    const { arrow } = await engine.calls.query(
      { sql: "SELECT version() AS v", params: [], tables: [], limit: 1 },
      signal,
    );
    const found = new TextDecoder().decode(arrow).includes(engineVersion);
    const source = "({answer: [20, 22].reduce((a, b) => a + b)})";
    const cell = toCell({ id: 1, kind: "js", source, output: "answer" });
    const graph = buildGraph("doctor.html", { ...emptyNotebook, cells: [cell] });
    const target = join(folder, "answer.json");
    await engine.calls.notebook({ path: graph.path, cells: toKernelCells(graph), params: {} }, signal);
    await engine.calls.materialize(
      {
        ...{ asset: AssetKey.of(graph.path, "answer"), cell: 1, name: "answer", store: "json", target },
        ...{ inputs: [], partition: null, files: {}, metadata: {} },
      },
      signal,
    );
    const answer = await readFile(target, "utf8");
    return [
      found
        ? info("engine", `DuckDB ${engineVersion} answers, in a process of its own`)
        : problem("engine", `the engine answers, and is not DuckDB ${engineVersion} as it should be`, reinstall),
      answer.includes("42")
        ? info("kernel", "JavaScript is computed, in a process of its own")
        : problem("kernel", `a kernel computed ${answer} in place of 42`, reinstall),
    ];
  } catch (error) {
    return [problem("engine", `an engine or its kernel does not work: ${messageOf(error)}`, reinstall)];
  } finally {
    await pool.close();
    await rm(folder, { recursive: true, force: true });
  }
}
