import type { KernelEvent } from "../protocol/kernel.ts";
import { isAsTold, sameState, stateOf, type NameBook } from "./cell-state.ts";
import type { CellTeller, LiveCell } from "./cell.ts";

/** What a teller watches and where it tells. */
export interface TellerOptions {
  readonly cells: ReadonlyMap<number, LiveCell>;
  readonly names: NameBook;
  readonly now: () => number;
  /** whether no definition or value waits for a turn of the runtime */
  readonly isQuiet: () => boolean;
  readonly onEvent: (event: KernelEvent) => void;
}

/** After a wave that took longer than this and so much a variable, the cells of the next are timed one by one. */
const slowWaveMs = 8;
const slowVariableMs = 0.02;
/** States are told together, at the latest this long after the first of them changed. */
const flushMs = 10;

/** Tells the states of cells, and when all is settled. */
export class Teller implements CellTeller {
  isTiming = false;
  readonly #options: TellerOptions;
  #changed: LiveCell[] = [];
  #active = 0;
  #hasOpened = false;
  #opened = 0;
  #waveStartedAt = 0;
  #unsettled = false;
  #flushTimer: ReturnType<typeof setTimeout> | null = null;
  #checking = false;
  #closed = false;

  constructor(options: TellerOptions) {
    this.#options = options;
  }

  opened(): void {
    this.#hasOpened = true;
    this.#opened++;
    if (this.#active++ === 0) {
      this.#unsettled = true;
      this.#waveStartedAt = this.#options.now();
      this.#opened = 1;
    }
    if (this.#flushTimer === null) this.#flushSoon();
  }

  closed(cell: LiveCell): void {
    if (!isAsTold(cell)) this.touched(cell);
    if (--this.#active === 0) this.checkSoon();
  }

  touched(cell: LiveCell): void {
    this.#mark(cell);
    this.#flushSoon();
  }

  starting(cell: LiveCell): void {
    this.#tell(cell);
  }

  /** A command was carried out: `settled` follows, at once where nothing came of it. */
  unsettle(): void {
    this.#unsettled = true;
    this.checkSoon();
  }

  /** Looks at every cell the next time that states are told. */
  markAll(): void {
    for (const cell of this.#options.cells.values()) this.#mark(cell);
  }

  checkSoon(): void {
    if (this.#checking) return;
    this.#checking = true;
    queueMicrotask(() => {
      this.#checking = false;
      if (this.#closed || !this.#unsettled || this.#active > 0 || !this.#options.isQuiet()) return;
      this.#unsettled = false;
      this.isTiming = this.#options.now() - this.#waveStartedAt >= slowWaveMs + this.#opened * slowVariableMs;
      this.#flush();
      this.#options.onEvent({ type: "settled" });
    });
  }

  close(): void {
    this.#closed = true;
    if (this.#flushTimer !== null) clearTimeout(this.#flushTimer);
  }

  #flushSoon(): void {
    if (this.#flushTimer !== null || this.#closed) return;
    this.#flushTimer = setTimeout(() => {
      this.#flushTimer = null;
      // cells that began to wait say so now; those that were quick never do
      if (this.#active > 0 && this.#hasOpened) this.markAll();
      this.#hasOpened = false;
      this.#flush();
    }, flushMs);
  }

  #flush(): void {
    if (this.#flushTimer !== null) clearTimeout(this.#flushTimer);
    this.#flushTimer = null;
    const changed = this.#changed;
    this.#changed = [];
    for (const cell of changed) {
      cell.marked = false;
      if (this.#options.cells.get(cell.id) === cell) this.#tell(cell);
    }
  }

  #mark(cell: LiveCell): void {
    if (cell.marked) return;
    cell.marked = true;
    this.#changed.push(cell);
  }

  #tell(cell: LiveCell): void {
    if (isAsTold(cell)) return;
    const state = stateOf(cell, this.#options.names);
    if (sameState(cell.told, state)) return;
    cell.told = state;
    this.#options.onEvent({ type: "state", cell: cell.id, state });
  }
}
