import { keysIn, subsetCount } from "../partition/subset.ts";
import type { EvaluationNode } from "./evaluate.ts";

/** Partition keys that one condition of a report names. */
const shownKeys = 10;

/** A condition within an evaluation, as JSON: how it came out, for how many partitions, and the first ten of them. */
export interface EvaluationReport {
  readonly text: string;
  /** of the target that it was asked of */
  readonly key: string;
  readonly isTrue: boolean;
  /** partitions that it is true for; 1 or 0 of what has none */
  readonly count: number;
  readonly partitions: readonly string[];
  readonly children: readonly EvaluationReport[];
}

/** An evaluation's tree as it is stored and shown. */
export function toReport({ text, key, isTrue, trueFor, children }: EvaluationNode): EvaluationReport {
  const partitions: string[] = [];
  for (const partition of keysIn(trueFor)) {
    if (partition === "" || partitions.length === shownKeys) break;
    partitions.push(partition);
  }
  return { text, key, isTrue, count: subsetCount(trueFor), partitions, children: children.map(toReport) };
}
