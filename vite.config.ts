import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { build, defineConfig, type InlineConfig, type Plugin, type Rollup } from "vite";
import { VitePWA } from "vite-plugin-pwa";
import { routes } from "./cells/api/routes.ts";
import { bundledPackages } from "./cells/compile/bundled.ts";

const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#3b5fc0"/><path d="M9 24V14a7 7 0 0 1 14 0v10M9 24h14M13 24v-9a3 3 0 0 1 6 0v9" fill="none" stroke="#fff" stroke-width="2.2"/></svg>`;

/** What a frame loads when it is needed: `src/frame/library/NAME.ts`, each one script of its own. */
const libraries = [...bundledPackages.flatMap(({ script }) => script ?? []), "module-compiler"];
const virtualLibraries = "virtual:cellar-libraries";

/** Browsers that know `light-dark()`, which would else be replaced by something that no script can switch. */
const cssTarget = ["chrome123", "firefox120", "safari17.5"];

const inner: InlineConfig = {
  configFile: false,
  logLevel: "warn",
  build: {
    write: false,
    target: "es2023",
    cssTarget,
    assetsInlineLimit: Number.MAX_SAFE_INTEGER,
    cssCodeSplit: false,
    modulePreload: false,
    reportCompressedSize: false,
  },
};

/** Bundles one entry, with everything that it imports, into the text of one script. */
async function bundle(entry: string, format: "es" | "iife", plugins: Plugin[] = []): Promise<string> {
  const result = await build({
    ...inner,
    plugins,
    build: {
      ...inner.build,
      rollupOptions: {
        input: entry,
        output: { format, codeSplitting: false },
        preserveEntrySignatures: format === "es" ? "strict" : false,
      },
    },
  });
  const output = (Array.isArray(result) ? result : [result]).flatMap((one) => ("output" in one ? one.output : []));
  const chunk = output.find((one): one is Rollup.OutputChunk => one.type === "chunk" && one.isEntry);
  if (chunk === undefined) throw new Error(`nothing was built of ${entry}`);
  return chunk.code;
}

/** KaTeX offers each font in three formats; every browser that runs Cellar reads the first. */
const oneFontFormat: Plugin = {
  name: "cellar-one-font-format",
  enforce: "pre",
  load(id) {
    if (!id.includes("katex.min.css")) return null;
    return readFileSync(id.replace(/\?.*$/, ""), "utf8").replace(/,url\([^)]*\.(?:woff|ttf)\) format\("[a-z]+"\)/g, "");
  },
};

/** `frame.html`: the notebook document, self-contained, since an opaque origin behind a service worker loads nothing else. */
const frame: Plugin = {
  name: "cellar-frame",
  apply: "build",
  async generateBundle() {
    const script = (await bundle("src/frame/main.ts", "iife"))
      .replaceAll("</script", "<\\/script")
      .replaceAll("<!--", "<\\!--");
    const template = readFileSync("src/frame/frame.html", "utf8");
    this.emitFile({
      type: "asset",
      fileName: "frame.html",
      source: template.replace("<!-- script -->", () => `<script>${script}</script>`),
    });
  },
};

/** The addresses of the libraries, which the shell fetches for the frame. */
const libraryFiles: Plugin = {
  name: "cellar-libraries",
  apply: "build",
  resolveId: (id) => (id === virtualLibraries ? `\0${virtualLibraries}` : null),
  async load(id) {
    if (id !== `\0${virtualLibraries}`) return null;
    const entries: string[] = [];
    for (const name of libraries) {
      const source = await bundle(`src/frame/library/${name}.ts`, "es", [oneFontFormat]);
      const reference = this.emitFile({ type: "asset", name: `library-${name}.js`, source });
      entries.push(`${JSON.stringify(name)}: import.meta.ROLLUP_FILE_URL_${reference}`);
    }
    return `export const libraries = {${entries.join(", ")}};`;
  },
};

