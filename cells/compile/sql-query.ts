import type { SqlFindings } from "./sql-findings.ts";
import { reservedKeywords } from "./sql-keywords.ts";
import type { SqlTokenList } from "./sql-token-list.ts";
import { lowerAscii } from "./sql-tokens.ts";

/** How to begin to read, after the head of a statement. */
export interface QueryStart {
  /** whether a query, a WITH or DESCRIBE may begin at the first token */
  readonly atStart?: boolean;
  /** whether FROM is a clause of this statement */
  readonly isQuery?: boolean;
  /** whether USING names tables, as in DELETE and MERGE */
  readonly usingNames?: boolean;
  /** whether AS begins a query, as in CREATE */
  readonly asBegins?: boolean;
}

type Mode =
  /** an expression, or words without a meaning here */
  | "expression"
  /** a table comes next: after FROM, JOIN, or a comma among tables */
  | "table"
  /** the rest of a table and its join: alias, ON, USING; a comma leads to the next table */
  | "joined"
  /** rows after FROM VALUES */
  | "rows"
  /** the name of a common table expression comes next */
  | "cte"
  /** the body of one has been read */
  | "cteEnd";

/** The statement, or what stands between two brackets. */
interface Level {
  mode: Mode;
  atStart: boolean;
  isQuery: boolean;
  /** whether ON ends the tables, as in PIVOT */
  isPivot: boolean;
  isRecursive: boolean;
  /** the common table expression whose body this is */
  readonly cte: string | null;
  /** common table expressions that end with this level */
  readonly ctes: string[];
}

/**
 * Reads the part of a statement that begins at `from` and ends before `end`, and tells `findings` what it reads. Stops
 * before INSERT, UPDATE, DELETE or MERGE after a WITH, whose names then stay in scope until `leave` is called.
 */
export function readQuery(
  tokens: SqlTokenList,
  from: number,
  end: number,
  findings: SqlFindings,
  start: QueryStart,
): { readonly at: number; readonly returns: boolean; readonly leave: () => void } {
  const reader = new QueryReader(tokens, end, findings, start);
  const at = reader.read(from);
  return { at, returns: reader.returns, leave: () => reader.leave() };
}

class QueryReader {
  readonly #tokens: SqlTokenList;
  readonly #end: number;
  readonly #findings: SqlFindings;
  readonly #start: QueryStart;
  readonly #outer: Level[] = [];
  #level: Level;
  #at = 0;
  returns = false;

  constructor(tokens: SqlTokenList, end: number, findings: SqlFindings, start: QueryStart) {
    this.#tokens = tokens;
    this.#end = end;
    this.#findings = findings;
    this.#start = start;
    this.#level = newLevel("expression", start.atStart ?? false, start.isQuery ?? false);
  }

