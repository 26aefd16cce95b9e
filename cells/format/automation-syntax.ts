import { AppError } from "../errors.ts";
import { parseCron } from "../partition/cron-syntax.ts";
import { unquote } from "../partition/words.ts";

/**
 * Checks the grammar of an `automation` attribute and answers its text, trimmed: `manual`, `eager`, `on_missing`,
 * `on_cron("0 6 * * *")`, or an expression of conditions, calls, methods (`missing.newly_true()`), `&`, `|`, `!` (or `~`) and
 * parentheses. Which conditions exist is known where they are evaluated. Throws `attribute_invalid` naming the column.
 */
export function parseAutomation(text: string): string {
  const tokens = tokenize(text);
  const end = readExpression({ text, tokens }, 0, 0);
  const rest = tokens[end];
  if (rest !== undefined) fail(text, rest, "an operator (& or |) or the end");
  return text.trim();
}

interface Token {
  readonly text: string;
  readonly at: number;
}

interface Source {
  readonly text: string;
  readonly tokens: readonly Token[];
}

const deepest = 200;
const isName = (token: Token | undefined) => token !== undefined && /^[A-Za-z_]/.test(token.text);

/** Reads an expression from the token at `from`; answers the index behind it. */
function readExpression(source: Source, from: number, depth: number): number {
  if (depth > deepest) throw new AppError("attribute_invalid", `it is nested over ${deepest} deep; make it flatter`);
  let at = readOperand(source, from, depth);
  for (let token = source.tokens[at]; token?.text === "&" || token?.text === "|"; token = source.tokens[at])
    at = readOperand(source, at + 1, depth);
  return at;
}

function readOperand(source: Source, from: number, depth: number): number {
  let at = from;
  while (source.tokens[at]?.text === "!" || source.tokens[at]?.text === "~") at++;
  const first = source.tokens[at];
  if (first?.text === "(") at = expect(source, readExpression(source, at + 1, depth + 1), ")");
  else if (isName(first)) at = readCall(source, at, depth);
  else return fail(source.text, first, "a condition, as missing or on_cron(…)");
  while (source.tokens[at]?.text === ".") {
    if (!isName(source.tokens[at + 1]))
      return fail(source.text, source.tokens[at + 1], 'the name of a method behind "."');
    at = readCall(source, at + 1, depth);
  }
  return at;
}

/** Reads a name and, where a parenthesis follows, its arguments: texts, numbers, expressions, `name=value`. */
function readCall(source: Source, from: number, depth: number): number {
  const name = source.tokens[from]?.text;
  if (source.tokens[from + 1]?.text !== "(") {
    if (name === "on_cron") fail(source.text, source.tokens[from + 1], 'its cron, as on_cron("0 6 * * *")');
    return from + 1;
  }
  let at = from + 2;
  if (name === "on_cron" || name === "cron_tick_passed") {
    const cron = source.tokens[at];
    if (cron === undefined || !/^["']/.test(cron.text)) return fail(source.text, cron, 'a quoted cron, as "0 6 * * *"');
    parseCron(unquote(cron.text));
  }
  if (source.tokens[at]?.text === ")") return at + 1;
  for (;;) {
    if (isName(source.tokens[at]) && source.tokens[at + 1]?.text === "=") at += 2;
    const literal = source.tokens[at];
    at = literal !== undefined && /^["'\d]/.test(literal.text) ? at + 1 : readExpression(source, at, depth + 1);
    if (source.tokens[at]?.text !== ",") return expect(source, at, ")");
    at++;
  }
}

function expect(source: Source, at: number, text: string): number {
  return source.tokens[at]?.text === text ? at + 1 : fail(source.text, source.tokens[at], JSON.stringify(text));
}

function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  const pattern = /\s+|"[^"]*"|'[^']*'|[A-Za-z_]\w*|\d+(?:\.\d+)?|[&|!~().,=]/y;
  for (let at = 0; at < text.length; at = pattern.lastIndex) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) return fail(text, { text: text.charAt(at), at }, "a condition, & | ! . or parentheses");
    if (match[0].trim() !== "") tokens.push({ text: match[0], at });
  }
  return tokens;
}

function fail(text: string, token: Token | undefined, wanted: string): never {
  const found = token === undefined ? "the end" : JSON.stringify(token.text);
  throw new AppError(
    "attribute_invalid",
    `${found} at column ${(token?.at ?? text.length) + 1}; write ${wanted} there`,
  );
}
