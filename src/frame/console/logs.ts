import { LogPlace } from "./log-place.ts";

/** What all cells printed; a cell's place stays the same as long as the cell is there. */
export class Logs {
  readonly #changed: (cell: number) => void;
  readonly #places = new Map<number, LogPlace>();

  /** `changed` is called when a cell begins or ceases to have something printed. */
  constructor(changed: (cell: number) => void) {
    this.#changed = changed;
  }

  get(cell: number): LogPlace {
    const known = this.#places.get(cell);
    if (known) return known;
    const made = new LogPlace(cell, () => this.#changed(cell));
    this.#places.set(cell, made);
    return made;
  }

  /** The element of a cell that printed something, or null. */
  shown(cell: number): HTMLElement | null {
    const known = this.#places.get(cell);
    return known?.isFilled ? known.element : null;
  }

  /** Drops the places of cells that are gone. */
  keep(cells: readonly number[]): void {
    const kept = new Set(cells);
    for (const cell of this.#places.keys()) if (!kept.has(cell)) this.#places.delete(cell);
  }
}
