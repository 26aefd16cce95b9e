import { buildGraph } from "../../cells/graph/build.ts";
import type { NotebookGraph } from "../../cells/graph/graph.ts";
import type { Cell } from "../../cells/model/cell.ts";
import type { Notebook } from "../../cells/model/notebook.ts";

/** What of a cell is run: the text and kind that it had then. */
type Run = Pick<Cell, "source" | "kind">;

/**
 * What the text of a notebook means: compiled as it is typed, for what the reader sees, and as it was last run, for the
 * kernel. A cell whose text differs from what was last run is *dirty*. Changes are taken in at once and compiled when asked.
 */
export class Program {
  readonly #path: string;
  readonly #run = new Map<number, Run>();
  #notebook: Notebook;
  #cells: ReadonlyMap<number, Cell> = new Map();
  #dirty: ReadonlySet<number> = new Set();
  #compiled: Notebook;
  #graph: NotebookGraph;
  #runGraph: NotebookGraph;

  /** A notebook as it was opened: nothing in it is dirty. Throws where a compiler that it needs is not fetched yet. */
  constructor(path: string, notebook: Notebook) {
    this.#path = path;
    this.#notebook = this.#compiled = notebook;
    this.take(notebook);
    this.#graph = this.#runGraph = buildGraph(path, notebook);
  }

  /** The text as it was when it was last compiled. */
  get graph(): NotebookGraph {
    return this.#graph;
  }

  /** The same with the text of each cell as it was last run. */
  get runGraph(): NotebookGraph {
    return this.#runGraph;
  }

  get dirty(): ReadonlySet<number> {
    return this.#dirty;
  }

  /**
   * Takes in the text as it now is. New cells are not dirty, unless they shall `wait` until they are run. Answers whether
   * nothing but sources of cells differs from what is compiled, so that compiling can wait for a pause in typing.
   */
  take(notebook: Notebook, wait = false): { readonly isTyping: boolean } {
    this.#notebook = notebook;
    this.#cells = new Map(notebook.cells.map((cell) => [cell.id, cell]));
    for (const { id, source, kind } of notebook.cells)
      if (!this.#run.has(id)) this.#run.set(id, { source: wait ? "" : source, kind });
    this.#compare();
    const { cells } = this.#compiled;
    return {
      isTyping:
        notebook.cells.length === cells.length &&
        notebook.cells.every((cell, at) => cell === cells[at] || isTyped(cells[at], cell)),
    };
  }

  /** The text of these cells is what runs from now on; null: of every cell. */
  commit(cells: Iterable<number> | null): void {
    for (const id of cells ?? this.#cells.keys()) {
      const cell = this.#cells.get(id);
      if (cell) this.#run.set(id, { source: cell.source, kind: cell.kind });
    }
    this.#compare();
  }

  /** Compiles what changed since the last time. Throws where a compiler that it needs is not fetched yet. */
  compile(): void {
    if (this.#compiled !== this.#notebook) this.#graph = buildGraph(this.#path, this.#notebook, this.#graph);
    this.#compiled = this.#notebook;
    if (this.#dirty.size === 0) this.#runGraph = this.#graph;
    else {
      const cells = this.#notebook.cells.map((cell) => ({ ...cell, ...this.#run.get(cell.id) }));
      this.#runGraph = buildGraph(this.#path, { ...this.#notebook, cells }, this.#runGraph);
    }
  }

  #compare(): void {
    const dirty = new Set<number>();
    for (const { id, source, kind } of this.#notebook.cells) {
      const run = this.#run.get(id);
      if (run !== undefined && (run.source !== source || run.kind !== kind)) dirty.add(id);
    }
    this.#dirty = dirty;
  }
}

function isTyped(before: Cell | undefined, after: Cell): boolean {
  return before?.id === after.id && before.attributes === after.attributes && before.kind === after.kind;
}
