import type { ImportGate } from "../compile/import-gate.ts";
import { createImportGate } from "../compile/import-gate.ts";
import { isLocalModule, resolveBundledImport, resolveLocal } from "../compile/imports.ts";
import type { CompiledModule, ExportNames } from "../compile/module.ts";
import { AppError, messageOf } from "../errors.ts";
import { placeOf } from "../model/diagnostic.ts";
import type { KernelHost } from "../protocol/host.ts";
import { CellConsole, textSink } from "./console.ts";
import type { KernelEnvironment } from "./environment.ts";
import { evaluateModule, placeInModule } from "./evaluate.ts";

type Namespace = Readonly<Record<string, unknown>>;

/** What modules are loaded with. */
export interface LocalModuleOptions {
  readonly host: KernelHost;
  readonly environment: KernelEnvironment;
  readonly signal: AbortSignal;
  /** whether the text of some cell names this file: what is asked for besides was never looked at */
  readonly isNamed: (path: string) => boolean;
  /** loads what a module imports that is no file of the workspace */
  readonly loadOther: Parameters<typeof createImportGate>[0]["load"];
}

/** An import of a file: its path from the root of the workspace, and what the importer says it is. */
export interface LocalRequest {
  readonly path: string;
  /** `json`, or null for a module */
  readonly type: string | null;
}

/** A file as it was read, with all that it imports. */
interface ModuleFile extends LocalRequest {
  readonly text: string;
  /** null for data */
  readonly compiled: CompiledModule | null;
  readonly imports: readonly ModuleFile[];
}

/** A file that was carried out, or is being so. */
interface Instance {
  readonly file: ModuleFile;
  readonly imports: readonly Instance[];
  readonly namespace: Promise<Namespace>;
  done: boolean;
}

/**
 * The modules of the workspace that the cells of one kernel import. Each is carried out once and shared, until its text,
 * or that of a file behind it, is another; then the next cell that imports it gets a new one. Importing reads first
 * everything and refuses circles, and carries out afterwards, so that nothing ever waits for itself.
 */
export class LocalModules {
  readonly #options: LocalModuleOptions;
  readonly #instances = new Map<string, Instance>();
  readonly #compiled = new Map<string, { readonly text: string; readonly module: CompiledModule }>();
  readonly #reading = new Map<string, Promise<string>>();

  constructor(options: LocalModuleOptions) {
    this.#options = options;
  }

