import { findBundled, parsePackage } from "./bundled.ts";

/** What an import specifier becomes in the body of a cell. */
export type ImportResolver = (specifier: string) => string;

/**
 * Where Observable takes a specifier from: `npm:` from jsDelivr, `jsr:` from esm.sh, `observable:` from its API. Paths,
 * URLs and bare names stay as they are.
 */
export function resolveImport(specifier: string): string {
  if (specifier.startsWith("npm:")) return resolveNpm(specifier.slice(4));
  if (specifier.startsWith("jsr:")) return `https://esm.sh/jsr/${specifier.slice(4)}`;
  if (specifier.startsWith("observable:")) return resolveObservable(specifier.slice(11));
  return specifier;
}

/**
 * Where Cellar takes a specifier from: a package that it comes with is `cellar:` and the name of the library, whatever
 * is asked of it besides. A bare name means the package, as with `npm:`, and so does its address at jsDelivr. The rest is
 * as `resolveImport` has it.
 */
export function resolveBundledImport(specifier: string): string {
  const path = specifier.startsWith("npm:") ? specifier.slice(4) : isBare(specifier) ? specifier : null;
  const [, atCdn = null] = packageAtCdn.exec(specifier) ?? [];
  const asked = path ?? atCdn;
  const library = asked === null ? null : findBundled(parsePackage(asked));
  if (library !== null) return `cellar:${library}`;
  return resolveImport(asked === null ? specifier : `npm:${asked}`);
}

/** Whether a specifier names a module or data of the workspace: `./scrubber.js`, `/lib/names.json`. */
export function isLocalModule(specifier: string): boolean {
  return /^\.{0,2}\/(?!\/)/.test(specifier) && !/\.html$/.test(specifier) && !packageAtCdn.test(specifier);
}

/** The path from the root of the workspace that a local specifier means in the file at `from`; null where it leaves it. */
export function resolveLocal(from: string, specifier: string): string | null {
  const parts = specifier.startsWith("/") ? [] : from.split("/").slice(0, -1);
  for (const part of specifier.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return null;
  }
  return parts.length === 0 ? null : parts.join("/");
}

/** The module build of a package, as Observable's own notebooks write it out; `/npm/…` is how such builds name each other. */
const packageAtCdn = /^(?:https:\/\/cdn\.jsdelivr\.net)?\/npm\/(.+?)\/\+esm$/;

/** Whether a specifier is neither a path nor a URL: `d3`, `@observablehq/plot`. */
export function isBare(specifier: string): boolean {
  return !/^([\w+.-]+:|\.{0,2}\/)/.test(specifier) && specifier !== "";
}

/** Whether the module is fetched from another site when the cell runs. */
export function isRemote(url: string): boolean {
  return /^(https?:)?\/\//i.test(url);
}

/** The name in a classic notebook that `name` stands for: `viewof$foo` is `viewof foo`; a doubled `$` is one `$`. */
export function dedollar(name: string): string {
  return name.replace(/\$+/g, (dollars) => (dollars.length === 1 ? " " : dollars.slice(1)));
}

function resolveNpm(text: string): string {
  const { name, range, path } = parsePackage(text);
  // a file, a folder and what already asks for a module are taken as they are
  const file = /(\.\w+|\/|\/\+esm)$/.test(path);
  const entry = path === "" ? (defaultPaths.get(name) ?? "/+esm") : file ? path : `${path}/+esm`;
  return `https://cdn.jsdelivr.net/npm/${name}${range || (defaultRanges.get(name) ?? "")}${entry}`;
}

function resolveObservable(path: string): string {
  return `https://api.observablehq.com/${/^[0-9a-f]{16}(@|$)/.test(path) ? `d/${path}` : path}.js?v=4`;
}

const defaultRanges: ReadonlyMap<string, string> = new Map([
  ["@duckdb/duckdb-wasm", "@1.32.0"],
  ["apache-arrow", "@17.0.0"],
]);

/** Packages whose main file is no module for browsers. */
const defaultPaths: ReadonlyMap<string, string> = new Map([
  ["mermaid", "/dist/mermaid.esm.min.mjs/+esm"],
  ["echarts", "/dist/echarts.esm.min.js/+esm"],
  ["jquery-ui", "/dist/jquery-ui.js/+esm"],
  ["deck.gl", "/dist.min.js/+esm"],
  ["react-dom", "/client/+esm"],
]);
