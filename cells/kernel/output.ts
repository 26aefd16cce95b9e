import type { CellDisplay, DisplayFactory } from "./environment.ts";
import type { Run } from "./run.ts";

/** What one cell shows. The old output stays until the new run first shows something or ends. */
export class Output {
  readonly #make: () => CellDisplay;
  #display: CellDisplay | null = null;
  #filled = false;

  constructor(display: DisplayFactory, cell: number) {
    this.#make = () => display(cell);
  }

  /** Shows a value for a run that is still the newest. Throws "stale display" for an older one. */
  display(run: Run, value: unknown): void {
    if (run.isEnded) throw new Error("stale display");
    this.clearFor(run);
    this.#append(value, null);
  }

  /** Removes what earlier runs show, once a run. */
  clearFor(run: Run): void {
    if (run.cleared) return;
    run.cleared = true;
    this.clear();
  }

  /** Shows one value in place of everything. */
  replace(value: unknown, name: string | null): void {
    this.clear();
    this.#append(value, name);
  }

  error(error: unknown): void {
    this.clear();
    this.#filled = true;
    this.#get().error(error);
  }

  /** Shows an error beside what the cell shows. */
  alert(error: unknown): void {
    this.#filled = true;
    this.#get().error(error);
  }

  /** Tells the value of a check. */
  said(value: unknown): void {
    this.#get().said?.(value);
  }

  clear(): void {
    if (this.#filled) this.#get().clear();
    this.#filled = false;
  }

  #append(value: unknown, name: string | null): void {
    this.#filled = true;
    this.#get().append(value, { name });
  }

  #get(): CellDisplay {
    return (this.#display ??= this.#make());
  }
}
