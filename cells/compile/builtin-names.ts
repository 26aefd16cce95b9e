import { bundledPackages, bundledTags } from "./bundled.ts";

/** What a kernel must know of a built-in before it exists. */
export interface BuiltinName {
  readonly name: string;
  /** one value for each cell (`display`), or one for the whole notebook (`d3`) */
  readonly scope: "cell" | "notebook";
  /** comes with a library of its own and is loaded on first use */
  readonly heavy: boolean;
  /** gives a new value by itself over time, or differs from reader to reader */
  readonly live: boolean;
}

const shared = { scope: "notebook", heavy: false, live: false } as const;
const own = { ...shared, scope: "cell" } as const;
const heavy = { ...shared, heavy: true } as const;
const live = { ...shared, live: true } as const;

/**
 * Every name that Cellar supplies to cells. A cell or import that defines the same name masks it. Names that begin with
 * `@` cannot be written by an author: the compiler adds them.
 */
export const builtinNames: readonly BuiltinName[] = [
  ...["display", "view", "invalidation", "visibility", "@variable", "@import"].map((name) => ({ name, ...own })),
  ...["now", "width", "dark"].map((name) => ({ name, ...live })),
  ...["FileAttachment", "DatabaseClient", "DuckDBClient", "Secret", "Mutable", "Generators"].map((name) => ({
    name,
    ...shared,
  })),
  ...["Promises", "DOM", "Files", "require"].map((name) => ({ name, ...shared })),
  ...["asset", "meta", "params", "partition", "sensor", "resource", "secret", "skip", "sql", "db"].map((name) => ({
    name,
    ...shared,
  })),
  ...["htl", "html", "svg"].map((name) => ({ name, ...shared })),
  ...bundledPackages
    .filter(({ library, script }) => script !== null && !library.startsWith("npm:"))
    .map(({ library }) => ({ name: library, ...heavy })),
  ...bundledTags.map((name) => ({ name, ...heavy })),
];

const byName: ReadonlyMap<string, BuiltinName> = new Map(builtinNames.map((builtin) => [builtin.name, builtin]));

/** The built-in of this name, or null where there is none. */
export function findBuiltin(name: string): BuiltinName | null {
  return byName.get(name) ?? null;
}
