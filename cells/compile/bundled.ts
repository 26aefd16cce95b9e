/** A package that comes with Cellar: cells use it by a name without importing it, or import it by its own name. */
export interface BundledPackage {
  /** its name in the registry */
  readonly name: string;
  /** the version that is installed, which a test compares with the manifest */
  readonly version: string;
  /** what a host's table of libraries calls its module: the built-in, or `npm:NAME` where the built-in is something else */
  readonly library: string;
  /** `src/frame/library/SCRIPT.ts`, which makes one script of it; null where the frame has it from the start */
  readonly script: string | null;
}

/**
 * Every package that cells may use, on both hosts. This is the one list: what an import means, the scripts that are
 * built, what a frame loads, and what an error offers instead, all read it.
 */
export const bundledPackages: readonly BundledPackage[] = [
  { name: "@observablehq/plot", version: "0.6.17", library: "Plot", script: "plot" },
  { name: "@observablehq/inputs", version: "0.12.0", library: "Inputs", script: "inputs" },
  { name: "d3", version: "7.9.2", library: "d3", script: "d3" },
  { name: "htl", version: "1.0.0", library: "htl", script: null },
  { name: "apache-arrow", version: "21.2.0", library: "Arrow", script: "arrow" },
  { name: "arquero", version: "8.0.3", library: "aq", script: "arquero" },
  { name: "topojson-client", version: "3.1.0", library: "topojson", script: "topojson" },
  { name: "lodash", version: "4.18.1", library: "_", script: "lodash" },
  { name: "markdown-it", version: "15.0.3", library: "npm:markdown-it", script: "markdown" },
  { name: "katex", version: "0.19.1", library: "npm:katex", script: "tex" },
  { name: "@viz-js/viz", version: "3.31.0", library: "npm:@viz-js/viz", script: "dot" },
];

/** Built-ins that are made of a package and are not its module: a tag. */
export const bundledTags = ["md", "tex", "dot"] as const;

/** The modules that d3 7 is made of, by the major version that it has of each: their exports are all exports of d3. */
const partsOfD3: ReadonlyMap<string, string> = new Map(
  `array 3, axis 3, brush 3, chord 3, color 3, contour 4, delaunay 6, dispatch 3, drag 3, dsv 3, ease 3, fetch 3,
   force 3, format 3, geo 3, hierarchy 3, interpolate 3, path 3, polygon 3, quadtree 3, random 3, scale 4,
   scale-chromatic 3, selection 3, shape 3, time 3, time-format 4, timer 3, transition 3, zoom 3`
    .split(",")
    .map((part) => part.trim().split(" "))
    .map(([name = "", major = ""]) => [`d3-${name}`, major]),
);

const byName: ReadonlyMap<string, BundledPackage> = new Map(bundledPackages.map((found) => [found.name, found]));

/** A package as an import asks for it. */
export interface PackageRequest {
  readonly name: string;
  /** with its `@`, or empty */
  readonly range: string;
  /** with its `/`, or empty */
  readonly path: string;
}

/** Takes `@scope/name@range/path` apart. */
export function parsePackage(text: string): PackageRequest {
  const [, name = text, range = "", path = ""] = /^(@[^/]+\/[^/@]+|[^/@]+)(@[^/]*)?(\/.*)?$/.exec(text) ?? [];
  return { name, range, path };
}

/** What a host's table of libraries calls the module that this request means; null where Cellar has no such version. */
export function findBundled({ name, range, path }: PackageRequest): string | null {
  if (path !== "") return null;
  const major = partsOfD3.get(name);
  if (major !== undefined)
    return range === "" || satisfies(`${major}.999.0`, range.replace(/(\.[\dx]+)+$/, "")) ? "d3" : null;
  const found = byName.get(name);
  return found && satisfies(found.version, range) ? found.library : null;
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
