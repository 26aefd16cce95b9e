import katex from "katex";
import style from "katex/dist/katex.min.css?inline";

const render =
  (displayMode: boolean) =>
  (strings: TemplateStringsArray, ...values: readonly unknown[]) => {
    if (document.getElementById("katex-style") === null) {
      const sheet = document.createElement("style");
      sheet.id = "katex-style";
      sheet.textContent = style;
      document.head.append(sheet);
    }
    const root = document.createElement(displayMode ? "div" : "span");
    katex.render(String.raw(strings, ...values), root, { displayMode, throwOnError: false, output: "html" });
    return root;
  };

/** The `tex` tag: a formula in the line; `tex.block` gives it a line of its own. */
export const tex = Object.assign(render(false), { options: render, block: render(true) });

export * from "katex";
export { default } from "katex";
