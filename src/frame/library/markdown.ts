import MarkdownIt from "markdown-it";

const markdown = new MarkdownIt({ html: true, linkify: true, typographer: false });

/** The `md` tag: Markdown with HTML in it; a value that is a node keeps its place, an array puts its items in a row. */
export function md(
  strings: { readonly raw: readonly string[] } | readonly string[],
  ...values: readonly unknown[]
): Element {
  const nodes: Node[] = [];
  const parts = "raw" in strings ? strings : { raw: strings };
  const cooked = Array.isArray(strings) ? strings : parts.raw;
  let text = cooked[0] ?? "";
  values.forEach((value, index) => {
    text += embed(value, nodes) + (cooked[index + 1] ?? "");
  });
  const template = document.createElement("template");
  template.innerHTML = markdown.render(text);
  const walker = document.createTreeWalker(template.content, NodeFilter.SHOW_COMMENT);
  const places: Comment[] = [];
  while (walker.nextNode()) if (walker.currentNode instanceof Comment) places.push(walker.currentNode);
  for (const place of places) {
    const index = /^cellar:(\d+)$/.exec(place.data)?.[1];
    const node = index === undefined ? undefined : nodes[Number(index)];
    if (node) place.replaceWith(node);
  }
  const root = document.createElement("div");
  root.append(template.content);
  return root;
}

function embed(value: unknown, nodes: Node[]): string {
  if (value === null || value === undefined) return "";
  if (value instanceof Node) return `<!--cellar:${nodes.push(value) - 1}-->`;
  if (Array.isArray(value)) return value.map((item) => embed(item, nodes)).join("");
  return String(value);
}

export { MarkdownIt as default };
