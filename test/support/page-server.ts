import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { dirname, extname, join, normalize } from "node:path";
import { setTimeout } from "node:timers/promises";
import { build } from "vite";
import config, { notebookPlugins } from "../../vite.config.ts";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
};

/** The policies that the real server sends: the frame gets an origin of its own and no network, the page may embed only the frame. */
const framePolicy =
  "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' blob:; worker-src blob:; style-src 'unsafe-inline'; img-src data: blob:; font-src data:; media-src data: blob:; connect-src 'none'; form-action 'none'; base-uri 'none'; frame-src 'none'";
const pagePolicy = (origin: string): string =>
  `default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; frame-src ${origin}/frame`;

const outDir = new URL("../../node_modules/.cache/cellar-test-page/", import.meta.url).pathname;

/** Builds the page that the tests open, unless it is newer than everything that it is made of. Safe beside another build. */
export async function buildPage(): Promise<void> {
  const lock = `${outDir.slice(0, -1)}.lock`;
  await mkdir(dirname(lock), { recursive: true });
  const mode = process.env["NODE_ENV"];
  // the first process builds, the others wait for it
  while (!(await take(lock))) await setTimeout(200);
  try {
    if (await isFresh()) return;
    // as it is served, though vitest builds it
    process.env["NODE_ENV"] = "production";
    await build({
      ...config,
      configFile: false,
      logLevel: "error",
      plugins: [...notebookPlugins],
      build: { ...config.build, outDir, emptyOutDir: true, rollupOptions: { input: "test/support/page/index.html" } },
    });
  } finally {
    // what is assigned becomes a text, and "undefined" is no production
    if (mode === undefined) delete process.env["NODE_ENV"];
    else process.env["NODE_ENV"] = mode;
    await rm(lock, { recursive: true, force: true });
  }
}

async function take(lock: string): Promise<boolean> {
  try {
    await mkdir(lock);
    return true;
  } catch {
    // left by a process that died
    const taken = await stat(lock).catch(() => null);
    if (taken && Date.now() - taken.mtimeMs > 120_000) await rm(lock, { recursive: true, force: true });
    return false;
  }
}

async function isFresh(): Promise<boolean> {
  const built = await stat(join(outDir, "frame.html")).catch(() => null);
  if (built === null) return false;
  const sources = await Promise.all(
    ["src", "cells", "test/support/page"].map(async (folder) =>
      (await readdir(folder, { recursive: true })).map((name) => join(folder, name)),
    ),
  );
  for (const name of [...sources.flat(), "vite.config.ts", "package.json"])
    if ((await stat(name)).mtimeMs > built.mtimeMs) return false;
  return true;
}

/** A server of the built page with the right headers, on a port of its own. `hits` counts what was asked for, by path. */
export interface PageServer {
  readonly origin: string;
  readonly hits: Map<string, number>;
  close(): Promise<void>;
}

export async function servePage(): Promise<PageServer> {
  const hits = new Map<string, number>();
  let origin = "";
  const server: Server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    hits.set(path, (hits.get(path) ?? 0) + 1);
    const name =
      path === "/frame" ? "frame.html" : path === "/" ? "test/support/page/index.html" : normalize(path).slice(1);
    readFile(join(outDir, name)).then(
      (content) => {
        response.setHeader("content-type", types[extname(name)] ?? "application/octet-stream");
        response.setHeader("content-security-policy", path === "/frame" ? framePolicy : pagePolicy(origin));
        response.end(content);
      },
      () => {
        response.statusCode = 404;
        response.end();
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  origin = `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
  return {
    origin,
    hits,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
