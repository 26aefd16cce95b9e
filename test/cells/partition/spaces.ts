import { parsePartitions } from "../../../cells/partition/parse.ts";
import { toSpace, type PartitionSpace, type SpaceContext } from "../../../cells/partition/space.ts";

/** The space of a `partitions` attribute; "" is an asset without. It is the given day, or 2024-02-01, in UTC. */
export function spaceOf(text: string, at = "2024-02-01", context: Partial<SpaceContext> = {}): PartitionSpace {
  return toSpace(text === "" ? null : parsePartitions(text), { at: Date.parse(at), timezone: "UTC", ...context });
}
