import type { GraphCell, NotebookGraph } from "../../cells/graph/graph.ts";
import { definitionKey } from "../../cells/kernel/shape.ts";
import { toKernelCells } from "../../cells/protocol/kernel-cells.ts";

/**
 * Gives each test of a graph a text that is another where its verdict may be: of its own code and what that reads, of its asset and
 * the virtual cells that this looks through, of params and partitions.
 */
export function testKeys(graph: NotebookGraph): ReadonlyMap<number, string> {
  const cells = new Map(graph.cells.map((cell) => [cell.cell.id, cell]));
  const codes = new Map(toKernelCells(graph).map((cell) => [cell.compiled.id, cell]));
  const reads = Map.groupBy(
    graph.edges.flatMap((edge) => (edge.type === "cell" ? [edge] : [])),
    ({ to }) => to,
  );
  /** A cell and all that it reads, or that of it which is computed with it. */
  const collect = (root: GraphCell, onlyVirtual: boolean): readonly GraphCell[] => {
    const found = new Set([root]);
    for (const { cell } of found)
      for (const { from, name } of reads.get(cell.id) ?? []) {
        const source = cells.get(from);
        if (source !== undefined && (!onlyVirtual || source.storage[name] === "virtual")) found.add(source);
      }
    return [...found];
  };
  const keyOf = (test: GraphCell): string => {
    const name = test.options.test;
    const tested = graph.cells.filter(
      ({ compiled, options }) => options.test === null && compiled.outputs.some((output) => output.name === name),
    );
    // what a SQL test reads are its own tables
    const own = test.compiled.sql === null ? collect(test, false) : [test];
    const known = new Set([...own, ...tested.flatMap((cell) => collect(cell, true))]);
    return JSON.stringify([
      ...[name, graph.options.params, graph.options.timezone],
      [...known].map(({ cell, options }) => {
        const code = codes.get(cell.id);
        return [cell.id, code && definitionKey(code), options.partitions, options.store];
      }),
      graph.problems.flatMap((problem) => (problem.cell === test.cell.id ? [problem.message] : [])),
    ]);
  };
  return new Map(graph.cells.flatMap((cell) => (cell.options.test === null ? [] : [[cell.cell.id, keyOf(cell)]])));
}
