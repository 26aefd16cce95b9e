import type { ImportRequest } from "../compile/import-gate.ts";
import { AppError } from "../errors.ts";
import { AssetKey } from "../model/asset-key.ts";
import type { KernelHost } from "../protocol/host.ts";
import { markAsset, valueOfAsset } from "./assets.ts";
import type { KernelEnvironment } from "./environment.ts";

type ModuleNamespace = Readonly<Record<string, unknown>>;

interface ModuleSources {
  readonly host: KernelHost;
  readonly environment: KernelEnvironment;
  /** path of the notebook, from which relative ones start */
  readonly path: string;
  readonly signal: AbortSignal;
}

/**
 * Loads what a cell imports: `cellar:NAME` is a library of the environment, `./x.html` assets of another notebook, what
 * else is the environment's business. Throws `cell_failed` where there is nothing to load it with.
 */
export async function loadModule(
  { host, environment, path, signal }: ModuleSources,
  { url, names, type }: ImportRequest,
): Promise<ModuleNamespace> {
  if (url.startsWith("cellar:")) {
    const name = url.slice("cellar:".length);
    const load = Object.hasOwn(environment.libraries, name) ? environment.libraries[name] : undefined;
    if (load === undefined) throw new AppError("cell_failed", `the library ${name} is not available here`);
    return asNamespace(await load());
  }
  if (/^\.{0,2}\/.*\.html$/.test(url)) {
    if (names === null)
      throw new AppError("cell_failed", `a notebook has no namespace: import {name} from ${JSON.stringify(url)}`);
    const notebook = resolvePath(path, url);
    const entries = names.map(async (name) => {
      const asset = await host.asset({ key: AssetKey.of(notebook, name), partition: null }, signal);
      return [name, await valueOfAsset(host, markAsset(asset), signal)] as const;
    });
    return Object.fromEntries(await Promise.all(entries));
  }
  if (environment.importModule === undefined)
    throw new AppError("cell_failed", `no module can be imported here: ${url}`, { data: { url } });
  return asNamespace(await environment.importModule(url, type));
}

/** Resolves `./x.html`, `../y/x.html` and `/x.html` from the path of a notebook in the workspace. */
function resolvePath(from: string, to: string): string {
  const parts = to.startsWith("/") ? [] : from.split("/").slice(0, -1);
  for (const part of to.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") {
      if (parts.pop() === undefined) throw new AppError("path_invalid", `the path ${to} leaves the workspace`);
    } else parts.push(part);
  }
  return parts.join("/");
}

/** A library as a module: its default export is itself where it has none. */
function asNamespace(value: unknown): ModuleNamespace {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return { default: value };
  return "default" in value ? { ...value } : { ...value, default: value };
}
