import {
  attributeNames,
  isValues,
  knownAttributes,
  maxLength,
  maxNesting,
  reservedWords,
  type AttributeName,
  type IsValue,
  type Selection,
} from "./grammar.ts";
import { didYouMean } from "../model/nearest.ts";
import { compileRegex } from "./regex.ts";
import { Scanner } from "./scanner.ts";

/**
 * Reads a selection; "" is everything. Throws `selection_invalid` with the column, from 1, in message and `data.column`.
 * Linear in the length of the text.
 */
export function parseSelection(text: string): Selection {
  const scanner = new Scanner(text);
  if (text.length > maxLength)
    scanner.fail(`a selection has at most ${maxLength} characters, not ${text.length}; write it shorter`, maxLength);
  if (scanner.isAtEnd) return { type: "all" };
  const selection = parseOr(scanner, 0);
  if (!scanner.isAtEnd)
    scanner.fail(
      scanner.sees(":")
        ? 'a value that has a : stands in quotes, as in owner:"team:flights"'
        : `expected and, or, - or the end, not ${scanner.next()}`,
    );
  return selection;
}

function parseOr(scanner: Scanner, depth: number): Selection {
  return parseList(
    "or",
    () => scanner.operator("or", "OR"),
    () => parseAnd(scanner, depth),
  );
}

function parseAnd(scanner: Scanner, depth: number): Selection {
  return parseList(
    "and",
    () => scanner.operator("and", "AND"),
    () => parseMinus(scanner, depth),
  );
}

function parseMinus(scanner: Scanner, depth: number): Selection {
  return parseList(
    "minus",
    () => scanner.take("-"),
    () => parseNot(scanner, depth),
  );
}

function parseList(
  type: "or" | "and" | "minus",
  takeOperator: () => boolean,
  parseOperand: () => Selection,
): Selection {
  const first = parseOperand();
  const of = [first];
  while (takeOperator()) of.push(parseOperand());
  return of.length === 1 ? first : { type, of };
}

function parseNot(scanner: Scanner, depth: number): Selection {
  const start = scanner.offset;
  if (!scanner.operator("not", "NOT")) return parseTraversal(scanner, depth);
  return { type: "not", of: parseNot(scanner, deeper(scanner, depth, start)) };
}

function deeper(scanner: Scanner, depth: number, offset: number): number {
  if (depth >= maxNesting) scanner.fail(`a selection nests at most ${maxNesting} deep; write it flatter`, offset);
  return depth + 1;
}

function parseTraversal(scanner: Scanner, depth: number): Selection {
  const start = scanner.offset;
  const up = parseUp(scanner);
  const inner = scanner.offset;
  const of = parsePrimary(scanner, depth);
  const plus = scanner.offset;
  const isDown = scanner.take("+");
  if (up === null && !isDown) return of;
  if (of.type === "all" && scanner.textAt(inner) === "*")
    scanner.fail("* is everything already, so it takes no +; leave the + out", isDown ? plus : start);
  return { type: "traverse", of, up, down: isDown ? parseDepth(scanner) : null };
}

/** The `+` or `2+` before an operand, as layers; null where there is none. */
function parseUp(scanner: Scanner): number | null {
  const start = scanner.offset;
  if (scanner.take("+")) return Infinity;
  if (scanner.seesWord) return null;
  const digits = scanner.digits();
  if (digits === null) return null;
  if (!scanner.take("+"))
    scanner.fail(`the number ${digits} stands alone; write ${digits}+orders for layers, or key:"${digits}"`, start);
  return toDepth(scanner, digits, start);
}

function parseDepth(scanner: Scanner): number {
  const start = scanner.offset;
  const digits = scanner.digits();
  return digits === null ? Infinity : toDepth(scanner, digits, start);
}

function toDepth(scanner: Scanner, digits: string, offset: number): number {
  const depth = Number(digits);
  return depth <= 1e9 ? depth : scanner.fail(`${digits} layers are too many; leave the number out for all`, offset);
}

