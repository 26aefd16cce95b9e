import { html, svg } from "htl";
import { markdownTag } from "../../cells/builtins/markdown.ts";
import { CellScoped } from "../../cells/builtins/scoped.ts";
import { bundledPackages } from "../../cells/compile/bundled.ts";
import { AppError } from "../../cells/errors.ts";
import { isRecord } from "../../cells/protocol/envelope.ts";

import type { Lifetime, Media } from "./media/media.ts";

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

  /**
   * Loaders by the name that cells use, and those of packages that are only imported. What an imported tag shows stays as
   * long as the document: nobody knows whose it is.
   */
  builtins(media: Media): Readonly<Record<string, () => unknown>> {
    const modules = bundledPackages.flatMap(({ library, script }) =>
      script === null ? [] : [[library, () => this.load(script)] as const],
    );
    return {
      ...Object.fromEntries(modules),
      htl: () => tagsOf(media, { signal: new AbortController().signal }),
      // what lodash exports is its function, which has everything else
      _: () => this.load("lodash").then((module) => module["default"]),
      tex: () => this.load("tex").then(({ tex }) => tex),
      dot: () => this.load("dot").then(({ dot }) => dot),
    };
  }

  /** Tags whose elements show files of the workspace; each run of a cell that reads one has its own. */
  tags(media: Media): Readonly<Record<string, () => unknown>> {
    return {
      htl: () => new CellScoped((scope) => tagsOf(media, scope)),
      html: () => new CellScoped((scope) => tagsOf(media, scope).html),
      svg: () => new CellScoped((scope) => tagsOf(media, scope).svg),
      md: async () => {
        const render = await this.#markdown();
        return new CellScoped((scope) =>
          markdownTag(render, document, (content) => {
            if (content instanceof DocumentFragment) media.settle(content, scope);
          }),
        );
      },
    };
  }

  /** Markdown as HTML. */
  async #markdown(): Promise<(text: string) => string> {
    const { render } = await this.load("markdown");
    if (!isRenderer(render)) throw new AppError("internal", "the renderer of Markdown is no function");
    return render;
  }

  /** The module that is one script of the shell's, loaded once. */
  load(name: string): Promise<Module> {
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

/** What `htl` exports. */
function tagsOf(media: Media, life: Lifetime) {
  return {
    html: Object.assign(media.tag(html, life), { fragment: media.tag(html.fragment, life) }),
    svg: Object.assign(media.tag(svg, life), { fragment: media.tag(svg.fragment, life) }),
  };
}

function isRenderer(value: unknown): value is (text: string) => string {
  return typeof value === "function";
}
