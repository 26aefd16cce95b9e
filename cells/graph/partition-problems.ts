import type { Diagnostic } from "../model/diagnostic.ts";
import { nearest } from "../model/nearest.ts";
import { parsePartitions } from "../partition/parse.ts";
import type { GraphCell } from "./graph.ts";

/**
 * What cells read of the built-in `partition` that it never has, each with its place: it would be bound as NULL, and a query
 * that compares with it would find no rows. A cell without partitions of its own is computed for its readers, and may read
 * what any cell of the notebook has.
 */
export function partitionProblems(cells: readonly GraphCell[]): Diagnostic[] {
  const isOwn = cells.some(({ compiled }) => compiled.outputs.some(({ name }) => name === "partition"));
  const readers = cells.filter(({ compiled }) => compiled.partitionNames.length > 0);
  if (isOwn || readers.length === 0) return [];
  const anywhere = new Set(cells.flatMap(({ options }) => namesOf(options.partitions)));
  if (anywhere.size === 0) return [];
  return readers.flatMap(({ cell: { id }, compiled, options }) => {
    const names = options.partitions === null ? anywhere : new Set(namesOf(options.partitions));
    return compiled.partitionNames.flatMap(({ name, spans }): Diagnostic[] => {
      const message = problemOf(name, names);
      if (message === null) return [];
      return spans.map((span) => ({
        ...({ code: "name_missing", severity: "error", message, cell: id, span, attribute: null } as const),
      }));
    });
  });
}

function problemOf(name: string, names: ReadonlySet<string>): string | null {
  const [own = "", ofWindow] = name.split(".");
  if (names.has(own))
    return ofWindow === undefined || own === "start" || own === "end"
      ? null
      : `partition.${own} is a key, so it has no ${ofWindow}; the window begins at partition.start and ends at partition.end`;
  const known = [...names].join(", ");
  if (own === "start" || own === "end")
    return `partition has no ${own}, since these partitions are none of time; it has ${known}`;
  const close = nearest(own, [...names]);
  return `partition has no ${own}; ${close === null ? `it has ${known}` : `did you mean partition.${close}?`}`;
}

/** What `partition` has by a `partitions` attribute. */
function namesOf(text: string | null): readonly string[] {
  if (text === null) return [];
  const partitions = parsePartitions(text);
  const dimensions = partitions.type === "multi" ? partitions.dimensions : [];
  const types =
    partitions.type === "multi" ? dimensions.map((dimension) => dimension.partitions.type) : [partitions.type];
  return ["key", ...(types.includes("time") ? ["start", "end"] : []), ...dimensions.map(({ name }) => name)];
}