  read(from: number): number {
    this.#at = from;
    while (this.#at < this.#end) {
      const level = this.#level;
      if (level.mode === "cteEnd") {
        level.mode = this.#tokens.mark(this.#at) === "," ? "cte" : "expression";
        level.atStart = level.isQuery = true;
        if (level.mode === "cte") this.#at++;
        else if (this.#outer.length === 0 && changes.has(this.#tokens.word(this.#at))) break;
      } else this.#step();
    }
    while (this.#outer.length > 0) this.#close();
    return this.#at;
  }

  leave(): void {
    for (const name of this.#level.ctes) this.#findings.leave(name);
  }

  /** Reads one token, or one name of several. */
  #step(): void {
    const level = this.#level;
    const mark = this.#tokens.mark(this.#at);
    if (mark === "(" || mark === "[" || mark === "{") return this.#open(mark);
    if (mark === ")" || mark === "]" || mark === "}") {
      if (this.#outer.length > 0) this.#close();
      this.#at++;
      return;
    }
    if (level.mode === "cte") return this.#readCte();
    if (level.mode === "table" && this.#readTable()) return;
    const isComma = mark === ",";
    if (level.mode === "rows" && !isComma) level.mode = "joined";
    if (isComma && (level.mode === "joined" || (level.mode === "rows" && this.#tokens.mark(this.#at + 1) !== "(")))
      level.mode = "table";
    const word = this.#tokens.mark(this.#at - 1) === "." ? "" : this.#tokens.word(this.#at);
    if (word !== "") this.#readWord(word);
    else level.atStart = false;
    this.#at++;
  }

  #open(bracket: string): void {
    const outer = this.#level;
    const round = bracket === "(";
    const isTable = outer.mode === "table" && round;
    // trim(FROM x) is the one call whose arguments begin with FROM
    const atStart = round && this.#tokens.word(this.#at - 1) !== "trim";
    if (outer.mode === "table") outer.mode = "joined";
    outer.atStart = false;
    this.#push(newLevel(isTable ? "table" : "expression", atStart, isTable));
  }

  #push(inner: Level): void {
    this.#outer.push(this.#level);
    this.#level = inner;
    this.#at++;
  }

  #close(): void {
    const inner = this.#level;
    const outer = this.#outer.pop();
    if (outer === undefined) return;
    for (const name of inner.ctes) this.#findings.leave(name);
    this.#level = outer;
    if (inner.cte === null) return;
    outer.ctes.push(inner.cte);
    this.#findings.enter(inner.cte);
    outer.mode = "cteEnd";
  }

  /** Reads `name (columns) USING KEY (columns) AS NOT MATERIALIZED (`, and opens the body. */
  #readCte(): void {
    const tokens = this.#tokens;
    const level = this.#level;
    const { parts, end } = tokens.name(this.#at);
    let at = tokens.after(end);
    if (tokens.word(at) === "using" && tokens.word(at + 1) === "key") at = tokens.after(at + 2);
    const hasBody = tokens.word(at) === "as";
    if (hasBody) at++;
    if (tokens.word(at) === "not") at++;
    if (tokens.word(at) === "materialized") at++;
    const [cte] = parts;
    if (cte === undefined || !hasBody || tokens.mark(at) !== "(" || at >= this.#end) {
      level.mode = "expression";
      level.atStart = true;
      this.#at = Math.max(end, this.#at);
      return;
    }
    const seesItself = level.isRecursive && tokens.isUnion(at);
    this.#at = at;
    this.#push(newLevel("expression", true, true, cte));
    if (!seesItself) return;
    this.#level.ctes.push(cte);
    this.#findings.enter(cte);
  }

  /** Reads a table where one may stand. Tells whether it read anything. */
  #readTable(): boolean {
    const tokens = this.#tokens;
    const level = this.#level;
    const token = tokens.all[this.#at];
    if (token === undefined) return false;
    const isSimple = token.type === "string" || token.type === "parameter";
    if (token.type === "string") this.#findings.addFileOrTable(token.value, true, token);
    if (token.type === "parameter") this.#findings.tableParameters.push({ start: token.start, end: token.end });
    if (isSimple || (token.value === "values" && tokens.mark(this.#at + 1) === "(")) {
      level.mode = isSimple ? "joined" : "rows";
      level.atStart = false;
      this.#at++;
      return true;
    }
    const { parts, end } = tokens.name(this.#at);
    if (parts.length === 0 || (token.type === "word" && reservedKeywords.has(token.value))) return false;
    level.atStart = false;
    const after = tokens.mark(end);
    if (after === ":") {
      // an alias before its table
      this.#at = end + 1;
      return true;
    }
    level.mode = "joined";
    if (after === "(") this.#readFunction(lowerAscii(parts.at(-1) ?? ""), end);
    else addName(tokens, this.#at, this.#findings);
    this.#at = end;
    return true;
  }

  #readWord(word: string): void {
    const level = this.#level;
    const wasStart = level.atStart;
    const atTop = this.#outer.length === 0;
    level.atStart = false;
    if (this.#tokens.mark(this.#at + 1) === "(") this.#readFunction(word, this.#at + 1);
    else if (changingWords.has(word)) this.#findings.volatile.add(word);
    switch (word) {
      case "with":
        if (!wasStart) return;
        level.isRecursive = this.#tokens.word(this.#at + 1) === "recursive";
        if (level.isRecursive) this.#at++;
        level.mode = "cte";
        return;
      case "as":
        if (atTop && this.#start.asBegins) level.atStart = level.isQuery = true;
        return;
      case "from":
        level.isQuery ||= wasStart;
        if (level.isQuery && !this.#isDistinctFrom()) level.mode = "table";
        return;
      case "join":
        level.mode = "table";
        return;
      case "using":
        if (atTop && this.#start.usingNames && level.mode !== "joined") level.mode = "table";
        if (this.#tokens.word(this.#at + 1) === "sample") this.#findings.volatile.add("sample");
        return;
      case "when":
        if (atTop && this.#start.usingNames) level.mode = "expression";
        return;
      case "on":
        if (level.isPivot || (atTop && this.#start.usingNames)) level.mode = "expression";
        return;
      case "select":
      case "union":
      case "except":
      case "intersect":
        level.isQuery = true;
        level.isPivot = false;
        level.mode = "expression";
        return;
      case "table":
        if (wasStart || level.isQuery) level.mode = "table";
        return;
      case "pivot":
      case "pivot_wider":
      case "pivot_longer":
      case "unpivot":
        if (level.mode === "joined") return;
        level.mode = "table";
        level.isPivot = level.isQuery = true;
        return;
      case "describe":
      case "desc":
      case "show":
      case "summarize":
        if (wasStart) this.#readShow();
        return;
      case "returning":
        this.returns ||= atTop;
        level.mode = "expression";
        return;
      default:
        if (word === "tablesample") this.#findings.volatile.add("sample");
        if (tableEnds.has(word)) level.mode = "expression";
    }
  }

  /** What DESCRIBE, SHOW and SUMMARIZE show: a table, a query, or a list that the engine keeps. */
  #readShow(): void {
    const next = this.#tokens.all[this.#at + 1];
    const isList = next !== undefined && lists.has(lowerAscii(next.value)) && this.#tokens.mark(this.#at + 2) !== ".";
    const isTable = !isList && this.#tokens.word(this.#at + 1) !== "all";
    this.#level.mode = isTable ? "table" : "expression";
    this.#level.atStart = this.#level.isQuery = isTable;
  }

  #isDistinctFrom(): boolean {
    const before = (distance: number): string => this.#tokens.word(this.#at - distance);
    return before(1) === "distinct" && (before(2) === "is" || (before(2) === "not" && before(3) === "is"));
  }

  /** A call whose `(` stands at an index: notes what its first argument names, `'a'` or `['a', 'b']`. */
  #readFunction(name: string, open: number): void {
    if (changingFunctions.has(name)) this.#findings.volatile.add(`${name}()`);
    const isTable = name === "query_table";
    if (!isTable && !fileFunctions.has(name)) return;
    const isList = this.#tokens.mark(open + 1) === "[";
    for (let at = open + (isList ? 2 : 1); ; at += 2) {
      const token = this.#tokens.all[at];
      if (token?.type !== "string") return;
      if (isTable) this.#findings.addTable(token.value.split("."), token);
      else this.#findings.addFile(token.value, token);
      if (!isList || this.#tokens.mark(at + 1) !== ",") return;
    }
  }
}

/** Notes the dotted name at an index as a table, or as a file where a quoted name is one. Gives the index after it. */
export function addName(tokens: SqlTokenList, at: number, findings: SqlFindings): number {
  const { parts, end } = tokens.name(at);
  const first = tokens.all[at];
  const last = tokens.all[end - 1];
  const [only] = parts;
  if (first === undefined || last === undefined || only === undefined) return end;
  const span = { start: first.start, end: last.end };
  if (parts.length === 1 && first.type === "name") findings.addFileOrTable(only, false, span);
  else findings.addTable(parts, span);
  return end;
}

function newLevel(mode: Mode, atStart: boolean, isQuery: boolean, cte: string | null = null): Level {
  return { mode, atStart, isQuery, isPivot: false, isRecursive: false, cte, ctes: [] };
}

const changes: ReadonlySet<string> = new Set(["insert", "update", "delete", "merge"]);
const lists: ReadonlySet<string> = new Set(["tables", "databases", "schemas", "variables"]);
const tableEnds: ReadonlySet<string> = new Set([
  "where",
  "group",
  "having",
  "window",
  "qualify",
  "order",
  "limit",
  "offset",
  "fetch",
  "for",
  "set",
]);
const changingWords: ReadonlySet<string> = new Set([
  "current_date",
  "current_time",
  "current_timestamp",
  "localtime",
  "localtimestamp",
]);
const changingFunctions: ReadonlySet<string> = new Set(
  `random uuid gen_random_uuid uuidv4 uuidv7 now today get_current_time get_current_timestamp transaction_timestamp
  current_date current_localtime current_localtimestamp nextval`.split(/\s+/),
);
const fileFunctions: ReadonlySet<string> = new Set(
  `read_csv read_csv_auto sniff_csv read_parquet parquet_scan parquet_metadata parquet_schema parquet_file_metadata
  parquet_kv_metadata parquet_bloom_probe read_json read_json_auto read_json_objects read_json_objects_auto read_ndjson
  read_ndjson_auto read_ndjson_objects read_text read_blob read_xlsx read_arrow scan_arrow_ipc glob st_read sqlite_scan
  iceberg_scan delta_scan`.split(/\s+/),
);
