import { html } from "@codemirror/lang-html";
import { javascript } from "@codemirror/lang-javascript";
import { markdown } from "@codemirror/lang-markdown";
import { PostgreSQL, sql } from "@codemirror/lang-sql";
import type { LanguageSupport } from "@codemirror/language";
import type { CellKind } from "../../cells/model/cell.ts";

const cached = new Map<CellKind, LanguageSupport | null>();

/** The grammar that a kind of cell is written in; null where it is shown as plain text. */
export function languageOf(kind: CellKind): LanguageSupport | null {
  const known = cached.get(kind);
  if (known !== undefined) return known;
  const made = make(kind);
  cached.set(kind, made);
  return made;
}

function make(kind: CellKind): LanguageSupport | null {
  switch (kind) {
    case "js":
    case "ojs":
    case "node":
      return javascript();
    case "ts":
      return javascript({ typescript: true });
    case "sql":
      // completion of names is ours: see completion.ts
      return sql({ dialect: PostgreSQL });
    case "md":
      return markdown();
    case "html":
      return html();
    case "tex":
    case "dot":
    case "python":
    case "r":
    case "unknown":
      return null;
  }
}
