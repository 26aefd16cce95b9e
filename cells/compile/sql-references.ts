import type { Span } from "../model/diagnostic.ts";
import type { Name, TableReference } from "./compiled-cell.ts";
import { SqlFindings } from "./sql-findings.ts";
import { readStatement, type SqlStatementKind } from "./sql-statement.ts";
import { SqlTokenList } from "./sql-token-list.ts";
import { readTokens, type SqlToken } from "./sql-tokens.ts";

/** One statement of a SQL text, without its semicolon. */
export interface SqlStatement {
  readonly kind: SqlStatementKind;
  readonly span: Span;
  /** whether it gives rows: a query, EXPLAIN, CALL, PRAGMA, or a change with RETURNING */
  readonly givesRows: boolean;
}

/** What a SQL text reads. Spans are offsets into that text. */
export interface SqlReferences {
  /** relations that the text does not define itself, each once; names compare without ASCII case */
  readonly tables: readonly TableReference[];
  /** files and addresses that it reads, without quotes */
  readonly files: readonly Name[];
  readonly statements: readonly SqlStatement[];
  /** parameters that stand where a table should: the engine refuses them */
  readonly tableParameters: readonly Span[];
  /** what makes its result differ from run to run: `random()`, `current_date`, `sample`, an address */
  readonly volatile: readonly string[];
}

/**
 * Finds what a SQL text reads: every relation in a FROM position that is neither a common table expression in scope nor
 * made by an earlier statement of the text. What INSERT, UPDATE, DELETE, MERGE, COPY FROM and ALTER change counts as read,
 * since it must exist. `a.b` has schema `a`; `a.b.c` has schema `a/b`, as a notebook in a folder has. Never throws: what is
 * not SQL gives what can be told of it. Takes time in proportion to the length.
 */
export function findTables(text: string): SqlReferences {
  return findTablesOf(readTokens(text).tokens);
}

/** As `findTables`, of tokens that are at hand. */
export function findTablesOf(all: readonly SqlToken[]): SqlReferences {
  const tokens = new SqlTokenList(all);
  const findings = new SqlFindings();
  const statements: SqlStatement[] = [];
  for (let from = 0; from < all.length;) {
    let end = from;
    while (end < all.length && tokens.mark(end) !== ";") end++;
    const first = all[from];
    const last = all[end - 1];
    if (first && last && end > from) {
      const { kind, givesRows } = readStatement(tokens, from, end, findings);
      statements.push({ kind, givesRows, span: { start: first.start, end: last.end } });
    }
    from = end + 1;
  }
  const { tables, files, tableParameters, volatile } = findings;
  return { tables, files, statements, tableParameters, volatile: [...volatile] };
}
