import type { ConsoleCall } from "../../../cells/kernel/environment.ts";
import { isRelation, originOf } from "../../../cells/kernel/relations.ts";
import { inspect } from "../inspect.ts";
import { directed } from "./directives.ts";
import { consoleTable } from "./table.ts";

const longestText = 10_000;
const deepest = 8;
const spoken: Readonly<Record<ConsoleCall["level"], string>> = {
  debug: "debug",
  log: "",
  info: "info",
  warn: "warning",
  error: "error",
};

/** One call of `console`, drawn: strings as they are, `%` directives carried out, everything else to be looked into. */
export function consoleLine({ level, values, as, depth }: ConsoleCall): HTMLElement {
  const line = document.createElement("li");
  line.className = "console-line";
  line.dataset["level"] = level;
  if (depth > 0) line.style.setProperty("--depth", String(Math.min(depth, deepest)));
  if (spoken[level] !== "") {
    const word = document.createElement("span");
    word.className = "only-spoken";
    word.textContent = `${spoken[level]}: `;
    line.append(word);
  }
  const table = as === "table" ? consoleTable(values[0]) : null;
  if (table === null)
    for (const [index, part] of directed(values).entries()) line.append(index > 0 ? " " : "", show(part));
  else line.append(table);
  return line;
}

/** What is shown for one value: a text bare, an error by what it says, a node by its markup, so that it stays where it is. */
function show(value: unknown): Node {
  if (typeof value === "string") return document.createTextNode(clip(value));
  if (value instanceof Error) return document.createTextNode(clip(`${value.name}: ${value.message}`));
  if (value instanceof Element) return document.createTextNode(clip(value.outerHTML, 200));
  if (value instanceof Node) return document.createTextNode(clip(value.textContent ?? value.nodeName, 200));
  const relation = isRelation(value) ? value : originOf(value);
  if (relation !== null) {
    const names = relation.columns.map(({ name }) => name).join(", ");
    return document.createTextNode(clip(`table of ${relation.rows?.toLocaleString("en") ?? "?"} rows (${names})`, 200));
  }
  const place = inspect(value, null, null);
  place.classList.add("console-value");
  return place;
}

function clip(text: string, most = longestText): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most)}… ${(text.length - most).toLocaleString("en")} more characters`;
}
