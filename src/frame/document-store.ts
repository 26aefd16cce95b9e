import type { CellState } from "../../cells/protocol/kernel.ts";
import type { TestVerdict } from "../../cells/protocol/verdict.ts";
import type { CompletionName, DocumentCell, DocumentEvent, DocumentReference } from "../../cells/protocol/document.ts";

/** What changed: the list of cells, one cell, only the state of a cell's run, or something of the document as a whole. */
export type StoreChange =
  | { readonly type: "order" }
  | { readonly type: "cell"; readonly cell: number }
  | { readonly type: "state"; readonly cell: number }
  | { readonly type: "document" };

/** The cell that keys act on, and whether its editor has the caret. */
export interface Selection {
  readonly cell: number | null;
  /** other cells that are selected with it */
  readonly also: readonly number[];
  readonly editing: boolean;
}

/** What a test says, and whether that is being found out anew. */
export interface ShownVerdict {
  readonly verdict: TestVerdict | null;
  readonly running: boolean;
}

const notRun: CellState = { type: "idle" };
const noVerdict: ShownVerdict = { verdict: null, running: false };

/** The frame's mirror of the notebook: what the shell sent, what the kernel told, and what is selected. */
export class DocumentStore {
  title = "";
  path = "";
  readOnly = false;
  paused = false;
  names: readonly CompletionName[] = [];
  order: readonly number[] = [];
  selection: Selection = { cell: null, also: [], editing: false };
  readonly #cells = new Map<number, DocumentCell>();
  readonly #states = new Map<number, CellState>();
  readonly #startedAt = new Map<number, number>();
  readonly #verdicts = new Map<number, ShownVerdict>();
  /** what was typed here and the shell may not have taken in yet */
  readonly #typed = new Map<number, { readonly edit: number; readonly source: string }>();
  readonly #listeners = new Set<(change: StoreChange) => void>();
  #edit = 0;

  /** Calls `listener` on each change; returns what ends it. */
  subscribe(listener: (change: StoreChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  cell(id: number): DocumentCell | null {
    return this.#cells.get(id) ?? null;
  }

  /** The cells in order. */
  get cells(): readonly DocumentCell[] {
    return this.order.flatMap((id) => this.#cells.get(id) ?? []);
  }

  /** The text of a cell as the reader sees it. */
  source(id: number): string {
    return this.#typed.get(id)?.source ?? this.#cells.get(id)?.source ?? "";
  }

  state(id: number): CellState {
    return this.#states.get(id) ?? notRun;
  }

  verdict(id: number): ShownVerdict {
    return this.#verdicts.get(id) ?? noVerdict;
  }

  /** When a running cell began, on this document's clock; null for others. */
  startedAt(id: number): number | null {
    return this.#startedAt.get(id) ?? null;
  }

  /** Takes in what the shell says of the notebook. */
  apply(event: Extract<DocumentEvent, { type: "document" }>): void {
    const { title, path, readOnly, order, changed } = event;
    const reordered = order.length !== this.order.length || order.some((id, index) => id !== this.order[index]);
    Object.assign(this, { title, path, readOnly, order });
    for (const cell of changed) {
      const typed = this.#typed.get(cell.id);
      // what was typed since stands until the shell has it
      if (typed && typed.edit <= cell.edit) this.#typed.delete(cell.id);
      this.#cells.set(cell.id, cell);
    }
    const known = new Set(order);
    for (const id of this.#cells.keys()) if (!known.has(id)) this.#forget(id);
    if (reordered) this.#tell({ type: "order" });
    for (const { id } of changed) this.#tell({ type: "cell", cell: id });
    this.#tell({ type: "document" });
  }

  /** Notes what the reader typed; the number is what the shell answers with when it has it. */
  typed(cell: number, source: string): number {
    const edit = ++this.#edit;
    this.#typed.set(cell, { edit, source });
    this.#tell({ type: "cell", cell });
    return edit;
  }

  setState(cell: number, state: CellState): void {
    this.#states.set(cell, state);
    if (state.type !== "running") this.#startedAt.delete(cell);
    else if (!this.#startedAt.has(cell)) this.#startedAt.set(cell, performance.now());
    this.#tell({ type: "state", cell });
  }

  setVerdict({ cell, verdict, running }: Extract<DocumentEvent, { type: "verdict" }>): void {
    // the one before stands until there is another
    const before = running ? (this.#verdicts.get(cell)?.verdict ?? null) : null;
    this.#verdicts.set(cell, { verdict: verdict ?? before, running });
    this.#tell({ type: "state", cell });
  }

  setPaused(paused: boolean): void {
    this.paused = paused;
    this.#tell({ type: "document" });
    for (const cell of this.order) this.#tell({ type: "cell", cell });
  }

  select(selection: Selection): void {
    const before = this.selection;
    this.selection = selection;
    const touched = new Set([before.cell, selection.cell, ...before.also, ...selection.also]);
    for (const cell of touched) if (cell !== null) this.#tell({ type: "cell", cell });
    this.#tell({ type: "document" });
  }

  isSelected(cell: number): boolean {
    return this.selection.cell === cell || this.selection.also.includes(cell);
  }

  /** The cell that defines a name, or null. */
  definer(name: string): number | null {
    return this.cells.find(({ outputs }) => outputs.includes(name))?.id ?? null;
  }

  /** What a cell reads from elsewhere. */
  references(cell: number): readonly DocumentReference[] {
    return this.#cells.get(cell)?.references ?? [];
  }

  /** The id `steps` places after (or before) a cell. */
  neighbour(cell: number | null, steps: number): number | null {
    if (cell === null) return (steps > 0 ? this.order[0] : this.order.at(-1)) ?? null;
    return this.order[this.order.indexOf(cell) + steps] ?? null;
  }

  #forget(id: number): void {
    this.#cells.delete(id);
    this.#states.delete(id);
    this.#startedAt.delete(id);
    this.#verdicts.delete(id);
    this.#typed.delete(id);
    if (this.selection.cell === id || this.selection.also.includes(id))
      this.selection = { cell: this.selection.cell === id ? null : this.selection.cell, also: [], editing: false };
  }

  #tell(change: StoreChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}
