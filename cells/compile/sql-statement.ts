import type { SqlFindings } from "./sql-findings.ts";
import { addName, readQuery, type QueryStart } from "./sql-query.ts";
import type { SqlTokenList } from "./sql-token-list.ts";

export type SqlStatementKind =
  | "select"
  | "explain"
  | "insert"
  | "update"
  | "delete"
  | "merge"
  | "create"
  | "drop"
  | "alter"
  | "copy"
  | "attach"
  | "call"
  | "set"
  | "other";

/** What a statement is. */
export interface StatementSummary {
  readonly kind: SqlStatementKind;
  readonly givesRows: boolean;
}

/** Reads the statement between two indexes: its head here, the query in it by `readQuery`. */
export function readStatement(
  tokens: SqlTokenList,
  from: number,
  end: number,
  findings: SqlFindings,
): StatementSummary {
  return new StatementReader(tokens, end, findings).read(from);
}

class StatementReader {
  readonly #tokens: SqlTokenList;
  readonly #end: number;
  readonly #findings: SqlFindings;
  /** relations that become known when the statement is over */
  readonly #made: (readonly string[])[] = [];
  #at = 0;

  constructor(tokens: SqlTokenList, end: number, findings: SqlFindings) {
    this.#tokens = tokens;
    this.#end = end;
    this.#findings = findings;
  }

