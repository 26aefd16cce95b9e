import type { CheckSeverity, Expectation, Rule, RuleTarget, RuleValue } from "../model/check.ts";
import { didYouMean } from "../model/nearest.ts";
import { fail, say, scan, type Token } from "./scanner.ts";

const rules =
  "not_null(id), unique(id), accepted(status: new, paid), relationship(customer -> customers.id), between(price, 0, 100), rows(> 0) and schema_unchanged";

const ruleNames = ["not_null", "unique", "accepted", "relationship", "between", "rows", "schema_unchanged"];

/**
 * Reads an `expect` attribute: rules parted by `;`, each with `warn:` or `error:` before it where it is not of the cell's own
 * `severity`. Throws `attribute_invalid` with the column, from 1, in message and `data.column`.
 */
export function parseExpectations(text: string, severity: CheckSeverity = "error"): readonly Expectation[] {
  const reader = new Reader(scan(text));
  const expectations: Expectation[] = [];
  while (!reader.isAtEnd) {
    if (reader.takes(";")) continue;
    const { at } = reader.next;
    const expectation = readExpectation(reader, severity);
    if (expectations.some(({ name }) => name === expectation.name))
      fail(at, `${expectation.name} stands twice; take one out`);
    expectations.push(expectation);
    if (!reader.isAtEnd) reader.expect(";", "part rules by ;");
  }
  if (expectations.length === 0) fail(0, `it is empty; there are ${rules}`);
  return expectations;
}

function readExpectation(reader: Reader, otherwise: CheckSeverity): Expectation {
  let word = reader.take();
  let severity = otherwise;
  if ((word.text === "warn" || word.text === "error") && reader.takes(":")) {
    severity = word.text;
    word = reader.take();
  }
  const rule = readRule(reader, word);
  return { name: `${nameOf(rule)}${severity === "warn" ? " (warn)" : ""}`, severity, rule, text: printRule(rule) };
}

function readRule(reader: Reader, word: Token): Rule {
  switch (word.type === "name" ? word.text : "") {
    case "not_null":
      return { type: "not_null", columns: within(reader, word, readColumns) };
    case "unique":
      return { type: "unique", columns: within(reader, word, readColumns) };
    case "accepted":
      return within(reader, word, () => {
        const column = reader.column();
        reader.expect(":", "write the column, a colon and the values, as in accepted(status: new, paid)");
        const values = [reader.value()];
        while (reader.takes(",")) values.push(reader.value());
        return { type: "accepted", column, values };
      });
    case "relationship":
      return within(reader, word, () => {
        const column = reader.column();
        if (!reader.takes("→")) reader.expect("->", "write it as in relationship(customer -> customers.id)");
        return { type: "relationship", column, to: readTarget(reader) };
      });
    case "between":
      return within(reader, word, () => readBetween(reader));
    case "rows":
      return within(reader, word, () => readRows(reader));
    case "schema_unchanged":
      if (reader.takes("(")) reader.expect(")", "schema_unchanged is told nothing");
      return { type: "schema_unchanged" };
    default:
      if (word.text === "warn" || word.text === "error")
        fail(word.at, `a severity ends in a colon; write ${word.text}: before the rule`);
      return fail(word.at, `${say(word)} is no rule; ${didYouMean(word.text, ruleNames)}there are ${rules}`);
  }
}

function within<T>(reader: Reader, word: Token, read: (reader: Reader) => T): T {
  reader.expect("(", `write what ${word.text} is about in parentheses`);
  const value = read(reader);
  reader.expect(")", `end ${word.text} with a )`);
  return value;
}

function readColumns(reader: Reader): readonly string[] {
  const columns = [reader.column()];
  while (reader.takes(",")) columns.push(reader.column());
  return columns;
}

function readTarget(reader: Reader): RuleTarget {
  const { at } = reader.next;
  const parts = [reader.column()];
  while (reader.takes(".")) parts.push(reader.column());
  const [column = "", name = "", ...schema] = parts.reverse();
  if (name === "" || schema.length > 1) fail(at, "name an asset and its column, as in customers.id");
  return { schema: schema[0] ?? null, name, column };
}

function readBetween(reader: Reader): Rule {
  const column = reader.column();
  reader.expect(",", "write column and both bounds, as in between(price, 0, 100)");
  const { at } = reader.next;
  const min = reader.bound();
  reader.expect(",", "write both bounds, as in between(price, 0, 100); * is none");
  const max = reader.bound();
  if (min === null && max === null) fail(at, "it has no bound; give it one of both");
  if (typeof min === "number" && typeof max === "number" && min > max)
    fail(at, `nothing is between ${min} and ${max}; write the smaller first`);
  return { type: "between", column, min, max };
}

