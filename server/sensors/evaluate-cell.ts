import { AppError } from "../../cells/errors.ts";
import type { Workspace } from "../../cells/graph/workspace.ts";
import type { SensorContext } from "../../cells/model/sensor-context.ts";
import type { Lake } from "../lake/lake.ts";
import type { Resources } from "../resources/resources.ts";
import { evaluate, type EvaluationParts } from "../engines/evaluate.ts";
import { loadRunFacts } from "../runner/load-run-facts.ts";
import { surroundingsOf } from "../runner/step-request.ts";
import type { PartitionReader } from "../partitions/partition-reader.ts";
import type { Store } from "../store/store.ts";
import type { WorkspaceFiles } from "../workspace/workspace-files.ts";
import { answerNode, answeringCells, type Sensor } from "./sensor-cells.ts";

/** What evaluating a sensor's code works with. */
export interface CellParts extends EvaluationParts {
  readonly store: Store;
  readonly lake: Lake;
  readonly partitions: Pick<PartitionReader, "spaces">;
  readonly files: WorkspaceFiles;
  readonly resources: Resources;
  readonly lakeFolder: string;
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
  const { store, lake, files, resources, clock, lakeFolder } = parts;
  const node = answerNode(sensor, sensor.graph.id);
  const spaceOf = await parts.partitions.spaces(workspace, clock.now());
  const facts = await loadRunFacts({ store, workspace, spaceOf }, [{ node, partitions: [""] }]);
  const surroundings = await surroundingsOf(workspace, node, "", facts, lake, files);
  const timeoutMs = sensor.cell.options.timeoutMs ?? usualTimeoutMs;
  const text = await evaluate(parts, {
    purpose: "sensor",
    notebook: {
      path: sensor.graph.path,
      cells: answeringCells(sensor),
      params: sensor.graph.options.params,
      sensor: context,
    },
    value: { asset: node.key, cell: node.cell, name: node.name, ...surroundings },
    readable: [lakeFolder, ...Object.values(surroundings.files)],
    ...{ resources, timeoutMs, stop },
    sayLate: `sensor ${sensor.key} ran longer than ${timeoutMs / 1000} s and was ended; let it look at less at once, or give its cell a longer timeout`,
    sayDied: (reason) => `the process that evaluated sensor ${sensor.key} ended: ${reason}; let it do less at once`,
  });
  if (text.length > most)
    throw new AppError("usage", `the answer has ${text.length} characters; ${most} are the most that it may have`);
  return (JSON.parse(text) as { readonly answer: unknown }).answer;
}
