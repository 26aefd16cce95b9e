import { instance } from "@viz-js/viz";

let viz: ReturnType<typeof instance> | null = null;

/** The `dot` tag: a drawing of a graph that is written in Graphviz's language. */
export async function dot(strings: TemplateStringsArray, ...values: readonly unknown[]): Promise<SVGSVGElement> {
  const text = String.raw(strings, ...values);
  const ready = await (viz ??= instance());
  const drawing = ready.renderSVGElement(text, {
    graphAttributes: {
      bgcolor: "none",
      color: "gray",
      fontcolor: "gray",
      fontname: "system-ui, sans-serif",
      fontsize: "12",
    },
    nodeAttributes: { color: "gray", fontcolor: "gray", fontname: "system-ui, sans-serif", fontsize: "12" },
    edgeAttributes: { color: "gray", fontcolor: "gray" },
  });
  for (const element of drawing.querySelectorAll("[fill='gray'], [stroke='gray']"))
    for (const name of ["fill", "stroke"])
      if (element.getAttribute(name) === "gray") element.setAttribute(name, "currentColor");
  drawing.style.maxWidth = "100%";
  drawing.style.height = "auto";
  return drawing;
}

export * from "@viz-js/viz";
