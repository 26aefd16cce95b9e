import type { Edge, GraphCell, NotebookGraph } from "../../cells/graph/graph.ts";
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

/** What one cell of the document is made of; where that is the same, so is the cell. */
interface Made {
  readonly from: GraphCell;
  readonly edit: number;
  readonly dirty: boolean;
  readonly edges: readonly Edge[];
  readonly problems: readonly Diagnostic[];
}

/** Keeps a frame's picture of the notebook up to date by sending what changed. */
export class DocumentMirror {
  readonly #context: MirrorContext;
  readonly #sent = new Map<number, { readonly made: Made; readonly text: string }>();
  #head = "";

  constructor(context: MirrorContext) {
    this.#context = context;
  }

  /** The event that brings the frame to this graph, or null where it is there already. */
  update(graph: NotebookGraph): Extract<DocumentEvent, { type: "document" }> | null {
    const { path, readOnly } = this.#context;
    const changed: DocumentCell[] = [];
    const edges = byCell(graph.edges, ({ to }) => to);
    const problems = byCell(graph.problems, ({ cell }) => cell);
    for (const from of graph.cells) {
      const { id } = from.cell;
      const made: Made = {
        from,
        edit: this.#context.edit(id),
        dirty: this.#context.isDirty(id),
        edges: edges.get(id) ?? [],
        problems: problems.get(id) ?? [],
      };
      const before = this.#sent.get(id);
      if (before && isSame(before.made, made)) continue;
      const cell = toDocumentCell(made);
      const text = JSON.stringify(cell);
      this.#sent.set(id, { made, text });
      if (before?.text !== text) changed.push(cell);
    }
    const order = graph.cells.map(({ cell }) => cell.id);
    const known = new Set(order);
    for (const id of this.#sent.keys()) if (!known.has(id)) this.#sent.delete(id);
    const head = JSON.stringify([graph.title, path, readOnly, order]);
    if (changed.length === 0 && head === this.#head) return null;
    this.#head = head;
    return { type: "document", title: graph.title, path, readOnly, order, changed };
  }
}

/** Whether two cells are surely the same. Spans of a cell that was not compiled again are the very same objects. */
function isSame(a: Made, b: Made): boolean {
  return (
    a.from === b.from &&
    a.edit === b.edit &&
    a.dirty === b.dirty &&
    a.edges.length === b.edges.length &&
    a.problems.length === b.problems.length &&
    a.edges.every((edge, at) => isSameEdge(edge, b.edges[at])) &&
    a.problems.every((problem, at) => {
      const other = b.problems[at];
      return problem === other || (problem.message === other?.message && problem.span === other.span);
    })
  );
}

function isSameEdge(a: Edge, b: Edge | undefined): boolean {
  if (b === undefined || a.spans !== b.spans || a.type !== b.type) return false;
  if (a.type === "cell") return b.type === "cell" && a.from === b.from && a.name === b.name;
  if (a.type === "asset") return b.type === "asset" && a.asset === b.asset && a.name === b.name;
  return true;
}

function byCell<T>(items: readonly T[], cellOf: (item: T) => number | null): ReadonlyMap<number, readonly T[]> {
  const lists = new Map<number, T[]>();
  for (const item of items) {
    const cell = cellOf(item);
    if (cell === null) continue;
    const list = lists.get(cell);
    if (list) list.push(item);
    else lists.set(cell, [item]);
  }
  return lists;
}

function toDocumentCell({ from: { cell, compiled, options }, edit, dirty, edges, problems }: Made): DocumentCell {
  return {
    id: cell.id,
    kind: cell.kind,
    source: cell.source,
    edit,
    dirty,
    pinned: cell.pinned,
    hidden: cell.hidden,
    output: cell.output,
    run: options.run,
    test: options.test,
    check: checkOf(options),
    notes: notesOf(options),
    outputs: compiled.outputs.map(({ name }) => name),
    references: edges.flatMap((edge): readonly DocumentReference[] => {
      if (edge.type === "file") return [];
      const { name, spans } = edge;
      return edge.type === "cell"
        ? [{ name, cell: edge.from, asset: null, spans }]
        : [{ name, cell: null, asset: edge.asset, spans }];
    }),
    diagnostics: problems,
  };
}

function checkOf({ check, severity, blocking }: CellOptions): DocumentCell["check"] {
  return check === null ? null : { asset: check, severity, blocking };
}

/** The options of an asset in a few words. */
function notesOf(options: CellOptions): readonly string[] {
  const { check, test, partitions, automation, run, store, sensor } = options;
  return [
    ...(test === null ? [] : [`test of ${test}`]),
    ...(check === null ? [] : [`check of ${check}`]),
    ...(partitions === null ? [] : [`partitions: ${/^\w+/.exec(partitions)?.[0] ?? ""}`]),
    ...(automation === "manual" ? [] : [automation]),
    ...(sensor === null ? [] : [`sensor ${sensor.name}`]),
    ...(run === "auto" ? [] : [run]),
    ...(store === "auto" ? [] : [`store: ${store}`]),
  ];
}
