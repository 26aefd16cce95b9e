import { AppError } from "../errors.ts";

/** The part of a page that `DOM` needs; the light DOM of a server has all but the drawing. */
interface Page {
  createElement(name: string): PageElement;
  createElementNS(space: string, name: string): PageElement;
  createTextNode(text: string): unknown;
}

interface PageElement {
  readonly style: Record<string, string>;
  setAttribute(name: string, value: string): void;
  append(...nodes: readonly unknown[]): void;
  getContext?(kind: "2d"): { scale(x: number, y: number): void } | null;
}

/** A name that no other element of the document has, and the two ways in which SVG refers to it. */
class Id {
  readonly id: string;
  readonly href: string;

  constructor(id: string) {
    this.id = id;
    this.href = `#${id}`;
  }

  toString(): string {
    return `url(${this.href})`;
  }
}

let ids = 0;

/** `DOM` of classic notebooks (https://github.com/observablehq/stdlib#dom), which today's keep for the sake of old ones. */
export const DOM = {
  canvas: (width: number, height: number) => sized(page().createElement("canvas"), width, height),
  context2d(width: number, height: number, scale: number = devicePixelRatio()) {
    const canvas = sized(page().createElement("canvas"), width * scale, height * scale);
    canvas.style["width"] = `${width}px`;
    const context = canvas.getContext?.("2d") ?? null;
    if (context === null)
      throw new AppError(
        "type_unsupported",
        "DOM.context2d needs a page to draw on; it is not available on the server",
      );
    context.scale(scale, scale);
    return context;
  },
  download(value: unknown, name = "untitled", label = "Save") {
    const link = page().createElement("a");
    const { URL } = globalThis as unknown as { readonly URL: { createObjectURL(blob: unknown): string } };
    link.setAttribute("href", URL.createObjectURL(value));
    link.setAttribute("download", name);
    const button = page().createElement("button");
    button.append(label);
    link.append(button);
    return link;
  },
  element(name: string, attributes: Readonly<Record<string, unknown>> = {}) {
    const [, prefix, local] = /^(\w+):(.*)$/.exec(name) ?? [];
    const space = spaces[prefix ?? (name === "svg" ? "svg" : "")];
    const element = space === undefined ? page().createElement(name) : page().createElementNS(space, local ?? name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
    return element;
  },
  input(type?: string) {
    return DOM.element("input", type === undefined ? {} : { type });
  },
  range(...limits: readonly number[]) {
    const [min, max, step] = limits.length === 1 ? [undefined, limits[0], undefined] : limits;
    return DOM.element("input", withoutUndefined({ type: "range", min, max, step }));
  },
  select(values: Iterable<unknown>) {
    const select = page().createElement("select");
    for (const value of values) {
      const option = page().createElement("option");
      option.setAttribute("value", String(value));
      option.append(String(value));
      select.append(option);
    }
    return select;
  },
  svg: (width: number, height: number) => DOM.element("svg", { viewBox: [0, 0, width, height], width, height }),
  text: (value: unknown) => page().createTextNode(String(value)),
  uid: (name?: string) => new Id(`O-${name === undefined ? "" : `${name}-`}${++ids}`),
} as const;

const spaces: Readonly<Record<string, string>> = {
  svg: "http://www.w3.org/2000/svg",
  xhtml: "http://www.w3.org/1999/xhtml",
};

function page(): Page {
  const found: Page | undefined = Reflect.get(globalThis, "document");
  if (found === undefined)
    throw new AppError(
      "type_unsupported",
      "DOM needs a page, which there is none of on the server; run the cell in the browser",
    );
  return found;
}

function devicePixelRatio(): number {
  return Number(Reflect.get(globalThis, "devicePixelRatio") ?? 1);
}

function sized(canvas: PageElement, width: number, height: number): PageElement {
  canvas.setAttribute("width", String(Math.floor(width)));
  canvas.setAttribute("height", String(Math.floor(height)));
  return canvas;
}

function withoutUndefined(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
