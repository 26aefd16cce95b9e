import type { PartitionMapping, Partitions } from "../partition/definition.ts";
import { readsEarlier } from "../partition/earlier-mapping.ts";
import { parsePartitionMapping } from "../partition/parse-mapping.ts";
import { parsePartitions } from "../partition/parse.ts";
import type { Edge, GraphCell } from "./graph.ts";

/** A cell that reads what it defines itself. */
export interface SelfRead {
  readonly cell: number;
  /** the name that it reads and defines */
  readonly name: string;
  /** why that is a circle, with what to write; null where its partitions read earlier ones and nothing else */
  readonly problem: string | null;
}

/** The cells that read themselves. Whether one may is said by its `partitions` and `upstream` alone. */
export function selfReadsOf(cells: readonly GraphCell[], edges: readonly Edge[]): readonly SelfRead[] {
  const known = new Map(cells.map((cell) => [cell.cell.id, cell]));
  const reads = new Map<number, SelfRead>();
  for (const edge of edges) {
    if (edge.type !== "cell" || edge.from !== edge.to || reads.get(edge.to)?.problem != null) continue;
    const cell = known.get(edge.to);
    if (cell) reads.set(edge.to, { cell: edge.to, name: edge.name, problem: problemOf(cell, edge) });
  }
  return [...reads.values()];
}

function problemOf(
  { cell, compiled, options, storage }: GraphCell,
  { name, as }: Edge & { type: "cell" },
): string | null {
  const circle = `${name} reads itself`;
  if (as === "value" && !compiled.inputs.some((input) => input.name === name))
    return `${circle} by asset(); write ${name}, which is its earlier result here`;
  if (options.check !== null || options.test !== null || options.sensor !== null)
    return `${circle}, and a check, test or sensor has no earlier result; read the asset that it is about`;
  if (options.partitions === null && cell.attributes["partitions"] !== undefined)
    return `${circle}, and its partitions cannot be read, so nothing tells what is earlier; correct them first`;
  if (options.partitions === null)
    return `${circle}, and without partitions there is nothing earlier of it to read; take that out, or cut it into windows, as partitions="daily from=2026-01-01" upstream="${name}: offset -1"`;
  if (storage[name] === "virtual")
    return `${circle}, and it is never stored, so nothing earlier of it is kept; store it, or take that out`;
  const definition = parsePartitions(options.partitions);
  const said = options.upstream[name];
  const right = rightFor(definition, name);
  if (said === undefined)
    return `${circle}; say which of its earlier partitions each one reads${right === null ? notInOrder(name) : `: write upstream="${right}"`}`;
  const mapping = parsePartitionMapping(said);
  if (readsEarlier(mapping, definition)) return null;
  const better = betterFor(mapping, definition, name) ?? right;
  return `${circle}, and by upstream="${name}: ${said}" a partition of it may need itself${better === null ? notInOrder(name) : `; write upstream="${better}", which is earlier alone`}`;
}

/** What to write for the one before, of each kind of partitions; null where none of them is earlier than another. */
function rightFor(definition: Partitions, name: string): string | null {
  switch (definition.type) {
    case "time":
      return `${name}: offset -1`;
    case "static": {
      const [first, second] = definition.keys;
      return second === undefined ? null : `${name}: map ${first}=${second}`;
    }
    case "dynamic":
    case "queried":
      return null;
    case "multi": {
      const time = definition.dimensions.find(({ partitions }) => partitions.type === "time");
      if (time === undefined) return null;
      const dimensions = definition.dimensions.map((own) => `${own.name} ${own === time ? "offset -1" : "same"}`);
      return `${name}: dimensions ${dimensions.join(", ")}`;
    }
  }
}

/** The same windows without the own one. */
function betterFor(mapping: PartitionMapping, definition: Partitions, name: string): string | null {
  if (definition.type !== "time") return null;
  if (mapping.type === "allow_missing") return betterFor(mapping.mapping, definition, name);
  const first = mapping.type === "last" ? 1 - mapping.count : mapping.type === "window" ? mapping.startOffset : 0;
  return first < -1 ? `${name}: offset ${first}..-1` : null;
}

function notInOrder(name: string): string {
  return `; none of the partitions of ${name} is earlier than another, which only windows of time and keys of a fixed list are`;
}
