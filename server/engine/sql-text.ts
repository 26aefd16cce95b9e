import { findTablesOf, type SqlReferences, type SqlStatement } from "../../cells/compile/sql-references.ts";
import { readTokens, type SqlToken } from "../../cells/compile/sql-tokens.ts";
import type { SqlTemplate } from "../../cells/compile/compiled-cell.ts";
import { AppError } from "../../cells/errors.ts";
import type { Span } from "../../cells/model/diagnostic.ts";
import { ident, literal } from "./sql.ts";

/** A place in a cell's source: offset in UTF-16 units, line and column from 1. */
export interface SourcePlace {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
}

/** A run of characters of a text, and where it comes from. `exact` where each character has its own place. */
interface Piece {
  readonly start: number;
  readonly end: number;
  readonly source: number;
  readonly exact: boolean;
}

/** One statement of a text, without its semicolon. */
export interface Statement extends Pick<SqlStatement, "kind" | "givesRows">, Span {
  /** numbers of the parameters in it */
  readonly params: readonly number[];
}

interface Edit extends Span {
  readonly replacement: string;
}

/**
 * The SQL of a cell as the engine gets it: `${}` are `$1`, `$2`, …, names of files are absolute paths, and every place
 * in it can be traced to the cell's source.
 */
export class SqlText {
  readonly text: string;
  readonly #tokens: readonly SqlToken[];
  readonly #references: SqlReferences;
  readonly #pieces: readonly Piece[];
  readonly #lines: readonly number[];

  private constructor(text: string, pieces: readonly Piece[], lines: readonly number[]) {
    this.text = text;
    this.#tokens = readTokens(text).tokens;
    this.#references = findTablesOf(this.#tokens);
    this.#pieces = pieces;
    this.#lines = lines;
  }

  static of(template: Pick<SqlTemplate, "strings" | "offsets">): SqlText {
    let text = "";
    const pieces: Piece[] = [];
    const lines: number[] = [];
    template.strings.forEach((string, i) => {
      const source = template.offsets[i] ?? 0;
      if (i > 0) {
        const start = text.length;
        text += ` $${i} `;
        pieces.push({ start, end: text.length, source: Math.max(0, source - 1), exact: false });
      }
      pieces.push({ start: text.length, end: text.length + string.length, source, exact: true });
      for (let at = string.indexOf("\n"); at !== -1; at = string.indexOf("\n", at + 1)) lines.push(source + at + 1);
      text += string;
    });
    return new SqlText(text, pieces, lines);
  }

  /**
   * The same text with names of files replaced by where they are, and notebooks in folders, which SQL writes `a.b.name`,
   * by their one schema `"a/b"`.
   */
  withFiles(files: ReadonlyMap<string, string>): SqlText {
    return this.#edited([...this.#fileEdits(files), ...this.#schemaEdits()]);
  }

