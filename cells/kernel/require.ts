import { resolveBundledImport } from "../compile/imports.ts";
import { AppError } from "../errors.ts";
import type { KernelEnvironment } from "./environment.ts";
import { loadPackage } from "./modules.ts";

/**
 * `require` of classic notebooks: the module, or what several modules have together. Only packages that come with Cellar
 * are there. d3 6 is given as d3 7, which took nothing away that a notebook can tell. Rejects with `forbidden`.
 */
export function requireFrom(environment: KernelEnvironment): (...names: readonly unknown[]) => Promise<unknown> {
  return async (...names) => {
    const modules = await Promise.all(names.map((name) => load(environment, name)));
    return modules.length === 1 ? modules[0] : Object.assign({}, ...modules);
  };
}

async function load(environment: KernelEnvironment, name: unknown): Promise<unknown> {
  if (typeof name !== "string") throw new AppError("usage", "require needs the names of packages as text");
  const url = resolveBundledImport(name.replace(/^d3@\^?6(\.[\dx.]*)?$/, "d3"));
  const library = url.startsWith("cellar:") ? environment.libraries[url.slice("cellar:".length)] : undefined;
  return library === undefined ? loadPackage(environment, url) : library();
}