/** `> 0`, `>= 1`, `< 5`, `= 7`, `1..100`, `1..`, `..100`, `7`. */
function readRows(reader: Reader): Rule {
  const { at } = reader.next;
  const rows = (min: number | null, max: number | null): Rule => {
    if ((min !== null && max !== null && min > max) || (max !== null && max < 0))
      fail(at, "no table has so many rows; write the smaller number first");
    return { type: "rows", min, max };
  };
  if (reader.takes(">")) return rows(reader.whole() + 1, null);
  if (reader.takes(">=")) return rows(reader.whole(), null);
  if (reader.takes("<")) return rows(null, reader.whole() - 1);
  if (reader.takes("<=")) return rows(null, reader.whole());
  if (reader.takes("..")) return rows(null, reader.whole());
  const isExact = reader.takes("=");
  const first = reader.whole();
  if (isExact || !reader.takes("..")) return rows(first, first);
  return rows(first, reader.next.type === "number" ? reader.whole() : null);
}

/** The words of an attribute, one after another. */
class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get next(): Token {
    return this.#tokens[this.#at] ?? { type: "end", text: "", at: 0 };
  }

  get isAtEnd(): boolean {
    return this.next.type === "end";
  }

  take(): Token {
    const { next } = this;
    if (!this.isAtEnd) this.#at++;
    return next;
  }

  takes(mark: string): boolean {
    const isNext = this.next.type === "mark" && this.next.text === mark;
    if (isNext) this.#at++;
    return isNext;
  }

  expect(mark: string, otherwise: string): void {
    if (!this.takes(mark)) fail(this.next.at, `${say(this.next)} stands where ${mark} is wanted; ${otherwise}`);
  }

  column(): string {
    const token = this.take();
    if (token.type === "name" || (token.type === "quoted" && token.text !== "")) return token.text;
    return fail(token.at, `${say(token)} is no name of a column; quote one that is no word`);
  }

  value(): RuleValue {
    const token = this.take();
    if (token.type === "number") return Number(token.text);
    if (token.type === "name" || token.type === "quoted") return token.text;
    return fail(token.at, `${say(token)} is no value; write a number, a word or a 'text'`);
  }

  bound(): RuleValue | null {
    return this.takes("*") ? null : this.value();
  }

  whole(): number {
    const token = this.take();
    const number = token.type === "number" ? Number(token.text) : NaN;
    if (Number.isSafeInteger(number) && number >= 0) return number;
    return fail(token.at, `${say(token)} is no number of rows; write a whole one, as in rows(> 0) or rows(1..100)`);
  }
}

/** How a rule is called among those of its asset. */
function nameOf(rule: Rule): string {
  switch (rule.type) {
    case "not_null":
    case "unique":
      return `${rule.type}(${rule.columns.join(", ")})`;
    case "accepted":
    case "relationship":
    case "between":
      return `${rule.type}(${rule.column})`;
    case "rows":
    case "schema_unchanged":
      return rule.type;
  }
}

/** A rule in its canonical form, which `parseExpectations` reads as the same rule. */
function printRule(rule: Rule): string {
  switch (rule.type) {
    case "not_null":
    case "unique":
      return `${rule.type}(${rule.columns.map(printName).join(", ")})`;
    case "accepted":
      return `accepted(${printName(rule.column)}: ${rule.values.map(printValue).join(", ")})`;
    case "relationship": {
      const { schema, name, column } = rule.to;
      const target = [...(schema === null ? [] : [schema]), name, column].map(printName).join(".");
      return `relationship(${printName(rule.column)} -> ${target})`;
    }
    case "between":
      return `between(${printName(rule.column)}, ${printBound(rule.min)}, ${printBound(rule.max)})`;
    case "rows":
      return `rows(${rule.min ?? ""}..${rule.max ?? ""})`;
    case "schema_unchanged":
      return "schema_unchanged";
  }
}

function printName(name: string): string {
  return /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

function printValue(value: RuleValue): string {
  return typeof value === "number" ? String(value) : `'${value.replaceAll("'", "''")}'`;
}

function printBound(bound: RuleValue | null): string {
  return bound === null ? "*" : printValue(bound);
}