  /**
   * The same text with tables in place of the files that it reads, each with its reading function around it: `nameOf` gives the
   * table for the text after FROM, as `read_csv('a.csv', header = true)`. Null where a file stands anywhere else.
   */
  withFileTables(nameOf: (file: string, from: string) => string): SqlText | null {
    const edits: Edit[] = [];
    for (const { name, spans } of this.#references.files)
      for (const span of spans) {
        const at = this.#tokens.findIndex((token) => token.start === span.start);
        const item = this.#itemAround(at);
        if (item === null) return null;
        const table = nameOf(name, this.text.slice(item.start, item.end));
        const isCall = item.start !== span.start;
        edits.push({ ...item, replacement: `${table}${isCall ? "" : aliasOf(name, table, this.#tokens, at)}` });
      }
    return this.#edited([...edits, ...this.#schemaEdits()]);
  }

  /** The same text with queries, in parentheses and under the same name, in place of tables: by their names in lower case. */
  withQueries(queries: ReadonlyMap<string, string>): SqlText {
    const edits = this.#references.tables.flatMap(({ schema, name, spans }) => {
      const query = schema === null ? queries.get(name.toLowerCase()) : undefined;
      if (query === undefined) return [];
      return spans.map(({ start, end }) => {
        const at = this.#tokens.findIndex((token) => token.start === start);
        return { start, end, replacement: `(${query})${aliasOf(name, "", this.#tokens, at)}` };
      });
    });
    return this.#edited(edits);
  }

  /** The item of a FROM that the token at `at`, a file's name, is or is read by; null where it is none. */
  #itemAround(at: number): Span | null {
    const own = this.#tokens[at];
    let before = at - 1;
    if (own === undefined) return null;
    const first = this.#tokens[before];
    if (first?.value === "," || (first?.type === "word" && /^(?:from|join)$/.test(first.value))) return own;
    if (first?.value === "[") before--;
    const name = this.#tokens[before - 1];
    if (this.#tokens[before]?.value !== "(" || name?.type !== "word" || !/^(?:read_|parquet_scan)/.test(name.value))
      return null;
    let depth = 0;
    for (const token of this.#tokens.slice(before)) {
      if (token.type !== "mark") continue;
      if (token.value === "(") depth++;
      if (token.value === ")" && --depth === 0) return { start: name.start, end: token.end };
    }
    return null;
  }

  #edited(unsorted: readonly Edit[]): SqlText {
    const edits = [...unsorted].sort((a, b) => a.start - b.start);
    if (edits.length === 0) return this;
    let text = "";
    const pieces: Piece[] = [];
    let at = 0;
    const copy = (end: number): void => {
      for (const piece of this.#pieces) {
        const [from, to] = [Math.max(piece.start, at), Math.min(piece.end, end)];
        if (from >= to) continue;
        const source = piece.exact ? piece.source + from - piece.start : piece.source;
        pieces.push({ start: text.length, end: text.length + to - from, source, exact: piece.exact });
        text += this.text.slice(from, to);
      }
      at = end;
    };
    for (const { start, end, replacement } of edits) {
      copy(start);
      pieces.push({
        start: text.length,
        end: text.length + replacement.length,
        source: this.#source(start),
        exact: false,
      });
      text += replacement;
      at = end;
    }
    copy(this.text.length);
    return new SqlText(text, pieces, this.#lines);
  }

  #fileEdits(files: ReadonlyMap<string, string>): readonly Edit[] {
    return this.#references.files.flatMap(({ name, spans }) => {
      const path = files.get(name);
      if (path === undefined) return [];
      return spans.map(({ start, end }) => {
        const at = this.#tokens.findIndex((token) => token.start === start);
        return { start, end, replacement: `${literal(path)}${aliasOf(name, path, this.#tokens, at)}` };
      });
    });
  }

  #schemaEdits(): readonly Edit[] {
    return this.#references.tables.flatMap(({ schema, name, spans }) =>
      schema?.includes("/") ? spans.map((span) => ({ ...span, replacement: `${ident(schema)}.${ident(name)}` })) : [],
    );
  }

  /** Names of files that the text reads, as written. */
  get fileNames(): readonly string[] {
    return this.#references.files.map(({ name }) => name);
  }

  /** Where in the cell's source a character of the text comes from. */
  placeOf(offset: number): SourcePlace {
    const source = this.#source(offset);
    const line = this.#lines.filter((start) => start <= source).length;
    return { offset: source, line: line + 1, column: source - (this.#lines[line - 1] ?? 0) + 1 };
  }

  #source(offset: number): number {
    const piece = this.#pieces.find(({ start, end }) => offset >= start && offset < end) ?? this.#pieces.at(-1);
    if (piece === undefined) return 0;
    return piece.exact ? piece.source + Math.min(offset, piece.end) - piece.start : piece.source;
  }

  /** The statements, without their semicolons. Throws `query_failed` where there is none, or a parenthesis closes that none opened. */
  statements(): readonly Statement[] {
    const statements = this.#references.statements.map(({ kind, givesRows, span }) => {
      const tokens = this.#tokens.filter(({ start, end }) => start >= span.start && end <= span.end);
      this.#checkParentheses(tokens);
      return { kind, givesRows, ...span, params: parameterNumbers(tokens) };
    });
    if (statements.length === 0) throw new AppError("query_failed", "the SQL is empty; write a SELECT");
    return statements;
  }

  /** The engine puts a statement into parentheses: it may not close them. */
  #checkParentheses(tokens: readonly SqlToken[]): void {
    let depth = 0;
    for (const token of tokens) {
      if (token.type === "mark" && token.value === "(") depth++;
      if (token.type === "mark" && token.value === ")" && --depth < 0)
        throw new AppError("query_failed", "a parenthesis is closed that was not opened; remove it, or open it", {
          data: { ...this.placeOf(token.start) },
        });
    }
  }
}

/** Numbers of the parameters of one statement; `?` is the next one. */
function parameterNumbers(tokens: readonly SqlToken[]): readonly number[] {
  const numbers = new Set<number>();
  let next = 0;
  for (const { type, value } of tokens) {
    if (type !== "parameter") continue;
    const number = value === "?" ? ++next : Number(value.slice(1));
    if (Number.isInteger(number) && number > 0) numbers.add(number);
  }
  return [...numbers];
}

/**
 * DuckDB names the rows of `FROM 'a/flights.csv'` after the file, `flights`. Where the file is elsewhere under another
 * name, the alias is written out, unless the author gave one.
 */
function aliasOf(name: string, path: string, tokens: readonly SqlToken[], at: number): string {
  const stem = stemOf(name);
  const before = tokens[at - 1];
  const isTable = before?.type === "word" ? /^(?:from|join)$/.test(before.value) : before?.value === ",";
  const after = tokens[at + 1];
  const isNamed =
    after !== undefined && (after.type === "name" || (after.type === "word" && !followers.test(after.value)));
  return !isTable || isNamed || stemOf(path) === stem ? "" : ` AS ${ident(stem)}`;
}

/** Words that follow a table and are no alias of it. */
const followers =
  /^(?:where|group|having|order|limit|offset|window|qualify|sample|union|intersect|except|select|join|inner|left|right|full|cross|natural|asof|anti|semi|positional|on|using|pivot|unpivot|tablesample|at)$/;

function stemOf(path: string): string {
  const base = path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
  const dot = base.indexOf(".");
  return dot <= 0 ? base : base.slice(0, dot);
}
