import { compileCell } from "../compile/compile.ts";
import { readCellOptions, readNotebookOptions } from "../format/options.ts";
import type { Cell } from "../model/cell.ts";
import type { Diagnostic, Span } from "../model/diagnostic.ts";
import type { Notebook } from "../model/notebook.ts";
import { checkProblems } from "./check-problems.ts";
import { codeVersion } from "./code-version.ts";
import { connectCell } from "./connect.ts";
import { cycleThrough, findCycles } from "./cycles.ts";
import type { Edge, GraphCell, NotebookGraph } from "./graph.ts";
import { collectNames, type Names } from "./names.ts";
import { idleAttributes } from "./idle-attributes.ts";
import { mappingFunctionProblems } from "./mapping-functions.ts";
import { keySourceProblems } from "./partition-keys.ts";
import { partitionProblems } from "./partition-problems.ts";
import { testProblems } from "./test-problems.ts";
import { topologicalOrder } from "./order.ts";
import { runAfterProblems } from "./run-after.ts";
import { selfReadsOf, type SelfRead } from "./self-reads.ts";
import { storageOf } from "./storage.ts";

/** A cycle of up to this many cells shows each of its members the way through itself; in a larger one all show the same. */
const largestOwnCycle = 64;
/** Names of a cycle that its message spells out. */
const longestPath = 12;

/**
 * Compiles a notebook and resolves every name in it to edges. `path` is its place in the workspace, with `.html`. Cells
 * that `previous` has with the same text and attributes are not compiled again, and the result is the same as without it.
 * Throws nothing: what is wrong with the notebook is in `problems`.
 */
export function buildGraph(path: string, notebook: Notebook, previous?: NotebookGraph): NotebookGraph {
  const known = new Map(previous?.cells.map((cell) => [cell.cell.id, cell]));
  const cells = notebook.cells.map((cell) => reuse(known.get(cell.id), cell) ?? compile(cell));
  const read = readNotebookOptions(notebook);
  const names = collectNames(cells);
  const edges: Edge[] = [];
  const problems: Diagnostic[] = [...read.diagnostics];
  for (const cell of cells) {
    const connections = connectCell(path, cell, names);
    for (const diagnostic of cell.diagnostics) problems.push(diagnostic);
    for (const edge of connections.edges) edges.push(edge);
    for (const problem of connections.problems) problems.push(problem);
  }
  problems.push(...duplicates(cells, names), ...checkProblems(path, cells, edges));
  problems.push(...testProblems(cells), ...partitionProblems(cells), ...idleAttributes(cells, edges));
  problems.push(
    ...runAfterProblems(path, cells),
    ...keySourceProblems(path, cells),
    ...mappingFunctionProblems(cells, edges),
  );
  const selfReads = selfReadsOf(cells, edges);
  const circular = new Set(selfReads.flatMap(({ cell, problem }) => (problem === null ? [] : cell)));
  problems.push(...selfCircles(selfReads, edges));
  const next = successors(cells, edges);
  const cycles = findCycles(next);
  for (const members of cycles) problems.push(...circles(cells, edges, members, next));
  const selves = cells.flatMap(({ cell }, at) => (circular.has(cell.id) ? at : []));
  const order = topologicalOrder(next, new Set([...cycles.flat(), ...selves])).flatMap(
    (index) => cells[index]?.cell.id ?? [],
  );
  return {
    ...{ path, id: notebook.id, title: notebook.title, options: read.options, cells, edges, order, problems },
    readsItself: new Set(selfReads.flatMap(({ cell, problem }) => (problem === null ? cell : []))),
  };
}

function compile(cell: Cell): GraphCell {
  const compiled = compileCell(cell);
  const { options, diagnostics } = readCellOptions(cell);
  return {
    cell,
    compiled,
    options,
    codeVersion: codeVersion(cell, compiled, options),
    storage: storageOf(cell, compiled, options),
    diagnostics: [...compiled.diagnostics, ...diagnostics],
  };
}

/** The compiled cell again, around the cell as it now is, where nothing that matters to compiling has changed. */
function reuse(known: GraphCell | undefined, cell: Cell): GraphCell | null {
  if (!known) return null;
  if (known.cell === cell) return known;
  return isSameCell(known.cell, cell) ? { ...known, cell } : null;
}

