import { AppError } from "../../cells/errors.ts";
import type { Workspace } from "../../cells/graph/workspace.ts";
import { didYouMean } from "../../cells/model/nearest.ts";
import { quote } from "../../cells/model/quote.ts";
import type { SensorOutcome, SensorPartitions } from "../../cells/sensor/outcome.ts";
import { dynamicNamesOf } from "../partitions/dynamic-names.ts";
import type { Planner } from "../planning/planner.ts";
import type { SensedRun } from "../store/sensor-store.ts";
import type { Sensor } from "./sensor-cells.ts";

/**
 * Runs that a sensor asks for, planned as if the partitions that it adds and removes were changed already: they are in the same
 * transaction. Throws `usage` for a name that no asset has, and what planning throws.
 */
export async function planRuns(
  planner: Planner,
  workspace: Workspace,
  sensor: Sensor,
  { runs, partitions }: Pick<SensorOutcome, "runs" | "partitions">,
): Promise<readonly SensedRun[]> {
  checkNames(workspace, partitions);
  const planned: SensedRun[] = [];
  for (const { select, partition, key, tags, params } of runs) {
    const made = await planner.newRun({
      ...{ select: select ?? sensor.select, partition, params, tags, partitions },
      ...{ force: false, draft: false, trigger: { type: "sensor", sensor: sensor.id, key } },
    });
    planned.push({ ...made, keys: key === null ? [] : [`run ${key}`] });
  }
  return planned;
}

function checkNames(workspace: Workspace, { add, remove }: SensorPartitions): void {
  const asked = [...Object.keys(add), ...Object.keys(remove)];
  if (asked.length === 0) return;
  const known = [...new Set([...workspace.assets.values()].flatMap(dynamicNamesOf))].sort();
  const unknown = asked.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const right =
    known.length === 0
      ? 'give an asset some, as partitions="dynamic customers"'
      : `${didYouMean(unknown, known)}there are ${known.join(", ")}`;
  throw new AppError("usage", `no asset has dynamic partitions ${quote(unknown)}; ${right}`);
}
