/** An expression of the runtime vectors, as data. */
export type Body = Readonly<Record<string, unknown>>;

/** What a body may touch while it is evaluated. */
export interface BodyContext {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly previous: unknown;
  readonly invalidation: Promise<void> | null;
  readonly log: unknown[];
  readonly gates: Gates;
  readonly counters: Map<string, number>;
}

/** Promises that a scenario opens by name. */
export class Gates {
  readonly #gates = new Map<string, { readonly promise: Promise<void>; readonly open: () => void }>();

  promise(name: string): Promise<void> {
    return this.#get(name).promise;
  }

  open(name: string): void {
    this.#get(name).open();
  }

  #get(name: string): { readonly promise: Promise<void>; readonly open: () => void } {
    const known = this.#gates.get(name);
    if (known) return known;
    const { promise, resolve } = Promise.withResolvers<void>();
    const gate = { promise, open: resolve };
    this.#gates.set(name, gate);
    return gate;
  }
}

/** Evaluates a body of the vectors' body language. */
export function evaluate(body: unknown, context: BodyContext): unknown {
  const value = (part: unknown): unknown => evaluate(part, context);
  const text = (part: unknown): unknown => (typeof part === "object" && part !== null ? value(part) : part);
  const expression = body as Body;
  if ("yield" in expression) return generate(expression, value, context);
  if ("const" in expression) return decode(expression["const"]);
  if ("input" in expression) return context.inputs[String(expression["input"])];
  if ("add" in expression) return parts(expression["add"]).map(value).reduce(add);
  if ("list" in expression) return parts(expression["list"]).map(value);
  if ("throw" in expression) throw new Error(String(expression["throw"]));
  if ("throwRaw" in expression) throw expression["throwRaw"];
  if ("reject" in expression) return Promise.reject(expression["reject"]);
  if ("resolved" in expression) return Promise.resolve(value(expression["resolved"]));
  if ("delay" in expression)
    return new Promise((resolve) => setTimeout(resolve, Number(expression["delay"]))).then(() =>
      value(expression["then"]),
    );
  if ("gate" in expression)
    return context.gates.promise(String(expression["gate"])).then(() => void context.log.push(expression["log"]));
  if ("counter" in expression) {
    const name = String(expression["counter"]);
    const count = (context.counters.get(name) ?? 0) + 1;
    context.counters.set(name, count);
    return count;
  }
  if ("onInvalidation" in expression) {
    void context.invalidation?.then(() => context.log.push(text(expression["onInvalidation"])));
    return value(expression["then"]);
  }
  if ("previousOr" in expression) {
    const { previous } = context;
    context.log.push(previous === undefined ? text(expression["previousOr"]) : `prev ${String(previous)}`);
    return value(expression["next"]);
  }
  if ("log" in expression) {
    context.log.push(text(expression["log"]));
    return value(expression["then"]);
  }
  throw new Error(`unknown body: ${JSON.stringify(body)}`);
}

/** `{"$undefined": true}` is undefined. */
export function decode(value: unknown): unknown {
  return typeof value === "object" && value !== null && "$undefined" in value ? undefined : value;
}

function generate(body: Body, value: (part: unknown) => unknown, { log }: BodyContext): unknown {
  const items = parts(body["yield"]);
  const { forever, throwAfter, finally: last } = body;
  function* run(): Generator<unknown> {
    try {
      for (const item of items) yield value(item);
      while (forever) yield value(items.at(-1));
      if (throwAfter !== undefined) throw new Error(String(throwAfter));
    } finally {
      if (last !== undefined) log.push(last);
    }
  }
  async function* runLater(): AsyncGenerator<unknown> {
    yield* run();
  }
  return body["async"] ? runLater() : run();
}

function parts(value: unknown): readonly unknown[] {
  return value as readonly unknown[];
}

function add(a: unknown, b: unknown): unknown {
  return (a as number) + (b as number);
}
