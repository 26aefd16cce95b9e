/** The outcome of one case of a vector file. `expected` and `got` are printed where the case fails. */
export interface VectorResult {
  readonly id: string;
  readonly passed: boolean;
  readonly expected?: unknown;
  readonly got?: unknown;
}

/** Runs every case of one vector file against our code. A file of `suites/` exports one, named `suite`. */
export interface VectorSuite {
  /** file name without `.json` */
  readonly name: string;
  run(document: unknown): Promise<readonly VectorResult[]>;
}

/** Deep equality by JSON text, object keys in any order, `undefined` members left out. */
export function same(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([x], [y]) => (x < y ? -1 : 1)))
      : inner,
  );
}
