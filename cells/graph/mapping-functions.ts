import { sha256Hex } from "../data/sha256.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { didYouMean } from "../model/nearest.ts";
import { quote } from "../model/quote.ts";
import type { PartitionMapping } from "../partition/definition.ts";
import { parsePartitionMapping } from "../partition/parse-mapping.ts";
import { definersOf } from "./definers.ts";
import type { Edge, GraphCell, NotebookGraph } from "./graph.ts";

/** A function of a notebook that says which partitions of an input are read. */
export interface MappingFunction {
  readonly name: string;
  /** hash of its code and of all that it calls: the same code gives the same answers */
  readonly version: string;
}

/** Built-ins by which a function would read data, or what differs from run to run or from reader to reader. */
const ofTheMoment = new Set([
  ...[
    "params",
    "partition",
    "sensor",
    "secret",
    "Secret",
    "resource",
    "FileAttachment",
    "DatabaseClient",
    "DuckDBClient",
  ],
  ...["asset", "sql", "db", "now", "width", "dark", "Files", "require"],
]);

const languages: ReadonlySet<string> = new Set(["js", "ts", "ojs"]);

/** The functions that an `upstream` attribute names, input → name. */
export function functionsNamed(upstream: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  const named = new Map<string, string>();
  for (const [input, text] of Object.entries(upstream)) {
    const name = /\bfunction\b/.test(text) ? functionIn(parsePartitionMapping(text)) : null;
    if (name !== null) named.set(input, name);
  }
  return named;
}

/** The function of this name; null where a problem of the notebook tells why there is none that can be asked. */
export function mappingFunctionOf({ cells, edges }: NotebookGraph, name: string): MappingFunction | null {
  const made = codeOf(cells, edges, name);
  if (made.problem !== null) return null;
  const versions = made.cells.map(({ codeVersion }) => codeVersion).sort();
  return { name, version: sha256Hex(JSON.stringify(["cellar.mapping.1", name, versions])) };
}

/** What is wrong with the functions that the cells of a notebook name in `upstream`, each with its place in the attribute. */
export function mappingFunctionProblems(cells: readonly GraphCell[], edges: readonly Edge[]): Diagnostic[] {
  return cells.flatMap(({ cell, options }) => {
    const text = cell.attributes["upstream"] ?? "";
    return [...functionsNamed(options.upstream)].flatMap(([input, name]): Diagnostic[] => {
      const { problem } = codeOf(cells, edges, name);
      const isIdle = problem === null && options.partitions === null && cell.attributes["partitions"] === undefined;
      const why = isIdle
        ? `this cell has no partitions, so it reads all of ${input} and asks no function; take that out, or give it partitions`
        : problem;
      if (why === null) return [];
      const message = `invalid upstream: ${quote(text)} (cell ${cell.id}): ${why}`;
      const start = text.search(new RegExp(`(?<=\\bfunction\\s+)${name.replace(/\$/g, "\\$")}(?![\\w$])`));
      const span = start < 0 ? null : { start, end: start + name.length };
      const severity = isIdle ? "warning" : "error";
      return [{ code: "attribute_invalid", severity, message, cell: cell.id, span, attribute: "upstream" }];
    });
  });
}

function functionIn(mapping: PartitionMapping): string | null {
  if (mapping.type === "allow_missing") return functionIn(mapping.mapping);
  return mapping.type === "function" ? mapping.name : null;
}

/** The cell that defines a function and those that it needs, and why it cannot be asked, or null. */
function codeOf(
  cells: readonly GraphCell[],
  edges: readonly Edge[],
  name: string,
): { readonly cells: readonly GraphCell[]; readonly problem: string | null } {
  const definers = definersOf(cells);
  const definer = definers.get(name);
  if (definer === undefined) {
    const names = [...definers].flatMap(([defined, { cell }]) => (languages.has(cell.kind) ? [defined] : []));
    const known = names.length === 0 ? "write it in a JavaScript cell" : `it defines ${names.slice(0, 12).join(", ")}`;
    return { cells: [], problem: `this notebook defines no function ${name}; ${didYouMean(name, names)}${known}` };
  }
  const needed = new Set([definer.cell.id]);
  for (const id of needed) for (const edge of edges) if (edge.type === "cell" && edge.to === id) needed.add(edge.from);
  const members = cells.filter(({ cell }) => needed.has(cell.id));
  for (const member of members) {
    const why = problemOf(member, edges);
    if (why === null) continue;
    const through = member === definer ? "" : ` by cell ${member.cell.id}`;
    return {
      cells: members,
      problem: `${name} cannot say what partitions read${through}: ${why}; a function follows from the code of its notebook alone`,
    };
  }
  return { cells: members, problem: null };
}

function problemOf({ cell, compiled, options, diagnostics }: GraphCell, edges: readonly Edge[]): string | null {
  if (!languages.has(cell.kind)) return `it is ${cell.kind} and no JavaScript`;
  if (options.partitions !== null) return "it has partitions itself";
  const wrong = diagnostics.find(({ severity }) => severity === "error");
  if (wrong !== undefined) return wrong.message;
  const read = compiled.inputs.find((input) => ofTheMoment.has(input.name));
  if (read !== undefined) return `it reads ${read.name}`;
  for (const edge of edges) {
    if (edge.to !== cell.id) continue;
    if (edge.type === "file") return `it reads ${edge.file}`;
    if (edge.type === "asset") return `it reads ${edge.asset}`;
  }
  const [volatile] = compiled.volatile;
  return volatile === undefined ? null : `it uses ${volatile}`;
}
