import { reservedKeywords, softKeywords, typeFunctionKeywords } from "./sql-keywords.ts";
import type { SqlToken } from "./sql-tokens.ts";

/**
 * The tokens of a SQL text as one text in which white space, comments, the case of keywords, functions and types, and a
 * last semicolon make no difference. Names keep their case: `SELECT 1 AS Total` gives a column that is called `Total`,
 * and `sum(Price)` one that is called `sum(Price)`. So does a keyword that may be a name where it stands.
 */
export function canonicalTokens(tokens: readonly SqlToken[]): string {
  let end = tokens.length;
  while (end > 0 && tokens[end - 1]?.value === ";" && tokens[end - 1]?.type === "mark") end--;
  const parts: string[] = [];
  /** for each open parenthesis, whether it is that of a cast */
  const casts: boolean[] = [];
  for (let at = 0; at < end; at++) {
    const token = tokens[at];
    if (token === undefined) break;
    const neighbours = {
      before: tokens.slice(Math.max(0, at - 2), at).reverse(),
      next: at + 1 < end ? tokens[at + 1] : undefined,
    };
    parts.push(token.type === "word" && isFree(token, neighbours, casts.at(-1) ?? false) ? token.value : token.text);
    if (token.type !== "mark") continue;
    if (token.value === "(") casts.push(/^(?:try_)?cast$/.test(wordOf(tokens[at - 1])));
    if (token.value === ")") casts.pop();
  }
  return parts.join(" ");
}

interface Neighbours {
  /** the token before, and the one before that */
  readonly before: readonly SqlToken[];
  readonly next: SqlToken | undefined;
}

/** Whether the case of a word changes nothing. */
function isFree(token: SqlToken, { before: [previous, second], next }: Neighbours, inCast: boolean): boolean {
  const word = token.value;
  if (isMark(previous, ".")) return false;
  if (isMark(next, "(") || isMark(previous, "::")) return true;
  if (isMark(next, ":") || isMark(next, ":=") || next?.text === "=>") return false;
  if (wordOf(previous) === "as") return inCast || (isKeyword(word) && !endsOperand(next));
  if (reservedKeywords.has(word) || typeFunctionKeywords.has(word)) return true;
  // DATE '2020-01-01'
  if (next?.type === "string") return true;
  if (!softKeywords.has(word)) return false;
  if (word === "interval" && next?.type === "number") return true;
  return !expectsOperand(previous, second) || phrases.has(`${word} ${wordOf(next)}`);
}

function isKeyword(word: string): boolean {
  return reservedKeywords.has(word) || typeFunctionKeywords.has(word) || softKeywords.has(word);
}

function isMark(token: SqlToken | undefined, mark: string): boolean {
  return token?.type === "mark" && token.value === mark;
}

function wordOf(token: SqlToken | undefined): string {
  return token?.type === "word" ? token.value : "";
}

/** Whether a name may come after a token. */
function expectsOperand(token: SqlToken | undefined, second: SqlToken | undefined): boolean {
  if (token === undefined) return false;
  if (token.type === "operator") return true;
  if (token.type === "mark") return "([{,:=".includes(token.value.charAt(0));
  if (wordOf(token) === "by") return /^(?:group|order|partition)$/.test(wordOf(second));
  return beforeOperand.has(wordOf(token));
}

/** Whether a name may be over before a token. */
function endsOperand(token: SqlToken | undefined): boolean {
  if (token === undefined) return true;
  if (token.type === "mark") return ",)]};[.".includes(token.value) || token.value === "::";
  return afterOperand.has(wordOf(token));
}

const beforeOperand: ReadonlySet<string> = new Set(
  `select distinct all where and or not on when then else case in between like ilike having qualify from join returning
  is any some limit offset set using lateral`.split(/\s+/),
);
/** Soft keywords that stand where a name might, and what tells that they are none. */
const phrases: ReadonlySet<string> = new Set([
  ...["partition by", "unbounded preceding", "unbounded following", "current row", "update set", "conflict do"],
  ...["timestamp with", "timestamp without", "time with", "time without", "ignore into", "replace into"],
  ...["temp", "temporary", "table", "view", "macro", "function", "recursive"].map((object) => `replace ${object}`),
]);
const afterOperand: ReadonlySet<string> = new Set(
  `from as and or asc desc is isnull notnull in not like ilike similar between then else end when limit offset order
  group having qualify window where union except intersect on using join inner left right full cross natural asof
  positional semi anti collate at nulls over filter into for`.split(/\s+/),
);
