import MarkdownIt from "markdown-it";

const markdown = new MarkdownIt({ html: true, linkify: true, typographer: false });

/** Markdown with HTML in it as HTML, for the `md` tag. */
export function render(text: string): string {
  return markdown.render(text);
}

export * from "markdown-it";
export { default } from "markdown-it";