/** `worker.js`: keeps the build, with shell and frame under the addresses whose answers carry their policies. */
const serviceWorker = VitePWA({
  strategies: "injectManifest",
  srcDir: "src/offline",
  filename: "worker.ts",
  injectRegister: false,
  manifest: {
    name: "Cellar",
    short_name: "Cellar",
    description: "A notebook in which every cell is a data asset",
    start_url: "/",
    display: "standalone",
    icons: [{ src: `data:image/svg+xml,${encodeURIComponent(icon)}`, sizes: "any", type: "image/svg+xml" }],
  },
  injectManifest: {
    globPatterns: ["**/*.{js,css,html,wasm,woff2,svg}"],
    rollupFormat: "iife",
    maximumFileSizeToCacheInBytes: 60_000_000,
    manifestTransforms: [
      (entries) => ({
        warnings: [],
        manifest: entries.map((entry) => ({ ...entry, url: entry.url.replace(/^(?:index|(frame))\.html$/, "/$1") })),
      }),
    ],
  },
});

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Modules that many notebooks do without, as others import them: for these the page has stand-ins, which fetch them. */
const late: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "cells/compile/compile.ts": {
    "./sql.ts": "sql.ts",
    "./typescript.ts": "typescript.ts",
    "./classic.ts": "classic.ts",
  },
  "cells/graph/build.ts": {
    "./mapping-functions.ts": "asset-options.ts",
    "./partition-problems.ts": "asset-options.ts",
  },
  "cells/graph/self-reads.ts": {
    "../partition/earlier-mapping.ts": "asset-options.ts",
    "../partition/parse.ts": "asset-options.ts",
    "../partition/parse-mapping.ts": "asset-options.ts",
  },
  "cells/graph/partition-keys.ts": { "../partition/parse.ts": "asset-options.ts" },
  "cells/format/options.ts": {
    "../checks/parse-expect.ts": "asset-options.ts",
    "../sensor/parse.ts": "asset-options.ts",
    "./automation-syntax.ts": "asset-options.ts",
    "../freshness/parse.ts": "asset-options.ts",
    "../partition/parse.ts": "asset-options.ts",
  },
  "cells/format/option-values.ts": {
    "../partition/cron-syntax.ts": "asset-options.ts",
    "../partition/parse-mapping.ts": "asset-options.ts",
  },
};
const lateModules = new Map(Object.entries(late).map(([importer, standIns]) => [here(importer), standIns]));

const standIns: Plugin = {
  name: "cellar-stand-ins",
  enforce: "pre",
  resolveId(source, importer) {
    const standIn = importer === undefined ? undefined : lateModules.get(importer)?.[source];
    return standIn === undefined ? null : here(`src/notebook/late/${standIn}`);
  },
};

/**
 * What the page's client reads of each route. Shapes type it and are checked by the server, and what is said of a route is for
 * OpenAPI: 6 kB that the first download goes without.
 */
const pageRoutes: Plugin = {
  name: "cellar-routes",
  load(id) {
    if (id !== here("cells/api/routes.ts")) return null;
    const read = Object.entries(routes).map(([name, { method, path, body }]) => [name, { method, path, body }]);
    return `export const routes = ${JSON.stringify(Object.fromEntries(read))};`;
  },
};

/** What a page with notebooks in it needs. */
export const notebookPlugins: readonly Plugin[] = [pageRoutes, standIns, libraryFiles, frame];

/** parse5 may have its own version of this package. */
const entitiesOfParse5 = createRequire(here("node_modules/parse5/package.json")).resolve("entities/decode");

export default defineConfig({
  resolve: {
    alias: [
      // loaded when a notebook first needs it
      { find: /^entities\/decode$/, replacement: here("src/notebook/late/entities.ts") },
      { find: /^cellar:entities$/, replacement: entitiesOfParse5 },
    ],
  },
  plugins: [...notebookPlugins, ...serviceWorker],
  build: {
    target: "es2023",
    cssTarget,
    outDir: "dist",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1000,
  },
});
