import type { ReactiveController, ReactiveControllerHost } from "lit";

/** What a read from the server came to. What was there before stays to be seen while it is read again. */
export type Loaded<T> =
  | { readonly type: "pending"; readonly value: T | null }
  | { readonly type: "ready"; readonly value: T }
  | { readonly type: "failed"; readonly error: Error; readonly value: T | null };

/** How long changes are gathered before what they concern is read again. */
const gatherMs = 200;

/** Reads something for an element, and again when it is told to; a newer read ends the older one. */
export class Loader<T> implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #load: (signal: AbortSignal) => Promise<T>;
  #reading: AbortController | null = null;
  #gathering: ReturnType<typeof setTimeout> | undefined;
  state: Loaded<T> = { type: "pending", value: null };

  constructor(host: ReactiveControllerHost, load: (signal: AbortSignal) => Promise<T>) {
    this.#host = host;
    this.#load = load;
    host.addController(this);
  }

  hostDisconnected(): void {
    clearTimeout(this.#gathering);
    this.#reading?.abort();
  }

  /** Reads now. With `forget`, what was there is of something else and is no longer shown. */
  async read({ forget = false } = {}): Promise<void> {
    clearTimeout(this.#gathering);
    this.#reading?.abort();
    const reading = (this.#reading = new AbortController());
    this.#become({ type: "pending", value: forget ? null : this.state.value });
    try {
      const value = await this.#load(reading.signal);
      if (!reading.signal.aborted) this.#become({ type: "ready", value });
    } catch (error) {
      if (!reading.signal.aborted)
        this.#become({
          type: "failed",
          error: error instanceof Error ? error : new Error(String(error)),
          value: this.state.value,
        });
    }
  }

  /** Reads soon, once for all that asks within a moment. */
  refresh(): void {
    clearTimeout(this.#gathering);
    this.#gathering = setTimeout(() => void this.read(), gatherMs);
  }

  #become(state: Loaded<T>): void {
    this.state = state;
    this.#host.requestUpdate();
  }
}
