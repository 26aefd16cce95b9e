import { parse, type DefaultTreeAdapterTypes } from "parse5";

/** Where an element stands in a text: offsets in UTF-16 units. */
export interface ElementPlace {
  /** at the `<` of its start tag */
  readonly start: number;
  /** behind the `>` of its start tag */
  readonly contentStart: number;
  /** at the `<` of its end tag, or the end of the text where it has none */
  readonly contentEnd: number;
  /** behind its end tag */
  readonly end: number;
  /** whether it has an end tag */
  readonly closed: boolean;
}

/** An element with its attributes, decoded, names in lower case. */
export interface HtmlElement {
  readonly place: ElementPlace;
  readonly attributes: Readonly<Record<string, string>>;
}

/** The parts of an HTML document that make a notebook, each in the order of the text. */
export interface NotebookDocument {
  readonly notebooks: readonly HtmlElement[];
  /** every `<script>` of HTML below a `<notebook>`, at any depth */
  readonly scripts: readonly HtmlElement[];
  /** the first `<title>` that is a child of a `<notebook>` */
  readonly notebookTitle: { readonly place: ElementPlace; readonly text: string } | null;
  /** the text of the first `<title>` of HTML anywhere */
  readonly documentTitle: string | null;
  /** behind the doctype (or the byte order mark, or 0): the first offset at which an element may be inserted */
  readonly preambleEnd: number;
}

/** Reads a text as a browser's `DOMParser("text/html")` does. Never throws: every text is an HTML document. */
export function readDocument(text: string): NotebookDocument {
  const shift = text.startsWith("\ufeff") ? 1 : 0;
  const document = parse(text.slice(shift), { sourceCodeLocationInfo: true, scriptingEnabled: false });
  const notebooks: HtmlElement[] = [];
  const scripts: HtmlElement[] = [];
  const titles: { place: ElementPlace; text: string; inNotebook: boolean }[] = [];
  let preambleEnd = shift;

  const pending: { node: DefaultTreeAdapterTypes.Node; depth: "outside" | "child" | "below" }[] = [
    { node: document, depth: "outside" },
  ];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node, depth } = next;
    if (node.nodeName === "#documentType" && "sourceCodeLocation" in node && node.sourceCodeLocation) {
      const end = node.sourceCodeLocation.endOffset + shift;
      // a doctype without its `>` would swallow what is put behind it
      if (text[end - 1] === ">") preambleEnd = end;
    }
    let inside: typeof depth = depth === "outside" ? "outside" : "below";
    if ("tagName" in node && node.namespaceURI === "http://www.w3.org/1999/xhtml") {
      const element = toElement(node, text, shift);
      if (element !== null) {
        if (node.tagName === "notebook") {
          notebooks.push(element);
          inside = "child";
        } else if (node.tagName === "script" && depth !== "outside") scripts.push(element);
        else if (node.tagName === "title")
          titles.push({ place: element.place, text: textOf(node), inNotebook: depth === "child" });
      }
    }
    if ("childNodes" in node) for (const child of node.childNodes) pending.push({ node: child, depth: inside });
  }
  const byStart = (a: { place: ElementPlace }, b: { place: ElementPlace }) => a.place.start - b.place.start;
  titles.sort(byStart);
  return {
    notebooks: notebooks.sort(byStart),
    scripts: scripts.sort(byStart),
    notebookTitle: titles.find((title) => title.inNotebook) ?? null,
    documentTitle: titles[0]?.text ?? null,
    preambleEnd,
  };
}

function toElement(node: DefaultTreeAdapterTypes.Element, text: string, shift: number): HtmlElement | null {
  const location = node.sourceCodeLocation;
  if (!location?.startTag) return null;
  const endTag = location.endTag;
  return {
    place: {
      start: location.startTag.startOffset + shift,
      contentStart: location.startTag.endOffset + shift,
      contentEnd: endTag ? endTag.startOffset + shift : text.length,
      end: endTag ? endTag.endOffset + shift : text.length,
      closed: endTag !== undefined,
    },
    attributes: Object.fromEntries(node.attrs.map(({ name, value }) => [name, value])),
  };
}

function textOf(node: DefaultTreeAdapterTypes.Element): string {
  return node.childNodes.map((child) => ("value" in child ? child.value : "")).join("");
}
