import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type RunningServer, serve, type ServeOptions } from "../../server/serve.ts";
import { closeWithTest } from "./close-with-test.ts";
import { copyEmptyStore } from "./empty-store.ts";

/** A folder with these files, gone when disposed of. */
export async function temporaryWorkspace(
  files: Readonly<Record<string, string>>,
): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await realpath(await mkdtemp(join(tmpdir(), "cellar-")));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), text);
  }
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Most tests are over before an engine that was kept warm for a next run would be used. A bench is not. */
export const engines = process.env["VITEST"] === undefined ? {} : { spareMs: 0 };

/** A server over such a folder, in this process, on a free port. */
export async function startServer(
  files: Readonly<Record<string, string>>,
  options: Partial<ServeOptions> = {},
): Promise<AsyncDisposable & RunningServer & { readonly path: string }> {
  const workspace = await temporaryWorkspace(files);
  await copyEmptyStore(join(workspace.path, ".cellar/store.db"));
  const server = await serve({
    ...{ workspace: workspace.path, host: "127.0.0.1", port: 0, trustAll: true },
    ...engines,
    ...options,
  });
  const close = closeWithTest(async () => {
    await server.close();
    await workspace[Symbol.asyncDispose]();
  });
  return { ...server, path: workspace.path, [Symbol.asyncDispose]: close };
}

/** A notebook file of these cells: `[type, attributes, source]`. */
export function notebook(
  cells: readonly (readonly [kind: string, attributes: string, source: string])[],
  attributes = "",
): string {
  const types: Readonly<Record<string, string>> = {
    js: "module",
    sql: "application/sql",
    md: "text/markdown",
    ts: "text/x-typescript",
  };
  const scripts = cells.map(
    ([kind, extra, source], at) =>
      `  <script id="${at + 1}" type="${types[kind] ?? kind}"${extra === "" ? "" : ` ${extra}`}>\n${source.replace(/^/gm, "    ")}\n  </script>`,
  );
  return `<!doctype html>\n<notebook theme="air"${attributes === "" ? "" : ` ${attributes}`}>\n  <title>Test</title>\n${scripts.join("\n")}\n</notebook>\n`;
}
