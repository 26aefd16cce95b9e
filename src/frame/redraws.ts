import { nextFrame } from "../../cells/kernel/frame.ts";

/** Collects the cells whose state or output changed, and has each drawn once, with the next frame. */
export class Redraws {
  readonly #draw: (cell: number) => void;
  readonly #cells = new Set<number>();

  constructor(draw: (cell: number) => void) {
    this.#draw = draw;
  }

  add(cell: number): void {
    if (this.#cells.size === 0) void nextFrame().then(() => this.#drawAll());
    this.#cells.add(cell);
  }

  #drawAll(): void {
    const cells = [...this.#cells];
    this.#cells.clear();
    for (const cell of cells) this.#draw(cell);
  }
}
