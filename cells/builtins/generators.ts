/** What `Generators.input` needs of an element. */
export interface InputLike {
  readonly type?: unknown;
  readonly value?: unknown;
  readonly valueAsNumber?: unknown;
  readonly valueAsDate?: unknown;
  readonly checked?: unknown;
  readonly multiple?: unknown;
  readonly files?: ArrayLike<unknown> | null;
  readonly selectedOptions?: Iterable<{ readonly value: unknown }>;
  addEventListener(type: string, listener: () => void): void;
  removeEventListener(type: string, listener: () => void): void;
}

/** Gives a value to whoever reads the stream. */
export type Change = (value: unknown) => unknown;

/**
 * A stream of the latest value that `initialize` reports; what comes while nobody waits is overwritten. `initialize` may
 * return a function that cleans up. (Observable's `Generators.observe`.)
 */
export function observe(initialize: (change: Change) => unknown): AsyncGenerator<unknown> {
  let fresh = false;
  let latest: unknown;
  let wake: ((value: unknown) => void) | null = null;
  const dispose = initialize((value) => {
    if (wake === null) fresh = true;
    else {
      wake(value);
      wake = null;
    }
    latest = value;
    return value;
  });
  return stream(
    () =>
      new Promise((resolve) => {
        if (fresh) {
          fresh = false;
          resolve(latest);
        } else wake = resolve;
      }),
    dispose,
  );
}

/** A stream of every value that `initialize` reports, in order. (Observable's `Generators.queue`.) */
export function queue(initialize: (change: Change) => unknown): AsyncGenerator<unknown> {
  const values: unknown[] = [];
  let wake: (() => void) | null = null;
  const dispose = initialize((value) => {
    values.push(value);
    wake?.();
    wake = null;
    return value;
  });
  return stream(
    () =>
      new Promise((resolve) => {
        const take = (): void => resolve(values.shift());
        if (values.length > 0) take();
        else wake = take;
      }),
    dispose,
  );
}

/**
 * The values of an input element: the one it has, then one for each event (`click` of buttons and check boxes, `change`
 * of files, else `input`). (Observable's `Generators.input`.)
 */
export function input(element: InputLike): AsyncGenerator<unknown> {
  return observe((change) => {
    const type = eventOf(element);
    const inputted = (): unknown => change(valueOf(element));
    element.addEventListener(type, inputted);
    const value = valueOf(element);
    if (value !== undefined) change(value);
    return () => element.removeEventListener(type, inputted);
  });
}

/** What Observable calls the value of an input element. */
export function valueOf(element: InputLike): unknown {
  switch (element.type) {
    case "range":
    case "number":
      return element.valueAsNumber ?? Number(element.value);
    case "date":
      return element.valueAsDate;
    case "checkbox":
      return element.checked;
    case "file":
      return element.multiple ? element.files : element.files?.[0];
    case "select-multiple":
      return Array.from(element.selectedOptions ?? [], (option) => option.value);
    default:
      return element.value;
  }
}

function eventOf({ type }: InputLike): string {
  switch (type) {
    case "button":
    case "submit":
    case "checkbox":
      return "click";
    case "file":
      return "change";
    default:
      return "input";
  }
}

/** Whether `view` and `Generators.input` can listen to a value. */
export function isInputLike(value: unknown): value is InputLike {
  return (
    typeof value === "object" &&
    value !== null &&
    "addEventListener" in value &&
    typeof value.addEventListener === "function" &&
    "removeEventListener" in value
  );
}

// a hand-made iterator: the body of an async generator could not be ended while it waits
function stream(pull: () => Promise<unknown>, dispose: unknown): AsyncGenerator<unknown> {
  const iterator: AsyncGenerator<unknown> = {
    next: async () => ({ done: false, value: await pull() }),
    return: async () => {
      if (typeof dispose === "function") dispose();
      return { done: true, value: undefined };
    },
    throw: async () => ({ done: true, value: undefined }),
    [Symbol.asyncIterator]: () => iterator,
    [Symbol.asyncDispose]: async () => void (await iterator.return(undefined)),
  };
  return iterator;
}

/** `Generators` as cells see it. `disposable` and `range` are kept for notebooks of Observable. */
export const Generators: Readonly<Record<string, unknown>> = {
  observe,
  queue,
  input,
  *range(start: number, stop?: number, step = 1) {
    const [from, to] = stop === undefined ? [0, start] : [start, stop];
    for (let i = 0, n = Math.max(0, Math.ceil((to - from) / step)); i < n; i++) yield from + i * step;
  },
  *valueAt(iterator: Iterator<unknown>, index: number) {
    for (let i = 0; ; i++) {
      const { done, value } = iterator.next();
      if (done) return;
      if (i === index) return void (yield value);
    }
  },
  *map(iterator: Iterable<unknown>, transform: (value: unknown, index: number) => unknown) {
    let index = 0;
    for (const value of iterator) yield transform(value, index++);
  },
  *filter(iterator: Iterable<unknown>, test: (value: unknown, index: number) => unknown) {
    let index = 0;
    for (const value of iterator) if (test(value, index++)) yield value;
  },
  disposable(value: unknown, dispose: (value: unknown) => unknown) {
    let done = false;
    return {
      next: () => (done ? { done, value: undefined } : ((done = true), { done: false, value })),
      return: () => ((done = true), dispose(value), { done: true, value: undefined }),
      [Symbol.iterator]() {
        return this;
      },
    };
  },
};
