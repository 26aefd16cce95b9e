import type { Workspace } from "../../cells/graph/workspace.ts";
import type { OpenPartitions } from "../../cells/partition/open-partitions.ts";
import type { SensorPartitions } from "../../cells/sensor/outcome.ts";
import { spacesOf, type SpaceOf } from "../../cells/plan/spaces.ts";
import type { KeyReader } from "./key-reader.ts";
import type { MappingReader } from "./mapping-reader.ts";

/** Finds out what the definitions and mappings of a workspace leave open, so that planning is then computed without waiting. */
export class PartitionReader {
  readonly #keys: Pick<KeyReader, "dynamic">;
  readonly #mappings: Pick<MappingReader, "answers">;

  constructor(parts: { readonly keys: Pick<KeyReader, "dynamic">; readonly mappings: Pick<MappingReader, "answers"> }) {
    this.#keys = parts.keys;
    this.#mappings = parts.mappings;
  }

  /** What is open at `at`, in milliseconds since 1970; as readers of a branch see it, or of what is published; `changed`: with these keys added and removed. */
  async open(
    workspace: Workspace,
    at: number,
    branch?: string,
    changed?: SensorPartitions,
  ): Promise<Required<OpenPartitions>> {
    const kept = await this.#keys.dynamic(workspace, branch);
    const dynamic = changed === undefined ? kept : withChanges(kept, changed);
    return { dynamic, answers: await this.#mappings.answers(workspace, spacesOf(workspace, { at, dynamic })) };
  }

  /** The partitions of the assets of a workspace at `at`, as `open` has what they leave open. */
  async spaces(workspace: Workspace, at: number, branch?: string): Promise<SpaceOf> {
    return spacesOf(workspace, { at, ...(await this.open(workspace, at, branch)) });
  }
}

/** Keys by name as the store has them once some are added, behind the others, and some removed. */
function withChanges(
  kept: ReadonlyMap<string, readonly string[]>,
  { add, remove }: SensorPartitions,
): ReadonlyMap<string, readonly string[]> {
  const keys = new Map(kept);
  for (const [name, more] of Object.entries(add)) keys.set(name, [...new Set([...(keys.get(name) ?? []), ...more])]);
  for (const [name, less] of Object.entries(remove))
    keys.set(
      name,
      (keys.get(name) ?? []).filter((key) => !less.includes(key)),
    );
  return keys;
}
