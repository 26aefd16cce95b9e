import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { build } from "vite";

/** Under the packages, where what is not bundled is found. */
const cache = join(import.meta.dirname, "../../node_modules/.cache");

/**
 * One file of JavaScript with everything that a child process of the tests imports: it starts in a fifth of the time, which
 * counts where a test starts a hundred of them. Not for children that start others by their path. Gone when disposed of.
 */
export async function bundled(entry: string): Promise<AsyncDisposable & { readonly path: string }> {
  await mkdir(cache, { recursive: true });
  const outDir = await mkdtemp(join(cache, "cellar-child-"));
  await build({
    configFile: false,
    logLevel: "error",
    // a native addon stays where it is
    ssr: { noExternal: true, external: ["better-sqlite3"] },
    build: {
      ssr: entry,
      outDir,
      minify: false,
      target: "esnext",
      rollupOptions: { output: { entryFileNames: "child.js" } },
    },
  });
  return { path: join(outDir, "child.js"), [Symbol.asyncDispose]: () => rm(outDir, { recursive: true }) };
}
