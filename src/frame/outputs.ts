import type { CellDisplay } from "../../cells/kernel/environment.ts";
import { ArrowTable } from "../../cells/data/arrow-table.ts";
import { isRelation, originOf } from "../../cells/kernel/relations.ts";
import { CellarGrid } from "./grid/grid-element.ts";
import { RowSource, type FetchRows } from "./grid/row-source.ts";
import { inspect } from "./inspect.ts";

/** The place of one cell's output. */
export class OutputPlace implements CellDisplay {
  readonly element = document.createElement("div");
  readonly #context: OutputContext;
  readonly #cell: number;
  /** what was drawn at each place, so that the next value there is opened, scrolled and sorted as the last one was */
  readonly #drawn: HTMLElement[] = [];
  #next = 0;
  #checked: unknown = undefined;

  constructor(context: OutputContext, cell: number) {
    this.#context = context;
    this.#cell = cell;
    this.element.className = "cell-output";
  }

  /** Whether the cell shows anything. */
  get isFilled(): boolean {
    return this.element.hasChildNodes();
  }

  clear(): void {
    this.#next = 0;
    if (!this.isFilled) return;
    this.element.replaceChildren();
    this.#context.changed(this.#cell);
  }

  append(value: unknown, { name }: { readonly name: string | null }): void {
    this.element.append(this.#toNode(value, name));
    const relation = isRelation(value) ? value : originOf(value);
    if (relation !== null)
      this.#context.columns(
        this.#cell,
        relation.columns.map((column) => column.name),
      );
    this.#context.changed(this.#cell);
  }

  /** What a check gave; undefined before it did, and for every other cell. */
  get checked(): unknown {
    return this.#checked;
  }

  said(value: unknown): void {
    this.#checked = value;
    this.#context.changed(this.#cell);
  }

  error(): void {
    // the cell itself shows the error with its place: see cell-status.ts
    this.#context.changed(this.#cell);
  }

  /** Whether a node may be put here: it is nowhere, here already, or the root of a document that was only parsed. */
  #isFree({ parentNode }: Node): boolean {
    return (
      parentNode === null || parentNode === this.element || (parentNode instanceof Document && parentNode !== document)
    );
  }

  #toNode(value: unknown, name: string | null): Node {
    // a node that is elsewhere on the page is another cell's: it is inspected, not taken away
    if ((value instanceof Element || value instanceof Text) && this.#isFree(value)) return value;
    if (value instanceof DocumentFragment) return value;
    const relation = isRelation(value) ? value : originOf(value);
    const source =
      relation !== null
        ? RowSource.ofRelation(relation, this.#context.rows, name)
        : value instanceof ArrowTable
          ? RowSource.ofArrow(value, name)
          : null;
    const place = this.#next++;
    const before = this.#drawn[place];
    if (source === null) return (this.#drawn[place] = inspect(value, name, before ?? null));
    const grid = before instanceof CellarGrid ? before : document.createElement("cellar-grid");
    grid.source = source;
    return (this.#drawn[place] = grid);
  }
}

export interface OutputContext {
  readonly rows: FetchRows;
  /** a cell shows a table with these columns */
  columns(cell: number, names: readonly string[]): void;
  /** what a cell shows has changed */
  changed(cell: number): void;
}

/** The output places of all cells; a cell's place stays the same as long as the cell is there. */
export class Outputs {
  readonly #context: OutputContext;
  readonly #places = new Map<number, OutputPlace>();

  constructor(context: OutputContext) {
    this.#context = context;
  }

  get(cell: number): OutputPlace {
    const known = this.#places.get(cell);
    if (known) return known;
    const made = new OutputPlace(this.#context, cell);
    this.#places.set(cell, made);
    return made;
  }

  /** Drops the places of cells that are gone. */
  keep(cells: readonly number[]): void {
    const kept = new Set(cells);
    for (const cell of this.#places.keys()) if (!kept.has(cell)) this.#places.delete(cell);
  }
}
