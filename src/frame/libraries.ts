import { html, svg } from "htl";
import * as htl from "htl";
import { bundledPackages } from "../../cells/compile/bundled.ts";
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

  /** Loaders by the name that cells use, and those of packages that are only imported. */
  builtins(): Readonly<Record<string, () => unknown>> {
    const modules = bundledPackages.flatMap(({ library, script }) =>
      script === null ? [] : [[library, () => this.load(script)] as const],
    );
    return {
      ...Object.fromEntries(modules),
      htl: () => htl,
      html: () => html,
      svg: () => svg,
      // what lodash exports is its function, which has everything else
      _: () => this.load("lodash").then((module) => module["default"]),
      md: () => this.load("markdown").then(({ md }) => md),
      tex: () => this.load("tex").then(({ tex }) => tex),
      dot: () => this.load("dot").then(({ dot }) => dot),
    };
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
