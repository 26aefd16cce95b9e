import { assertNever } from "../errors.ts";
import { operatorWords, reservedWords, wordPattern, type Selection } from "./grammar.ts";

/** The canonical text of a selection: `parseSelection` reads it back as the same one. A list inside another is in parentheses. */
export function printSelection(selection: Selection): string {
  switch (selection.type) {
    case "all":
      return "*";
    case "key":
      return printKey(selection.pattern);
    case "regex":
      return `key:/${selection.source}/`;
    case "file":
      return `file:${printValue(selection.pattern)}`;
    case "tag":
    case "column_tag": {
      const { type, name, value } = selection;
      return `${type}:${printValue(name)}${name === null || value === null ? "" : `=${printValue(value)}`}`;
    }
    case "attribute":
      return `${selection.name}:${printValue(selection.value)}`;
    case "is":
      return `is:${selection.value}`;
    case "not_materialized_in_hours":
      return `not_materialized_in_hours:${selection.hours}`;
    case "or":
    case "and":
    case "minus":
      return selection.of.map(printOperand).join(selection.type === "minus" ? " - " : ` ${selection.type} `);
    case "not":
      return `not ${printOperand(selection.of)}`;
    case "roots":
    case "sinks":
      return `${selection.type}(${printSelection(selection.of)})`;
    case "traverse":
      return `${printLayers(selection.up)}${printTraversed(selection.of)}${printLayers(selection.down, true)}`;
    default:
      return assertNever(selection);
  }
}

function printOperand(selection: Selection): string {
  const text = printSelection(selection);
  return selection.type === "or" || selection.type === "and" || selection.type === "minus" ? `(${text})` : text;
}

function printTraversed(selection: Selection): string {
  const needsGroup = selection.type === "not" || selection.type === "traverse" || selection.type === "all";
  return needsGroup ? `(${printSelection(selection)})` : printOperand(selection);
}

function printLayers(layers: number | null, isDown = false): string {
  if (layers === null) return "";
  if (layers === Infinity) return "+";
  return isDown ? `+${layers}` : `${layers}+`;
}

function printKey(pattern: string): string {
  return pattern !== "*" && isWord(pattern) && !reservedWords.has(pattern) ? pattern : `key:${printValue(pattern)}`;
}

function printValue(value: string | null): string {
  if (value === null) return "<null>";
  return isWord(value) && !operatorWords.has(value) ? value : `"${value.replace(/["\\]/g, "\\$&")}"`;
}

function isWord(text: string): boolean {
  wordPattern.lastIndex = 0;
  return wordPattern.exec(text)?.[0] === text && !text.endsWith("-");
}
