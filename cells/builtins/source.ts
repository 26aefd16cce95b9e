import { observe, type Change } from "./generators.ts";

/** A value that the host may change; each reader gets a stream of its own, beginning with the latest value. */
export class Source {
  readonly #readers = new Set<Change>();
  #value: unknown;

  constructor(value: unknown) {
    this.#value = value;
  }

  get value(): unknown {
    return this.#value;
  }

  set value(value: unknown) {
    this.#value = value;
    for (const change of this.#readers) change(value);
  }

  stream(): AsyncGenerator<unknown> {
    return observe((change) => {
      this.#readers.add(change);
      change(this.#value);
      return () => this.#readers.delete(change);
    });
  }
}
