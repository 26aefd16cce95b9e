import type { Cell } from "../model/cell.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { didYouMean, nearest } from "../model/nearest.ts";
import type { Notebook } from "../model/notebook.ts";
import { quote } from "../model/quote.ts";

const catalogue = ["tags", "owners", "description"];
const cellNames = [
  ...["id", "type", "pinned", "hidden", "escaped", "output", "database", "format", "since"],
  ...[
    "store",
    "partitions",
    "upstream",
    "after",
    "automation",
    "check",
    "severity",
    "blocking",
    "expect",
    "fresh",
    "retries",
  ],
  ...[
    "delay",
    "backoff",
    "jitter",
    "timeout",
    "pool",
    "priority",
    "retain",
    "run",
    "test",
    "sensor",
    "every",
    "select",
  ],
  ...["group", ...catalogue],
];
const notebookNames = [
  ...["id", "theme", "readonly", "schedule", "timezone", "catchup", "params", "hosts"],
  ...catalogue,
];
/** What HTML has on every element and on a `<script>`, and what is anybody's own: `data-…`, `aria-…`. */
const html =
  /[^a-z]|^(?:accesskey|async|autocapitalize|autocorrect|autofocus|charset|class|contenteditable|crossorigin|defer|dir|draggable|enterkeyhint|fetchpriority|hidden|id|inert|inputmode|integrity|is|item[a-z]+|lang|language|nomodule|nonce|on[a-z]+|part|popover|referrerpolicy|role|slot|spellcheck|src|style|tabindex|title|translate|writingsuggestions)$/;
/** Those of Observable. */
const themes =
  "air coffee cotton deep-space glacier ink midnight near-midnight ocean-floor parchment slate stark sun-faded".split(
    " ",
  );

/** Attributes of a cell that nobody reads, and presence attributes that say false: each a warning, since the file keeps them. */
export function oddCellAttributes({ id, attributes }: Cell): readonly Diagnostic[] {
  const warn = (attribute: string, message: string): Diagnostic => ({
    ...{ code: "attribute_invalid", severity: "warning", message, cell: id, span: null, attribute },
  });
  return Object.entries(attributes).flatMap(([name, value]): readonly Diagnostic[] => {
    if ((name === "pinned" || name === "hidden") && isDenial(value))
      return [
        warn(name, `${name}=${quote(value)} counts as ${name} (cell ${id}): it is so by being there; take it out`),
      ];
    if (cellNames.includes(name) || isForeign(name, cellNames)) return [];
    if (notebookNames.includes(name))
      return [warn(name, `${name} does nothing here (cell ${id}): it belongs to <notebook>`)];
    return [warn(name, unknown(name, `cell ${id}`, cellNames))];
  });
}

/** The same of a notebook. */
export function oddNotebookAttributes({ attributes }: Notebook): readonly Diagnostic[] {
  const warn = (attribute: string, message: string): Diagnostic => ({
    ...{ code: "attribute_invalid", severity: "warning", message, cell: null, span: null, attribute },
  });
  return Object.entries(attributes).flatMap(([name, value]): readonly Diagnostic[] => {
    if (name === "readonly" && isDenial(value))
      return [
        warn(name, `readonly=${quote(value)} counts as readonly (notebook): it is so by being there; take it out`),
      ];
    if (name === "theme") {
      const words =
        value
          .toLowerCase()
          .replace(/^\s*light-dark\b/, "")
          .match(/[\w-]+/g) ?? [];
      const wrong = words.find((word) => !themes.includes(word));
      return wrong === undefined
        ? []
        : [
            warn(
              name,
              `unknown theme: ${quote(wrong)} (notebook); ${didYouMean(wrong, themes)}there are ${themes.join(", ")}`,
            ),
          ];
    }
    if (notebookNames.includes(name) || isForeign(name, notebookNames)) return [];
    if (cellNames.includes(name))
      return [warn(name, `${name} does nothing here (notebook): it belongs to the <script> of a cell`)];
    return [warn(name, unknown(name, "notebook", notebookNames))];
  });
}

/** Whether a name is HTML's or the author's own, and not one of ours that is misspelt: `time-out`. */
function isForeign(name: string, known: readonly string[]): boolean {
  return html.test(name) && !known.includes(name.replaceAll(/[-_]/g, ""));
}

function unknown(name: string, place: string, known: readonly string[]): string {
  const close = nearest(name, known);
  const right = close === null ? "take it out, or write it as data-… if it is yours" : `did you mean ${close}?`;
  return `unknown attribute ${name} (${place}): it does nothing; ${right}`;
}

function isDenial(value: string): boolean {
  return /^\s*(?:false|no|off|0)\s*$/i.test(value);
}
