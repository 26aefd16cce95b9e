import { AppError } from "../errors.ts";

type ModuleNamespace = Readonly<Record<string, unknown>>;

/** A replacement in an imported Observable notebook: its cell `alias` becomes the importer's cell `name`. */
export interface Injection {
  readonly name: string;
  readonly alias: string;
}

/**
 * The input `@import` of a cell: the one way by which a body reaches code or assets outside its notebook. Bodies never
 * contain a native `import`, which a locked-down host could neither redirect nor refuse.
 */
export interface ImportGate {
  /**
   * `import(url, options)`; a static import says also which `names` it needs (`default` for a default import), null for
   * the whole namespace. Rejects with SyntaxError "export 'foo' not found" where a name is not there.
   */
  (url: unknown, options?: ImportOptions | null, names?: readonly string[] | null): Promise<ModuleNamespace>;
  /** `import.meta` of a cell */
  readonly meta: { readonly url: string; resolve(specifier: string): string };
  /**
   * `import {…} from "observable:…"`: `names` are pairs of the name there and the name here, `variable` is the importing
   * cell's runtime variable, whose outputs are to be made imports of the notebook's module.
   */
  observable(
    variable: unknown,
    url: string,
    names: readonly (readonly [string, string])[],
    injections: readonly Injection[],
  ): Promise<ModuleNamespace>;
}

/** The second argument of `import()`. */
interface ImportOptions {
  readonly with?: Readonly<Record<string, string>>;
}

/** What a cell asks for: a resolved URL, the names it needs of it (null: all), and what it says the file is. */
export interface ImportRequest {
  readonly url: string;
  readonly names: readonly string[] | null;
  /** the `type` attribute, as in `with {type: "json"}` */
  readonly type: string | null;
}

/** What a kernel supplies for the gate. */
export interface ImportGateOptions {
  /** where relative specifiers are from, as `import.meta.url` */
  readonly url: string;
  /** what a specifier that is known only at run time means; `resolveBundledImport` */
  readonly resolve: (specifier: string) => string;
  /** loads `cellar:NAME` (a built-in), `./x.html` (assets of a notebook: `names` of it), `./x.js` or a URL */
  readonly load: (request: ImportRequest) => Promise<ModuleNamespace>;
  /** left out where notebooks of observablehq.com cannot be reached */
  readonly observable?: ImportGate["observable"];
}

/** Makes the gate of one cell, or one for all cells of a notebook. */
export function createImportGate({ url, resolve, load, observable }: ImportGateOptions): ImportGate {
  const gate = async (
    specifier: unknown,
    options: ImportOptions | null = null,
    names: readonly string[] | null = null,
  ): Promise<ModuleNamespace> => {
    const module = await load({ url: resolve(String(specifier)), names, type: options?.with?.["type"] ?? null });
    for (const name of names ?? []) if (!(name in module)) throw new SyntaxError(`export '${name}' not found`);
    return module;
  };
  const refused: ImportGate["observable"] = async (_variable, from) => {
    throw new AppError(
      "type_unsupported",
      `notebooks of observablehq.com cannot be imported here: ${from}; copy the cell instead`,
      {
        data: { url: from },
      },
    );
  };
  return Object.assign(gate, { meta: { url, resolve }, observable: observable ?? refused });
}
