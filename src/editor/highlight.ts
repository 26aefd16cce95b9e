import { highlightCode } from "@lezer/highlight";
import type { CellKind } from "../../cells/model/cell.ts";
import { languageOf } from "./languages.ts";
import { highlightStyle } from "./theme.ts";

/** Longer texts stand uncoloured until their editor is mounted. */
const maxHighlighted = 20_000;

/** The source of a cell, coloured, for a `<pre>` that stands in until an editor is needed. */
export function highlighted(source: string, kind: CellKind): DocumentFragment {
  const fragment = document.createDocumentFragment();
  const language = source.length > maxHighlighted ? null : languageOf(kind);
  if (language === null) {
    fragment.append(source);
    return fragment;
  }
  const put = (text: string, classes: string): void => {
    if (classes === "") fragment.append(text);
    else {
      const span = document.createElement("span");
      span.className = classes;
      span.textContent = text;
      fragment.append(span);
    }
  };
  highlightCode(source, language.language.parser.parse(source), highlightStyle, put, () => fragment.append("\n"));
  return fragment;
}
