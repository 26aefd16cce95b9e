import type { Span } from "../model/diagnostic.ts";
import type { Name, TableReference } from "./compiled-cell.ts";
import { lowerAscii } from "./sql-tokens.ts";

interface Found<Key> {
  readonly key: Key;
  readonly spans: Span[];
}

/**
 * What a reader of SQL has found so far, and which names are none of the outside: common table expressions in scope, and
 * what earlier statements made. Names compare as in DuckDB, without ASCII case.
 */
export class SqlFindings {
  readonly #tables = new Map<string, Found<Pick<TableReference, "schema" | "name">>>();
  readonly #files = new Map<string, Found<string>>();
  /** common table expressions in scope: name → how many of that name */
  readonly #ctes = new Map<string, number>();
  readonly #made = new Set<string>();
  readonly volatile = new Set<string>();
  /** parameters that stand where a table should */
  readonly tableParameters: Span[] = [];

  get tables(): readonly TableReference[] {
    return Array.from(this.#tables.values(), ({ key, spans }) => ({ ...key, spans }));
  }

  get files(): readonly Name[] {
    return Array.from(this.#files.values(), ({ key, spans }) => ({ name: key, spans }));
  }

  enter(cte: string): void {
    const name = lowerAscii(cte);
    this.#ctes.set(name, (this.#ctes.get(name) ?? 0) + 1);
  }

  leave(cte: string): void {
    const name = lowerAscii(cte);
    this.#ctes.set(name, (this.#ctes.get(name) ?? 0) - 1);
  }

  /** A relation, or a schema or database with all that is in it, which later statements do not read from outside. */
  make(parts: readonly string[]): void {
    this.#made.add(identityOf(parts));
  }

  addTable(parts: readonly string[], span: Span): void {
    const name = parts.at(-1) ?? "";
    const schema = parts.length > 1 ? parts.slice(0, -1).join("/") : null;
    if (this.#isCte(schema, name)) return;
    if (this.#made.has(identityOf(parts)) || (schema !== null && this.#made.has(lowerAscii(parts[0] ?? "")))) return;
    add(this.#tables, lowerAscii(parts.join("\0")), { schema, name }, span);
  }

  /** Where `FROM` has a string or a quoted name: one of a file, or of a relation. */
  addFileOrTable(text: string, isString: boolean, span: Span): void {
    const isFile = dataFile.test(text) || (isString && (address.test(text) || /[./*?]/.test(text)));
    if (isFile) this.addFile(text, span);
    else this.addTable([text], span);
  }

  addFile(name: string, span: Span): void {
    add(this.#files, name, name, span);
    if (address.test(name)) this.volatile.add(name);
  }

  #isCte(schema: string | null, name: string): boolean {
    // DuckDB calls the rows so far of a recursive query with USING KEY `recurring.name`.
    if (schema !== null && lowerAscii(schema) !== "recurring") return false;
    return (this.#ctes.get(lowerAscii(name)) ?? 0) > 0;
  }
}

const address = /^[a-z][a-z0-9+.-]*:\/\//i;
const dataFile =
  /\.(?:csv|tsv|parquet|parq|json|jsonl|ndjson|arrow|arrows|feather|ipc|xlsx|db|duckdb|sqlite)(?:\.(?:gz|zst|bz2))?$/i;

/** `main`, `temp` and `memory` are where DuckDB puts a relation by itself. */
function identityOf(parts: readonly string[]): string {
  const names = parts.map(lowerAscii);
  return names.filter((name, i) => i === names.length - 1 || !/^(?:main|temp|memory)$/.test(name)).join("\0");
}

function add<Key>(found: Map<string, Found<Key>>, id: string, key: Key, { start, end }: Span): void {
  const known = found.get(id);
  if (known) known.spans.push({ start, end });
  else found.set(id, { key, spans: [{ start, end }] });
}
