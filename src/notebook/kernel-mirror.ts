import type { NotebookGraph } from "../../cells/graph/graph.ts";
import { toKernelCells } from "../../cells/protocol/kernel-cells.ts";
import type { HydratedOutput, KernelCell, KernelCommand } from "../../cells/protocol/kernel.ts";

/** Keeps a kernel's cells up to date by sending what changed. */
export class KernelMirror {
  readonly #sent = new Map<number, KernelCell>();

  /** The command that brings the kernel to this graph, or null where it is there already. `hydrated`: the cells that need not run. */
  update(
    graph: NotebookGraph,
    hydrated: ReadonlyMap<number, readonly HydratedOutput[]> = new Map(),
  ): Extract<KernelCommand, { type: "define" }> | null {
    const cells: KernelCell[] = [];
    const known = new Set<number>();
    // a test is no part of the notebook: it is run apart
    const tests = new Set(graph.cells.flatMap(({ cell, options }) => (options.test === null ? [] : [cell.id])));
    for (const cell of toKernelCells(graph, hydrated)) {
      const { id } = cell.compiled;
      if (tests.has(id)) continue;
      known.add(id);
      const before = this.#sent.get(id);
      if (before && sameCell(before, cell)) continue;
      this.#sent.set(id, cell);
      cells.push(cell);
    }
    const removed = [...this.#sent.keys()].filter((id) => !known.has(id));
    for (const id of removed) this.#sent.delete(id);
    return cells.length === 0 && removed.length === 0 ? null : { type: "define", cells, removed };
  }
}

function sameCell(a: KernelCell, b: KernelCell): boolean {
  return (
    a.compiled === b.compiled &&
    a.run === b.run &&
    a.isCheck === b.isCheck &&
    JSON.stringify(a.tables) === JSON.stringify(b.tables) &&
    JSON.stringify(a.imports) === JSON.stringify(b.imports) &&
    a.earlier === b.earlier &&
    JSON.stringify(a.hydrated) === JSON.stringify(b.hydrated)
  );
}
