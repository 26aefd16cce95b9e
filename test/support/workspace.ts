import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type RunningServer, serve, type ServeOptions } from "../../server/serve.ts";

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

/** A server over such a folder, in this process, on a free port. */
export async function startServer(
  files: Readonly<Record<string, string>>,
  options: Partial<ServeOptions> = {},
): Promise<AsyncDisposable & RunningServer & { readonly path: string }> {
  const workspace = await temporaryWorkspace(files);
  const server = await serve({ workspace: workspace.path, host: "127.0.0.1", port: 0, trustAll: true, ...options });
  return {
    ...server,
    path: workspace.path,
    async [Symbol.asyncDispose]() {
      await server.close();
      await workspace[Symbol.asyncDispose]();
    },
  };
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
