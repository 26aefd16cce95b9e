import type { KernelEvent } from "../../cells/protocol/kernel.ts";

/** Events go to the shell at most this often, in milliseconds: about once a frame. */
const restMs = 16;

/**
 * Tells a kernel's events in lists. The first after a rest goes at once, so that the shell knows what runs even where that
 * hangs; those that follow wait for the end of the rest, and of a cell's states only the last is told.
 */
export class EventBatch {
  readonly #send: (events: readonly KernelEvent[]) => void;
  readonly #now: () => number;
  /** insertion order is the order of telling */
  readonly #waiting = new Map<number | string, KernelEvent>();
  #toldAt = -Infinity;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(send: (events: readonly KernelEvent[]) => void, now: () => number = () => performance.now()) {
    this.#send = send;
    this.#now = now;
  }

  add(event: KernelEvent): void {
    const key = event.type === "state" ? event.cell : event.type;
    this.#waiting.delete(key);
    this.#waiting.set(key, event);
    if (this.#timer !== null) return;
    const rest = this.#toldAt + restMs - this.#now();
    if (rest <= 0) this.#tell();
    else this.#timer = setTimeout(() => this.#tell(), rest);
  }

  #tell(): void {
    this.#timer = null;
    this.#toldAt = this.#now();
    const events = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#send(events);
  }
}
