/** What an import specifier becomes in the body of a cell. */
export type ImportResolver = (specifier: string) => string;

interface BundledPackage {
  readonly builtin: string;
  readonly version: string;
}

/** Packages that come with Cellar, the built-in that holds each, and the version (`^7` of d3 is what we have). */
const bundled: ReadonlyMap<string, BundledPackage> = new Map([
  ["d3", { builtin: "d3", version: "7.9.2" }],
  ["@observablehq/plot", { builtin: "Plot", version: "0.6.17" }],
  ["@observablehq/inputs", { builtin: "Inputs", version: "0.12.0" }],
  ["apache-arrow", { builtin: "Arrow", version: "21.2.0" }],
  ["arquero", { builtin: "aq", version: "8.0.3" }],
  ["htl", { builtin: "htl", version: "1.0.0" }],
]);

/** The modules that d3 7 is made of: their exports are all exports of d3, and their own versions differ. */
const partOfD3 =
  /^d3-(array|axis|brush|chord|color|contour|delaunay|dispatch|drag|dsv|ease|fetch|force|format|geo|hierarchy|interpolate|path|polygon|quadtree|random|scale|scale-chromatic|selection|shape|time|time-format|timer|transition|zoom)$/;

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
 * Where Cellar takes a specifier from: a package that it comes with is `cellar:` and the name of the built-in, whatever
 * is asked of it besides. A bare name means the package, as with `npm:`. The rest is as `resolveImport` has it.
 */
export function resolveBundledImport(specifier: string): string {
  const path = specifier.startsWith("npm:") ? specifier.slice(4) : isBare(specifier) ? specifier : null;
  const asked = path === null ? null : parsePackage(path);
  if (asked !== null && asked.path === "") {
    if (partOfD3.test(asked.name) && asked.range === "") return "cellar:d3";
    const found = bundled.get(asked.name);
    if (found && satisfies(found.version, asked.range)) return `cellar:${found.builtin}`;
  }
  return resolveImport(path === null ? specifier : `npm:${path}`);
}

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

interface PackageRequest {
  readonly name: string;
  /** with its `@`, or empty */
  readonly range: string;
  /** with its `/`, or empty */
  readonly path: string;
}

function parsePackage(text: string): PackageRequest {
  const [, name = text, range = "", path = ""] = /^(@[^/]+\/[^/@]+|[^/@]+)(@[^/]*)?(\/.*)?$/.exec(text) ?? [];
  return { name, range, path };
}

function satisfies(version: string, range: string): boolean {
  const asked = range.replace(/^@[\^~]?/, "");
  if (asked === "" || asked === "latest") return true;
  // `^7.8` holds for 7.9.2; a package below 1.0 promises nothing between its minor versions
  const [major = "", minor = ""] = version.split(".");
  if (range.startsWith("@^") && major !== "0")
    return asked.split(".")[0] === major && Number(asked.split(".")[1] ?? 0) <= Number(minor);
  return version === asked || version.startsWith(`${asked}.`);
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
