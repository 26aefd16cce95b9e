import { bundledPackages } from "../compile/bundled.ts";
import type { ImportRequest } from "../compile/import-gate.ts";
import { isLocalModule, resolveLocal } from "../compile/imports.ts";
import { AppError } from "../errors.ts";
import { AssetKey } from "../model/asset-key.ts";
import type { KernelHost } from "../protocol/host.ts";
import { markAsset, valueOfAsset } from "./assets.ts";
import type { KernelEnvironment } from "./environment.ts";
import type { LocalModules } from "./local-modules.ts";

type ModuleNamespace = Readonly<Record<string, unknown>>;

interface ModuleSources {
  readonly host: KernelHost;
  readonly environment: KernelEnvironment;
  /** path of the notebook, from which relative ones start */
  readonly path: string;
  readonly signal: AbortSignal;
  readonly locals: LocalModules;
}

/**
 * Loads what a cell imports: `cellar:NAME` is a library of the environment, `./x.html` assets of another notebook, what
 * else begins with a path a module or JSON of the workspace. Throws `forbidden` for what would come from the network.
 */
export async function loadModule(
  { host, environment, path, signal, locals }: ModuleSources,
  { url, names, type }: ImportRequest,
): Promise<ModuleNamespace> {
  if (!isLocalModule(url) && !isNotebook(url)) return loadPackage(environment, url);
  if (isNotebook(url)) {
    if (names === null)
      throw new AppError("cell_failed", `a notebook has no namespace: import {name} from ${JSON.stringify(url)}`);
    const notebook = resolveLocal(path, url);
    if (notebook === null) throw new AppError("path_invalid", `the path ${url} leaves the workspace`);
    const entries = names.map(async (name) => {
      const asset = await host.asset({ key: AssetKey.of(notebook, name), partition: null }, signal);
      return [name, await valueOfAsset(host, markAsset(asset), signal)] as const;
    });
    return Object.fromEntries(await Promise.all(entries));
  }
  return locals.load(path, url, type);
}

/** Loads what is no file of the workspace: `cellar:NAME`, a library of the environment. Throws `forbidden` for anything else. */
export async function loadPackage({ libraries }: KernelEnvironment, url: string): Promise<ModuleNamespace> {
  if (!url.startsWith("cellar:")) throw fromNetwork(url);
  const name = url.slice("cellar:".length);
  const load = Object.hasOwn(libraries, name) ? libraries[name] : undefined;
  if (load === undefined) throw new AppError("cell_failed", `the library ${name} is not available here`);
  return asNamespace(await load());
}

function fromNetwork(url: string): AppError {
  const [, name] = /^https:\/\/cdn\.jsdelivr\.net\/npm\/((?:@[^/]+\/)?[^/@]+)/.exec(url) ?? [];
  const what = name === undefined ? url : `the package ${packageIn(url)}`;
  const file = (name ?? url.split("/").at(-1) ?? "")
    .replace(/^@/, "")
    .replaceAll("/", "-")
    .replace(/(\.m?js)?$/, ".js");
  const other = bundledPackages.find((one) => one.name === name);
  const names = other ? `${other.name} ${other.version}` : bundledPackages.map((one) => one.name).join(", ");
  return new AppError(
    "forbidden",
    `${what} does not come with Cellar, and notebooks reach no network; save ${/^https?:/.test(url) ? url : "it"} beside the notebook and import it as "./${file}", or use what is there: ${names}`,
    { data: { url } },
  );
}

/** The package, with the version that was asked for, at an address of jsDelivr. */
function packageIn(url: string): string {
  return url.replace("https://cdn.jsdelivr.net/npm/", "").replace(/\/\+esm$/, "");
}

function isNotebook(url: string): boolean {
  return /^\.{0,2}\/.*\.html$/.test(url);
}

/** A library as a module: its default export is itself where it has none. */
function asNamespace(value: unknown): ModuleNamespace {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return { default: value };
  return "default" in value ? { ...value } : { ...value, default: value };
}
