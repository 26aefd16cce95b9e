/** A part of the page that few notebooks need, fetched once one does. Reading its `value` before that throws `MissingPart`. */
export class LatePart<T> {
  readonly name: string;
  readonly #load: () => Promise<T>;
  #loaded: { readonly value: T } | null = null;

  constructor(name: string, load: () => Promise<T>) {
    this.name = name;
    this.#load = load;
  }

  get isHere(): boolean {
    return this.#loaded !== null;
  }

  get value(): T {
    if (this.#loaded === null) throw new MissingPart(this);
    return this.#loaded.value;
  }

  async fetch(): Promise<void> {
    this.#loaded ??= { value: await this.#load() };
  }
}

/** Something was tried that a part of the page is needed for. */
export class MissingPart extends Error {
  readonly part: LatePart<unknown>;

  constructor(part: LatePart<unknown>) {
    super(`${part.name} is not fetched yet`);
    this.part = part;
  }
}

/** What `make` gives. Where it turns out that a part is missing, that is fetched and `make` called again. */
export async function withParts<T>(make: () => T): Promise<T> {
  for (;;) {
    try {
      return make();
    } catch (error) {
      if (!(error instanceof MissingPart) || error.part.isHere) throw error;
      await error.part.fetch();
    }
  }
}
