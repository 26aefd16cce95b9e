import type { CellKind } from "../../cells/model/cell.ts";
import type { Before, FrameRequest, NotebookCommand } from "../../cells/protocol/document.ts";
import type { DocumentStore, Selection } from "./document-store.ts";

/** Kinds that the arrow keys go through in an empty cell, in this order. */
const cycle: readonly CellKind[] = ["js", "sql", "md", "ts", "html", "tex", "dot"];

/** Everything that a reader can do to the document, in one place: keys, menus and buttons all end here. */
export class Actions {
  readonly #store: DocumentStore;
  readonly #send: (request: FrameRequest) => void;

  constructor(store: DocumentStore, send: (request: FrameRequest) => void) {
    this.#store = store;
    this.#send = send;
  }

  request(request: FrameRequest): void {
    this.#send(request);
  }

  command(command: NotebookCommand): void {
    if (!this.#store.readOnly) this.#send({ type: "command", command });
  }

  typed(cell: number, source: string): void {
    this.command({ type: "edit", cell, source, edit: this.#store.typed(cell, source) });
  }

  /** Replaces the text of several cells, as one step of undo. */
  replaceSources(sources: readonly { readonly cell: number; readonly source: string }[]): void {
    if (this.#store.readOnly) return;
    const edits = sources.map(({ cell, source }) => ({ cell, source, edit: this.#store.typed(cell, source) }));
    this.command({ type: "edits", edits });
  }

  run(cells: readonly number[] | null): void {
    this.#send({ type: "run", cells });
  }

  /** Runs a cell whose text differs from what was last run, unless the author wants to be asked. */
  runIfDirty(cell: number): void {
    const known = this.#store.cell(cell);
    if (known === null || this.#store.paused || known.run === "manual" || known.run === "confirm") return;
    if (known.dirty || this.#store.source(cell) !== known.source) this.run([cell]);
  }

  insert(before: Before, kind: CellKind = "js", source = "", output: string | null = null): void {
    this.command({ type: "insert", before, kind, source, output, editor: true });
  }

  /** A new cell right above or below another. */
  insertBeside(cell: number, side: "above" | "below", kind: CellKind = "js"): void {
    this.insert(side === "above" ? cell : this.#store.neighbour(cell, 1), kind);
  }

  select(cell: number | null, editing = false): void {
    this.#change({ cell, also: [], editing });
  }

  /** Moves the selection, and with `extend` adds to it. */
  step(steps: 1 | -1, extend = false): void {
    const { cell, also } = this.#store.selection;
    const next = this.#store.neighbour(cell, steps);
    if (next === null) return;
    const kept = extend && cell !== null ? [...new Set([...also, cell])].filter((id) => id !== next) : [];
    this.#change({ cell: next, also: kept, editing: false });
  }

  /** A cell that is left empty goes, as if it had never been made. */
  #change(selection: Selection): void {
    const { cell: left } = this.#store.selection;
    this.#store.select(selection);
    this.#send({ type: "selected", cell: selection.cell, editor: selection.editing });
    if (left === null || left === selection.cell || this.#store.cell(left) === null) return;
    if (this.#store.source(left).trim() === "" && this.#store.order.length > 1)
      this.command({ type: "remove", cells: [left] });
  }

  remove(cells: readonly number[]): void {
    const last = Math.max(...cells.map((cell) => this.#store.order.indexOf(cell)));
    const next = this.#store.order[last + 1] ?? this.#store.order.findLast((id) => !cells.includes(id)) ?? null;
    this.command({ type: "remove", cells });
    this.select(next);
  }

  move(cells: readonly number[], steps: 1 | -1): void {
    const places = cells.map((cell) => this.#store.order.indexOf(cell));
    const before =
      steps < 0 ? this.#store.order[Math.min(...places) - 1] : (this.#store.order[Math.max(...places) + 2] ?? null);
    if (before === undefined || (steps > 0 && Math.max(...places) === this.#store.order.length - 1)) return;
    this.moveTo(cells, before);
  }

  /** Moves cells to before another, or with null to the end. */
  moveTo(cells: readonly number[], before: Before): void {
    this.command({ type: "move", cells, before });
  }

  toggle(cell: number, attribute: "pinned" | "hidden"): void {
    const known = this.#store.cell(cell);
    if (known) this.attribute(cell, attribute, known[attribute] ? null : "");
  }

  attribute(cell: number, name: string, value: string | null): void {
    this.command({ type: "attributes", cell, attributes: { [name]: value } });
  }

  kind(cell: number, kind: CellKind): void {
    this.command({ type: "kind", cell, kind });
  }

  /** The next kind in the order of the arrow keys. */
  cycleKind(cell: number, steps: 1 | -1): void {
    const index = cycle.indexOf(this.#store.cell(cell)?.kind ?? "js");
    const next = cycle[(index + steps + cycle.length) % cycle.length];
    if (next) this.kind(cell, next);
  }
}
