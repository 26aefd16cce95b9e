import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { randomUUID } from "node:crypto";
import { AppError } from "../../cells/errors.ts";
import type { Workspace } from "../../cells/graph/workspace.ts";
import type { SensorContext } from "../../cells/model/sensor-context.ts";
import { spacesOf } from "../../cells/plan/spaces.ts";
import type { Clock } from "../clock.ts";
import type { Limits } from "../engine/messages.ts";
import type { Lake } from "../lake/lake.ts";
import type { Resources } from "../resources/resources.ts";
import type { EnginePool } from "../engines/engine.ts";
import { loadRunFacts } from "../runner/load-run-facts.ts";
import { surroundingsOf } from "../runner/step-request.ts";
import type { PartitionReader } from "../partitions/partition-reader.ts";
import type { Store } from "../store/store.ts";
import type { WorkspaceFiles } from "../workspace/workspace-files.ts";
import { answerNode, answeringCells, type Sensor } from "./sensor-cells.ts";

/** What evaluating a sensor's code works with. */
export interface CellParts {
  readonly store: Store;
  readonly lake: Lake;
  readonly partitions: Pick<PartitionReader, "open">;
  readonly files: WorkspaceFiles;
  readonly pool: EnginePool;
  readonly resources: Resources;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly lakeFolder: string;
  readonly scratch: (name: string) => Promise<{ readonly staging: string; readonly temporary: string }>;
}

const usualTimeoutMs = 60_000;
const most = 16 * 1024 * 1024;

/**
 * Evaluates a sensor's cell in an engine's kernel child, which is ended with it: what it gave, as JSON. It reads assets as readers see
 * them, files and resources as any cell of its notebook. Throws what the cell threw, `cell_timeout` after its `timeout` (60 s), and
 * `value_not_storable` where JSON cannot hold what it gave.
 */
export async function evaluateCell(
  parts: CellParts,
  workspace: Workspace,
  sensor: Sensor,
  context: SensorContext,
  stop: AbortSignal,
): Promise<unknown> {
  const { store, lake, files, pool, resources, clock, limits, lakeFolder } = parts;
  const node = answerNode(sensor, sensor.graph.id);
  const at = clock.now();
  const spaceOf = spacesOf(workspace, { at, ...(await parts.partitions.open(workspace, at)) });
  const facts = await loadRunFacts({ store, workspace, spaceOf }, [{ node, partitions: [""] }]);
  const surroundings = await surroundingsOf(workspace, node, "", facts, lake, files);
  const name = `sensor-${randomUUID()}`;
  const folders = await parts.scratch(name);
  const timeoutMs = sensor.cell.options.timeoutMs ?? usualTimeoutMs;
  const limit = new AbortController();
  const stopClock = clock.wake(clock.now() + timeoutMs, () => limit.abort());
  const signal = AbortSignal.any([stop, limit.signal]);
  const readable = [lakeFolder, ...Object.values(surroundings.files)];
  const engine = await pool.acquire({ readable, ...folders, limits }, true);
  const session = resources.open(folders.temporary);
  engine.onAsk(({ notebook, resource, question }, asked) => session.ask(notebook, resource, question, asked));
  const onAbort = () => engine.kill();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    signal.throwIfAborted();
    const target = join(folders.staging, "answer.json");
    const gone = engine.died.then((reason): never => {
      throw new AppError(
        "runner_died",
        `the process that evaluated sensor ${sensor.key} ended: ${reason}; let it do less at once`,
      );
    });
    gone.catch(() => undefined);
    const work = async () => {
      await engine.calls.notebook(
        {
          path: sensor.graph.path,
          cells: answeringCells(sensor),
          params: sensor.graph.options.params,
          needsKernel: true,
          sensor: context,
        },
        signal,
      );
      await engine.calls.materialize(
        {
          asset: node.key,
          cell: node.cell,
          name: node.name,
          store: "json",
          ...surroundings,
          partition: null,
          target,
          metadata: {},
        },
        signal,
      );
    };
    await Promise.race([work(), gone]);
    const text = await readFile(target, "utf8");
    if (text.length > most)
      throw new AppError("usage", `the answer has ${text.length} characters; ${most} are the most that it may have`);
    return (JSON.parse(text) as { readonly answer: unknown }).answer;
  } catch (error) {
    if (limit.signal.aborted && !stop.aborted)
      throw new AppError(
        "cell_timeout",
        `sensor ${sensor.key} ran longer than ${timeoutMs / 1000} s and was ended; let it look at less at once, or give its cell a longer timeout`,
        { cause: error },
      );
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
    stopClock();
    session.close();
    engine.kill();
    void engine.died
      .then(() => Promise.all(Object.values(folders).map((folder) => rm(folder, { recursive: true, force: true }))))
      .catch(() => undefined);
  }
}
