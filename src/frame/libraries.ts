import { html, svg } from "htl";
import * as htl from "htl";
import { AppError } from "../../cells/errors.ts";
import { isRecord } from "../../cells/protocol/envelope.ts";

/** A module as `import()` gives it. */
type Module = Readonly<Record<string, unknown>>;

/**
 * Libraries that cells use by name. They are no part of the frame, which has no network: the shell hands over their text
 * when a cell first reads one, and it is loaded from a blob.
 */
export class Libraries {
  readonly #fetch: (name: string) => Promise<string>;
  readonly #loading = new Map<string, Promise<Module>>();

  constructor(fetch: (name: string) => Promise<string>) {
    this.#fetch = fetch;
  }

  /** Loaders by the name that cells use. */
  builtins(): Readonly<Record<string, () => unknown>> {
    return {
      htl: () => htl,
      html: () => html,
      svg: () => svg,
      Plot: () => this.#load("plot"),
      d3: () => this.#load("d3"),
      Inputs: () => this.#load("inputs"),
      Arrow: () => this.#load("arrow"),
      aq: () => this.#load("arquero"),
      md: () => this.#load("markdown").then(({ md }) => md),
      tex: () => this.#load("tex").then(({ tex }) => tex),
      dot: () => this.#load("dot").then(({ dot }) => dot),
    };
  }

  /** The module that an import of a cell names; only libraries that come with Cellar can be imported. */
  async importModule(specifier: string): Promise<unknown> {
    const name =
      modules[
        specifier
          .replace(/^npm:/, "")
          .replace(/@[\d^~.x]+(?=\/|$)/, "")
          .replace(/\/\+esm$/, "")
      ];
    if (name === undefined)
      throw new AppError(
        "forbidden",
        `import of ${JSON.stringify(specifier)}: the module does not come with Cellar; use one of ${Object.keys(modules).join(", ")}`,
      );
    if (name === "htl") return htl;
    return this.#load(name);
  }

  #load(name: string): Promise<Module> {
    const known = this.#loading.get(name);
    if (known) return known;
    const loading = this.#import(name);
    this.#loading.set(name, loading);
    loading.catch(() => this.#loading.delete(name));
    return loading;
  }

  async #import(name: string): Promise<Module> {
    const url = URL.createObjectURL(new Blob([await this.#fetch(name)], { type: "text/javascript" }));
    try {
      const module: unknown = await import(/* @vite-ignore */ url);
      if (!isRecord(module)) throw new AppError("internal", `the library ${name} is no module`);
      return module;
    } finally {
      URL.revokeObjectURL(url);
    }
  }
}

/** Module names that cells may import, and the library that has them. */
const modules: Readonly<Record<string, string>> = {
  "@observablehq/plot": "plot",
  "@observablehq/inputs": "inputs",
  d3: "d3",
  htl: "htl",
  "apache-arrow": "arrow",
  arquero: "arquero",
  "markdown-it": "markdown",
  katex: "tex",
  "@viz-js/viz": "dot",
};