function parsePrimary(scanner: Scanner, depth: number): Selection {
  const start = scanner.offset;
  if (scanner.take("(")) return parseGroup(scanner, deeper(scanner, depth, start), start);
  const text = scanner.string();
  if (text !== null) return { type: "key", pattern: text };
  const word = scanner.word();
  if (word === null || word === "") return scanner.fail(`expected an asset, not ${scanner.next()}`, start);
  if (scanner.sees("(")) {
    if (word !== "roots" && word !== "sinks")
      return scanner.fail(`there is no function ${word}; write roots(…) or sinks(…)`, start);
    const open = scanner.offset;
    scanner.take("(");
    return { type: word, of: parseGroup(scanner, deeper(scanner, depth, start), open) };
  }
  if (scanner.take(":")) return parseAttribute(scanner, word, start);
  if (word === "*") return { type: "all" };
  if (reservedWords.has(word)) return scanner.fail(explainReserved(word), start);
  return { type: "key", pattern: word };
}

function parseGroup(scanner: Scanner, depth: number, open: number): Selection {
  const of = parseOr(scanner, depth);
  if (!scanner.take(")"))
    scanner.fail(
      scanner.isAtEnd
        ? "this parenthesis is not closed; write ) at its end"
        : `expected ) or an operator, not ${scanner.next()}`,
      scanner.isAtEnd ? open : scanner.offset,
    );
  return of;
}

function explainReserved(word: string): string {
  if (word === "roots" || word === "sinks") return `${word} needs an operand; write ${word}(…), or key:${word}`;
  if (/^(and|or|not)$/i.test(word)) return `expected an asset, not the operator ${word}`;
  return `${word} needs a value; write ${word}:value, or key:${word}`;
}

function parseAttribute(scanner: Scanner, name: string, start: number): Selection {
  const at = scanner.offset;
  switch (name) {
    case "key":
      return parseKey(scanner);
    case "file":
      return {
        type: "file",
        pattern: scanner.value("file") ?? scanner.fail("a file has a name; leave <null> out", at),
      };
    case "tag":
    case "column_tag":
      return { type: name, ...parseTag(scanner, name) };
    case "is": {
      const value = scanner.value("is");
      const known = isValues.find((candidate): candidate is IsValue => candidate === value);
      return known
        ? { type: "is", value: known }
        : scanner.fail(`is: asks for ${isValues.join(", ")}, not ${value ?? "<null>"}`, at);
    }
    case "not_materialized_in_hours": {
      const hours = scanner.digits();
      return hours === null
        ? scanner.fail(`not_materialized_in_hours needs a number, not ${scanner.next()}`, at)
        : { type: name, hours: toDepth(scanner, hours, at) };
    }
    default: {
      const known = attributeNames.find((candidate): candidate is AttributeName => candidate === name);
      return known
        ? { type: "attribute", name: known, value: scanner.value(name) }
        : scanner.fail(
            `there is no attribute ${name}; ${didYouMean(name, knownAttributes)}there are ${knownAttributes.join(", ")}`,
            start,
          );
    }
  }
}

function parseKey(scanner: Scanner): Selection {
  const start = scanner.offset;
  const source = scanner.regex();
  if (source === null)
    return { type: "key", pattern: scanner.value("key") ?? scanner.fail("a key has a name; leave <null> out", start) };
  const regex = compileRegex(source);
  return "problem" in regex ? scanner.fail(regex.problem, start + 1 + regex.offset) : { type: "regex", source };
}

function parseTag(scanner: Scanner, what: string): { readonly name: string | null; readonly value: string | null } {
  const name = scanner.value(what);
  if (!scanner.take("=")) return { name, value: null };
  if (name === null) return scanner.fail("<null> means no tag at all and has no value; leave = out");
  return { name, value: scanner.value(`${what} ${name}=`) ?? "" };
}
