import type { Workspace } from "../../cells/graph/workspace.ts";
import type { OpenPartitions } from "../../cells/partition/open-partitions.ts";
import { spacesOf } from "../../cells/plan/spaces.ts";
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

  /** What is open at `at`, in milliseconds since 1970; as readers of a branch see it, or of what is published. */
  async open(workspace: Workspace, at: number, branch?: string): Promise<Required<OpenPartitions>> {
    const dynamic = await this.#keys.dynamic(workspace, branch);
    return { dynamic, answers: await this.#mappings.answers(workspace, spacesOf(workspace, { at, dynamic })) };
  }
}