function isSameCell(a: Cell, b: Cell): boolean {
  const names = Object.keys(a.attributes);
  return (
    a.source === b.source &&
    a.kind === b.kind &&
    a.type === b.type &&
    a.pinned === b.pinned &&
    a.hidden === b.hidden &&
    a.output === b.output &&
    a.database === b.database &&
    a.format === b.format &&
    a.since === b.since &&
    names.length === Object.keys(b.attributes).length &&
    names.every((name) => a.attributes[name] === b.attributes[name])
  );
}

/** Edges between different cells as positions in the notebook. An id that stands twice means its first cell. */
function successors(cells: readonly GraphCell[], edges: readonly Edge[]): readonly (readonly number[])[] {
  const index = new Map<number, number>();
  cells.forEach(({ cell }, at) => index.has(cell.id) || index.set(cell.id, at));
  const next: number[][] = cells.map(() => []);
  for (const edge of edges) {
    if (edge.type !== "cell") continue;
    const from = index.get(edge.from);
    const to = index.get(edge.to);
    if (from !== undefined && to !== undefined && from !== to) next[from]?.push(to);
  }
  return next;
}

/** One problem for each cell that reads itself and may not, where it does. */
function selfCircles(selfReads: readonly SelfRead[], edges: readonly Edge[]): Diagnostic[] {
  return selfReads.flatMap(({ cell, name, problem }): Diagnostic[] => {
    if (problem === null) return [];
    const edge = edges.find((one) => one.type === "cell" && one.from === cell && one.to === cell && one.name === name);
    const place = { cell, span: edge?.spans[0] ?? null, attribute: null };
    return [{ code: "graph_cycle", severity: "error", message: problem, ...place }];
  });
}

function duplicates(cells: readonly GraphCell[], names: Names): Diagnostic[] {
  const problems: Diagnostic[] = [];
  for (const [name, definers] of names.exact) {
    if (definers.length < 2) continue;
    const ids = definers.map(({ id }) => id);
    const listed = ids.length > 5 ? `${ids.slice(0, 4).join(", ")} and ${ids.length - 4} more` : andList(ids);
    const message = `${name} is defined by cells ${listed}; rename all but one`;
    for (const { index, id } of definers) {
      const span = cells[index]?.compiled.outputs.find((output) => output.name === name)?.spans[0] ?? null;
      problems.push({ code: "name_duplicate", severity: "error", message, cell: id, span, attribute: null });
    }
  }
  return problems;
}

function andList(ids: readonly number[]): string {
  return `${ids.slice(0, -1).join(", ")} and ${ids.at(-1)}`;
}

/** One problem for each cell of a cycle, with the way round: `orders → totals → orders`. */
function circles(
  cells: readonly GraphCell[],
  edges: readonly Edge[],
  members: readonly number[],
  next: readonly (readonly number[])[],
): Diagnostic[] {
  const ids = new Set(members.map((index) => cells[index]?.cell.id));
  const nameRead = new Map<string, string>();
  const place = new Map<number, Span>();
  for (const edge of edges) {
    if (edge.type !== "cell" || !ids.has(edge.from) || !ids.has(edge.to)) continue;
    const pair = `${edge.from} ${edge.to}`;
    const [span] = edge.spans;
    if (!nameRead.has(pair)) nameRead.set(pair, edge.name);
    if (span && !place.has(edge.to)) place.set(edge.to, span);
  }
  const set = new Set(members);
  const tell = (member: number): string => {
    const path = cycleThrough(member, set, next).map((index) => cells[index]?.cell.id ?? 0);
    const hops = path.slice(1).map((to, i) => nameRead.get(`${path[i]} ${to}`) ?? `cell ${path[i]}`);
    const names = hops.length > longestPath ? [...hops.slice(0, longestPath), "…"] : hops;
    return `cells depend on each other in a circle: ${[...names, hops[0]].join(" → ")}; break it at one of them`;
  };
  const shared = members.length > largestOwnCycle ? tell(members[0] ?? 0) : null;
  return members.map((member) => {
    const id = cells[member]?.cell.id ?? 0;
    const message = shared ?? tell(member);
    return { code: "graph_cycle", severity: "error", message, cell: id, span: place.get(id) ?? null, attribute: null };
  });
}