  /**
   * The namespace of a file that a cell of the notebook at `from` imports. Throws `file_not_found`, `path_invalid`,
   * `cell_syntax`, `graph_cycle`, and `cell_failed` where its own code throws, each with the file and the line.
   */
  async load(from: string, specifier: string, type: string | null): Promise<Namespace> {
    const path = inWorkspace(from, specifier);
    if (!this.#options.isNamed(path))
      throw new AppError(
        "forbidden",
        `${specifier} is imported under a name that is made while the cell runs; write it out, as in import("./x.js"), so that its version is known`,
        { data: { file: path } },
      );
    return this.#instance(await this.#read({ path, type }, from, [])).namespace;
  }

  async #read(request: LocalRequest, importer: string, above: readonly string[]): Promise<ModuleFile> {
    const { path, type } = request;
    const start = above.indexOf(path);
    if (start >= 0) throw circle([...above.slice(start), path]);
    const text = await this.#text(path, importer);
    if (type === "json") return { ...request, text, compiled: null, imports: [] };
    if (type !== null || !/\.m?js$/i.test(path)) throw unreadable(path, type);
    const compiled = await this.#compile(path, text);
    const imports = compiled.imports.flatMap((one) =>
      one.dynamic ? [] : [{ path: inWorkspace(path, one.specifier), type: one.type }],
    );
    const files = await Promise.all(imports.map((one) => this.#read(one, path, [...above, path])));
    return { ...request, text, compiled, imports: files };
  }

  /** A file's text; those who ask while it is read get the same. */
  #text(path: string, importer: string): Promise<string> {
    const reading =
      this.#reading.get(path) ??
      this.#options.host
        .file({ name: `/${path}` }, this.#options.signal)
        .then(({ bytes }) => new TextDecoder().decode(bytes))
        .finally(() => this.#reading.delete(path));
    this.#reading.set(path, reading);
    return reading.catch((error: unknown) => {
      if (!(error instanceof AppError) || error.code !== "file_not_found") throw error;
      throw new AppError(
        "file_not_found",
        `there is no module ${path} in the workspace, which ${importer} imports; put the file there, or correct the import`,
        { data: { file: path }, cause: error },
      );
    });
  }

  async #compile(path: string, text: string): Promise<CompiledModule> {
    const known = this.#compiled.get(path);
    if (known?.text === text) return known.module;
    const { compileModule } = this.#options.environment;
    if (compileModule === undefined)
      throw new AppError("cell_failed", `no module can be imported here: ${path}`, { data: { file: path } });
    const compile = await compileModule();
    try {
      const module = compile(text);
      this.#compiled.set(path, { text, module });
      return module;
    } catch (error) {
      // by its shape: in a page the compiler is another script, with a class of its own
      const at = spanOf(error);
      if (at === null) throw error;
      const { line, column } = placeOf(text, at);
      throw new AppError("cell_syntax", `${path}, line ${line}, column ${column}: ${messageOf(error)}; mend the file`, {
        data: { file: path, place: `${line}:${column}` },
        cause: error,
      });
    }
  }

  /** The shared instance of a file as it is now. */
  #instance(file: ModuleFile): Instance {
    const imports = file.imports.map((one) => this.#instance(one));
    const key = `${file.type ?? ""} ${file.path}`;
    const known = this.#instances.get(key);
    if (known?.file.text === file.text && imports.every((one, i) => one === known.imports[i])) return known;
    const instance: Instance = { file, imports, namespace: this.#evaluate(file, imports), done: false };
    this.#instances.set(key, instance);
    instance.namespace.then(
      () => (instance.done = true),
      // what failed is tried again by the next who asks
      () => this.#instances.get(key) === instance && this.#instances.delete(key),
    );
    return instance;
  }

  async #evaluate(file: ModuleFile, imports: readonly Instance[]): Promise<Namespace> {
    const { path, text, compiled } = file;
    // not before the instance is known
    await Promise.resolve();
    if (compiled === null) return namespaceOf({ default: parseJson(path, text) });
    const { environment, host } = this.#options;
    await environment.prepare?.(compiled);
    const console = new CellConsole(textSink((level, line) => host.log({ cell: null, level, text: line })));
    const namespace: Record<string, unknown> = namespaceOf({});
    let starred: Parameters<ExportNames>[1] = [];
    const tell: ExportNames = (names, stars) => {
      for (const [name, get] of Object.entries(names).sort(([a], [b]) => (a < b ? -1 : 1)))
        Object.defineProperty(namespace, name, { get, enumerable: true });
      starred = stars;
      for (const star of stars) star.catch(() => undefined);
    };
    try {
      await evaluateModule(path, compiled.body, console)(this.#gate(file, imports), tell);
      addStars(namespace, await Promise.all(starred));
    } catch (error) {
      // the error of a module behind this one says already where
      if (error instanceof AppError && error.data["file"] !== undefined) throw error;
      const place = placeInModule(error);
      const where = place?.file === path ? `${path}, line ${place.line}` : path;
      throw new AppError("cell_failed", `${where}: ${messageOf(error)}`, { data: { file: path }, cause: error });
    }
    return Object.preventExtensions(namespace);
  }

  /** What `import` and `import.meta` of one module mean. */
  #gate({ path, compiled }: ModuleFile, imports: readonly Instance[]): ImportGate {
    return createImportGate({
      url: `notebook:/${path}`,
      resolve: resolveBundledImport,
      load: async (request) => {
        const { url, type } = request;
        if (/^\.{0,2}\/.*\.html$/.test(url))
          throw new AppError(
            "cell_failed",
            `${path} imports the notebook ${url}; import it in a cell, and give the module what it needs`,
            { data: { file: path } },
          );
        if (!isLocalModule(url)) return this.#options.loadOther(request);
        const wanted = inWorkspace(path, url);
        const known = imports.find(({ file }) => file.path === wanted && file.type === type);
        if (known !== undefined) return known.namespace;
        if (!compiled?.imports.some(({ dynamic, specifier }) => dynamic && resolveLocal(path, specifier) === wanted))
          throw new AppError(
            "forbidden",
            `${path} imports ${url} under a name that is made while it runs; write it out, as in import("./x.js")`,
            { data: { file: path } },
          );
        const file = await this.#read({ path: wanted, type }, path, []);
        const self = this.#instances.get(` ${path}`);
        if (self?.done !== true && reaches(file, path)) throw circle([path, wanted, path]);
        return this.#instance(file).namespace;
      },
    });
  }
}

function reaches(file: ModuleFile, path: string): boolean {
  return file.path === path || file.imports.some((one) => reaches(one, path));
}

function inWorkspace(from: string, specifier: string): string {
  const path = resolveLocal(from, specifier);
  if (path !== null) return path;
  throw new AppError(
    "path_invalid",
    `${from} imports ${JSON.stringify(specifier)}, which leaves the workspace; write a path inside it`,
    { data: { file: from } },
  );
}

function circle(path: readonly string[]): AppError {
  return new AppError(
    "graph_cycle",
    `modules import each other in a circle: ${path.join(" → ")}; move what they share into a module of its own`,
    { data: { file: path[0] ?? "" } },
  );
}

function unreadable(path: string, type: string | null): AppError {
  const instead =
    type !== null
      ? `imports can be of type "json" or have no type`
      : path.endsWith(".json")
        ? `write import x from "./${path.split("/").at(-1)}" with {type: "json"}`
        : `modules are JavaScript and end in .js or .mjs; read other files with FileAttachment`;
  return new AppError(
    "type_unsupported",
    `${path} cannot be imported${type === null ? "" : ` as ${type}`}: ${instead}`,
    {
      data: { file: path },
    },
  );
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new AppError("cell_failed", `${path} is no JSON: ${messageOf(error)}`, {
      data: { file: path },
      cause: error,
    });
  }
}

function spanOf(error: unknown): number | null {
  if (!(error instanceof SyntaxError) || !("span" in error)) return null;
  const start: unknown = Reflect.get(Object(error.span), "start");
  return typeof start === "number" ? start : null;
}

/** An object as `import * as` gives it: no prototype, and named as engines name theirs. */
function namespaceOf(values: Namespace): Record<string, unknown> {
  const namespace: Record<string, unknown> = Object.assign(Object.create(null), values);
  return Object.defineProperty(namespace, Symbol.toStringTag, { value: "Module" });
}

/** `export *`: every name but `default` and the module's own. A name that two of them have with different values is neither's. */
function addStars(namespace: Record<string, unknown>, stars: readonly Namespace[]): void {
  const own = new Set([...Object.keys(namespace), "default"]);
  const refused = new Set<string>();
  for (const star of stars)
    for (const name of Object.keys(star)) {
      if (own.has(name) || refused.has(name)) continue;
      if (name in namespace && namespace[name] !== star[name]) {
        refused.add(name);
        delete namespace[name];
      } else Object.defineProperty(namespace, name, { get: () => star[name], enumerable: true, configurable: true });
    }
}
