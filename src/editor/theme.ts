import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

/** Token styles as classes, so that code looks the same before and after its editor opens; the colours are in `frame/styles/code.css`. */
export const highlightStyle = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.controlKeyword, tags.modifier, tags.self], class: "tok-keyword" },
  { tag: [tags.string, tags.special(tags.string), tags.regexp, tags.attributeValue], class: "tok-string" },
  { tag: [tags.number, tags.bool, tags.null, tags.atom, tags.literal], class: "tok-number" },
  { tag: [tags.comment, tags.meta, tags.processingInstruction], class: "tok-comment" },
  { tag: [tags.function(tags.variableName), tags.function(tags.propertyName)], class: "tok-function" },
  { tag: [tags.definition(tags.variableName), tags.labelName], class: "tok-definition" },
  { tag: [tags.typeName, tags.className, tags.namespace], class: "tok-type" },
  { tag: [tags.tagName, tags.angleBracket], class: "tok-tag" },
  { tag: [tags.attributeName, tags.propertyName], class: "tok-property" },
  { tag: [tags.heading], class: "tok-heading" },
  { tag: [tags.emphasis], class: "tok-emphasis" },
  { tag: [tags.strong], class: "tok-strong" },
  { tag: [tags.link, tags.url, tags.monospace], class: "tok-link" },
  { tag: [tags.operator, tags.punctuation, tags.separator, tags.bracket], class: "tok-punctuation" },
]);

/** The editor in the look of the page: everything else is in `frame/styles/code.css`. */
export const editorTheme = [
  syntaxHighlighting(highlightStyle),
  EditorView.theme({
    "&": { backgroundColor: "transparent", color: "inherit" },
    "&.cm-focused": { outline: "none" },
    ".cm-scroller": { fontFamily: "var(--font-mono)", fontSize: "var(--text-code)", lineHeight: "var(--line-code)" },
    ".cm-content": { padding: "0", caretColor: "var(--accent)" },
    ".cm-line": { padding: "0" },
    ".cm-cursor, .cm-dropCursor": { borderLeftColor: "var(--accent)" },
    "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
      backgroundColor: "var(--selection)",
    },
  }),
];
