import type { NotebookGraph } from "../../cells/graph/graph.ts";
import type { Diagnostic } from "../../cells/model/diagnostic.ts";
import type { CellOptions } from "../../cells/model/options.ts";
import type { DocumentCell, DocumentEvent, DocumentReference } from "../../cells/protocol/document.ts";

/** What the mirror adds to the graph. */
export interface MirrorContext {
  readonly path: string;
  readonly readOnly: boolean;
  /** number of the frame's last edit of a cell that the text has in it */
  edit(cell: number): number;
  isDirty(cell: number): boolean;
}

/** Keeps a frame's picture of the notebook up to date by sending what changed. */
export class DocumentMirror {
  readonly #context: MirrorContext;
  readonly #sent = new Map<number, string>();
  #head = "";

  constructor(context: MirrorContext) {
    this.#context = context;
  }

  /** The event that brings the frame to this graph, or null where it is there already. */
  update(graph: NotebookGraph): Extract<DocumentEvent, { type: "document" }> | null {
    const { path, readOnly } = this.#context;
    const changed: DocumentCell[] = [];
    for (const cell of toDocumentCells(graph, this.#context)) {
      const text = JSON.stringify(cell);
      if (this.#sent.get(cell.id) === text) continue;
      this.#sent.set(cell.id, text);
      changed.push(cell);
    }
    const order = graph.cells.map(({ cell }) => cell.id);
    const known = new Set(order);
    for (const id of this.#sent.keys()) if (!known.has(id)) this.#sent.delete(id);
    const head = JSON.stringify([graph.title, path, readOnly, order]);
    if (changed.length === 0 && head === this.#head) return null;
    this.#head = head;
    return { type: "document", title: graph.title, path, readOnly, order, changed };
  }

  /** Forgets what was sent: the frame is a new one. */
  reset(): void {
    this.#sent.clear();
    this.#head = "";
  }
}

function toDocumentCells(graph: NotebookGraph, context: MirrorContext): readonly DocumentCell[] {
  const references = new Map<number, DocumentReference[]>();
  for (const edge of graph.edges) {
    if (edge.type === "file") continue;
    const list = references.get(edge.to) ?? [];
    const { name, spans } = edge;
    list.push(
      edge.type === "cell"
        ? { name, cell: edge.from, asset: null, spans }
        : { name, cell: null, asset: edge.asset, spans },
    );
    references.set(edge.to, list);
  }
  const problems = new Map<number, Diagnostic[]>();
  for (const problem of graph.problems)
    if (problem.cell !== null) problems.set(problem.cell, [...(problems.get(problem.cell) ?? []), problem]);
  return graph.cells.map(({ cell, compiled, options }) => ({
    id: cell.id,
    kind: cell.kind,
    source: cell.source,
    edit: context.edit(cell.id),
    dirty: context.isDirty(cell.id),
    pinned: cell.pinned,
    hidden: cell.hidden,
    output: cell.output,
    run: options.run,
    notes: notesOf(options),
    outputs: compiled.outputs.map(({ name }) => name),
    references: references.get(cell.id) ?? [],
    diagnostics: problems.get(cell.id) ?? [],
  }));
}

/** The options of an asset in a few words. */
function notesOf(options: CellOptions): readonly string[] {
  const { check, partitions, automation, run, store, sensor } = options;
  return [
    ...(check === null ? [] : [`check of ${check}`]),
    ...(partitions === null
      ? []
      : [
          partitions.split(/\s/)[0] === "static"
            ? "partitions: static"
            : `partitions: ${partitions.split(/\s/)[0] ?? ""}`,
        ]),
    ...(automation === "manual" ? [] : [automation]),
    ...(sensor === null ? [] : [`sensor ${sensor}`]),
    ...(run === "auto" ? [] : [run]),
    ...(store === "auto" ? [] : [`store: ${store}`]),
  ];
}