  read(from: number): StatementSummary {
    this.#at = from;
    const summary = this.#readStatement();
    for (const parts of this.#made) this.#findings.make(parts);
    return summary;
  }

  #readStatement(): StatementSummary {
    const word = this.#tokens.word(this.#at);
    switch (word) {
      case "explain":
        this.#skip("explain", "analyze", "verbose");
        if (this.#tokens.mark(this.#at) === "(" && !queryStarts.has(this.#tokens.word(this.#at + 1)))
          this.#at = this.#tokens.after(this.#at);
        this.#readStatement();
        return { kind: "explain", givesRows: true };
      case "prepare":
        while (this.#at < this.#end && this.#tokens.word(this.#at) !== "as") this.#at++;
        this.#at++;
        if (this.#at < this.#end) this.#readStatement();
        return { kind: "other", givesRows: false };
      case "insert":
      case "update":
      case "delete":
      case "merge":
      case "truncate":
        return this.#readChange(word);
      case "create":
        return this.#readCreate();
      case "drop":
        return { kind: "drop", givesRows: false };
      case "alter":
        return this.#readAlter();
      case "copy":
        return this.#readCopy();
      case "attach":
        return this.#readAttach();
      case "analyze":
      case "vacuum":
        this.#skip("vacuum", "full", "freeze", "verbose", "analyze");
        addName(this.#tokens, this.#at, this.#findings);
        return { kind: "other", givesRows: false };
      case "call":
      case "pragma":
        return { ...this.#readRest("call", {}), givesRows: true };
      case "set":
      case "reset":
        return this.#readRest("set", {});
      default:
        if (noQueries.has(word)) return { kind: "other", givesRows: word === "execute" };
        return this.#readSelect();
    }
  }

  #readSelect(): StatementSummary {
    const { at, leave } = readQuery(this.#tokens, this.#at, this.#end, this.#findings, {
      atStart: true,
      isQuery: true,
    });
    // INSERT, UPDATE, DELETE or MERGE after a WITH
    this.#at = at;
    const summary = at < this.#end ? this.#readStatement() : ({ kind: "select", givesRows: true } as const);
    leave();
    return summary;
  }

  #readRest(kind: SqlStatementKind, start: QueryStart): StatementSummary {
    const { returns, leave } = readQuery(this.#tokens, this.#at, this.#end, this.#findings, start);
    leave();
    return { kind, givesRows: returns };
  }

  #readChange(word: "insert" | "update" | "delete" | "merge" | "truncate"): StatementSummary {
    this.#skip(word, "or", "replace", "ignore", "into", "from", "table", "only");
    this.#at = addName(this.#tokens, this.#at, this.#findings);
    if (word === "update") return this.#readRest("update", { isQuery: true });
    if (word === "merge") return this.#readRest("merge", { isQuery: true, usingNames: true });
    if (word !== "insert") return this.#readRest("delete", { usingNames: true });
    if (this.#tokens.word(this.#at) === "as") this.#at += 2;
    if (this.#tokens.mark(this.#at) === "(" && !queryStarts.has(this.#tokens.word(this.#at + 1)))
      this.#at = this.#tokens.after(this.#at);
    if (this.#tokens.word(this.#at) === "by") this.#at += 2;
    return this.#readRest("insert", { atStart: true, isQuery: true });
  }

  #readCreate(): StatementSummary {
    this.#skip(
      "create",
      "or",
      "replace",
      "temp",
      "temporary",
      "persistent",
      "local",
      "global",
      "unlogged",
      "recursive",
      "unique",
    );
    const object = this.#tokens.word(this.#at);
    this.#at++;
    this.#skip("concurrently", "if", "not", "exists");
    const { parts, end } = this.#tokens.name(this.#at);
    if (object === "table" || object === "view" || object === "schema") this.#make(parts);
    this.#at = Math.max(end, this.#at);
    if (object === "index") {
      if (this.#tokens.word(this.#at) === "on") this.#at = addName(this.#tokens, this.#at + 1, this.#findings);
      return this.#readRest("create", {});
    }
    return this.#readRest("create", { asBegins: true });
  }

  #readAlter(): StatementSummary {
    this.#skip("alter", "table", "view", "if", "exists");
    this.#at = addName(this.#tokens, this.#at, this.#findings);
    if (this.#tokens.word(this.#at) === "rename" && this.#tokens.word(this.#at + 1) === "to")
      this.#make(this.#tokens.name(this.#at + 2).parts);
    return { kind: "alter", givesRows: false };
  }

  #readCopy(): StatementSummary {
    this.#at++;
    if (this.#tokens.mark(this.#at) === "(") {
      const rest = this.#tokens.after(this.#at);
      readQuery(this.#tokens, this.#at, rest, this.#findings, { atStart: true }).leave();
      this.#at = rest;
    } else if (this.#tokens.word(this.#at) !== "from") {
      this.#at = this.#tokens.after(addName(this.#tokens, this.#at, this.#findings));
    }
    const file = this.#tokens.all[this.#at + 1];
    if (this.#tokens.word(this.#at) === "from" && file?.type === "string") this.#findings.addFile(file.value, file);
    return { kind: "copy", givesRows: false };
  }

  /** `ATTACH 'path' AS name`: without a name, the database is called as its file, without folder and extension. */
  #readAttach(): StatementSummary {
    this.#skip("attach", "or", "replace", "database", "if", "not", "exists");
    const file = this.#tokens.all[this.#at];
    if (file?.type === "string") {
      if (file.value !== ":memory:") this.#findings.addFile(file.value, file);
      const stem = /([^/\\]*?)(?:\.[^./\\]*)?$/.exec(file.value)?.[1];
      const { parts } = this.#tokens.word(this.#at + 1) === "as" ? this.#tokens.name(this.#at + 2) : { parts: [] };
      this.#make(parts.length > 0 || stem === undefined ? parts : [stem]);
    }
    return { kind: "attach", givesRows: false };
  }

  #make(parts: readonly string[]): void {
    if (parts.length > 0) this.#made.push(parts);
  }

  /** Passes over words, in any order. */
  #skip(...words: readonly string[]): void {
    while (this.#at < this.#end && words.includes(this.#tokens.word(this.#at))) this.#at++;
  }
}

const queryStarts: ReadonlySet<string> = new Set(
  `select from with values table pivot pivot_wider pivot_longer unpivot describe desc show summarize`.split(" "),
);
const noQueries: ReadonlySet<string> = new Set(
  `begin start commit end rollback abort use load install checkpoint export import detach deallocate execute force
  comment update_extensions`.split(/\s+/),
);
