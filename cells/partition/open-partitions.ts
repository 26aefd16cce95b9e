import type { MappingAnswers } from "./mapping-answers.ts";

/** What the definitions and mappings of a workspace leave open, as it is known at one moment. */
export interface OpenPartitions {
  /** name of a dynamic definition, or `queriedName` of one by a column → its keys, in order */
  readonly dynamic?: ReadonlyMap<string, readonly string[]>;
  /** `mappedName` of a definition → what functions of its notebook answered for its partitions */
  readonly answers?: ReadonlyMap<string, MappingAnswers>;
}

/** Under which name the answers for a `partitions` attribute are given: a function belongs to its notebook, as the time zone does. */
export function mappedName(notebook: string, partitions: string): string {
  return JSON.stringify([notebook, partitions]);
}
