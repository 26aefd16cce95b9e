import { markdownTag } from "../../cells/builtins/markdown.ts";
import type { CompiledCell } from "../../cells/compile/compiled-cell.ts";
import { installDom, openDocument, type LightDocument } from "./dom.ts";

const loadMarkdownIt = () => import("markdown-it");
const loadKatex = () => import("katex");
const loadViz = () => import("@viz-js/viz");

/** Libraries that cells use by name, imported when a cell first reads one. Those that make elements bring a DOM. */
export const libraries: Readonly<Record<string, () => Promise<unknown>>> = {
  d3: () => import("d3"),
  aq: () => import("arquero"),
  Arrow: async () => (await import("../../cells/data/arrow.ts")).library,
  Plot: () => withDom(() => import("@observablehq/plot")),
  Inputs: () => withDom(() => import("@observablehq/inputs")),
  topojson: () => import("topojson-client"),
  _: async () => (await import("lodash")).default,
  htl: () => withDom(() => import("htl")),
  html: () => withDom(async () => (await import("htl")).html),
  svg: () => withDom(async () => (await import("htl")).svg),
  "npm:markdown-it": loadMarkdownIt,
  "npm:katex": loadKatex,
  "npm:@viz-js/viz": loadViz,
  md: () =>
    withDom(async (document) => {
      const { default: MarkdownIt } = await loadMarkdownIt();
      const markdown = new MarkdownIt({ html: true, linkify: true });
      return markdownTag((text) => markdown.render(text), document);
    }),
  tex: () =>
    withDom(async (document) => {
      const { default: katex } = await loadKatex();
      const render =
        (displayMode: boolean) =>
        (strings: TemplateStringsArray, ...values: readonly unknown[]) => {
          const root = document.createElement(displayMode ? "div" : "span");
          root.innerHTML = katex.renderToString(String.raw(strings, ...values), { displayMode, throwOnError: false });
          return root;
        };
      return Object.assign(render(false), { options: render, block: render(true) });
    }),
  dot: () =>
    withDom(async (document) => {
      const { instance } = await loadViz();
      const viz = await instance();
      return (strings: TemplateStringsArray, ...values: readonly unknown[]) => {
        const root = document.createElement("div");
        root.innerHTML = viz.renderString(String.raw(strings, ...values), { format: "svg" });
        return root.querySelector("svg") ?? root;
      };
    }),
};

/** Installs a DOM before a cell or module that names `document` or `window` itself runs. */
export function prepare({ body }: Pick<CompiledCell, "body">): Promise<void> | null {
  return body !== null && /\b(document|window|DOM|HTMLElement|DOMParser|Node|Event|Option|Image)\b/.test(body)
    ? installDom()
    : null;
}

async function withDom<T>(load: (document: LightDocument) => Promise<T>): Promise<T> {
  return load(await openDocument());
}
