/** The part of a DOM that `md` needs; a page has it, and so does the light DOM of a server. */
export interface MarkdownDocument {
  createElement(name: string): MarkdownElement;
  createTreeWalker(root: unknown, what: number): { nextNode(): unknown };
}

interface MarkdownElement {
  innerHTML: string;
  readonly content?: unknown;
  append(...nodes: readonly unknown[]): void;
}

const showComments = 128;
const placePattern = /^cellar:(\d+)$/;

/**
 * The tag `md`: Markdown with HTML in it, in a `<div>`. A node among the values keeps its identity, an array is a row.
 * `settle` sees the content before it is part of the document, where its images would begin to load.
 */
export function markdownTag(
  render: (text: string) => string,
  document: MarkdownDocument,
  settle: (content: unknown) => void = () => {},
): (strings: readonly string[], ...values: readonly unknown[]) => unknown {
  return (strings, ...values) => {
    const nodes: object[] = [];
    const text = values.reduce<string>(
      (before, value, index) => before + embed(value, nodes) + (strings[index + 1] ?? ""),
      strings[0] ?? "",
    );
    const template = document.createElement("template");
    template.innerHTML = render(text);
    const walker = document.createTreeWalker(template.content, showComments);
    const places: { readonly data: string; replaceWith(node: unknown): void }[] = [];
    for (let node = walker.nextNode(); node !== null && node !== undefined; node = walker.nextNode())
      if (isComment(node)) places.push(node);
    for (const place of places) {
      const node = nodes[Number(placePattern.exec(place.data)?.[1] ?? -1)];
      if (node !== undefined) place.replaceWith(node);
    }
    settle(template.content);
    const root = document.createElement("div");
    root.append(template.content);
    return root;
  };
}

function embed(value: unknown, nodes: object[]): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "object" && "nodeType" in value) return `<!--cellar:${nodes.push(value) - 1}-->`;
  return Array.isArray(value) ? value.map((item) => embed(item, nodes)).join("") : String(value);
}

function isComment(node: unknown): node is { readonly data: string; replaceWith(node: unknown): void } {
  return (
    typeof node === "object" &&
    node !== null &&
    "data" in node &&
    typeof node.data === "string" &&
    "replaceWith" in node
  );
}
