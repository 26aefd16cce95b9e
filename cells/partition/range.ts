import { AppError } from "../errors.ts";
import type { PartitionAxis } from "./axis.ts";
import { everyKey, keySeparator, rangeSeparator } from "./key-text.ts";
import { product, stretch, type Segments } from "./segments.ts";
import { shapeOf, type PartitionSpace } from "./space.ts";
import { fullSubset, type PartitionSubset } from "./subset.ts";

/**
 * Reads partitions as a command line names them: `K`, `A..B` with both ends, or `*`; with several dimensions one of
 * these for each, `2024-01-01..2024-01-31|eu` or `*|eu`; `*` alone is every partition. Throws `usage` saying which key does not exist and which does.
 */
export function parsePartitionRange(space: PartitionSpace, text: string): PartitionSubset {
  if (text.trim() === everyKey) return fullSubset(space);
  const parts = space.axes.length === 1 ? [text] : text.split(keySeparator);
  if (parts.length !== space.axes.length)
    throw new AppError(
      "usage",
      `invalid partition: ${JSON.stringify(text)} has ${parts.length} of ${space.axes.length} dimensions; write ${shapeOf(space)}, each a key, A..B or *`,
    );
  return { space, segments: product(space.axes.map((axis, i) => readRange(axis, (parts[i] ?? "").trim(), text))) };
}

function readRange(axis: PartitionAxis, part: string, text: string): Segments {
  if (part === everyKey) return stretch(0, axis.count);
  const [first = "", last = first, ...others] = part.split(rangeSeparator);
  if (others.length > 0 || (part !== "" && (first === "" || last === "")))
    throw new AppError(
      "usage",
      `invalid partition: ${JSON.stringify(text)}; write a key, a range A..B with both ends, or *`,
    );
  const [from, to] = [readKey(axis, first), readKey(axis, last)];
  if (from > to)
    throw new AppError("usage", `invalid partition: ${JSON.stringify(text)} runs backwards; write ${last}..${first}`);
  return stretch(from, to + 1);
}

function readKey(axis: PartitionAxis, key: string): number {
  const problem = axis.problemOf(key);
  if (problem !== null) {
    const where = axis.name === "" ? "" : `${axis.name}: `;
    throw new AppError("usage", `invalid partition: ${where}${problem}`);
  }
  return axis.indexOf(key) ?? 0;
}
