import { AppError } from "../errors.ts";
import type { KernelHost } from "../protocol/host.ts";
import { assetReader } from "./asset.ts";
import { DOM } from "./dom.ts";
import { duckdbClient } from "./duckdb-client.ts";
import { fileAttachment } from "./file-attachment.ts";
import { Files } from "./files.ts";
import { Generators } from "./generators.ts";
import { metaTeller } from "./meta.ts";
import { Mutable } from "./mutable.ts";
import { now } from "./now.ts";
import { resourceClient } from "./resource.ts";
import { CellScoped } from "./scoped.ts";
import { skip } from "./skip.ts";
import type { Source } from "./source.ts";
import { sqlTag } from "./sql-tag.ts";

/** What the built-ins are made of. */
export interface BuiltinOptions {
  readonly host: KernelHost;
  /** libraries by name, loaded on first use */
  readonly libraries: Readonly<Record<string, () => unknown>>;
  /** built-ins of this host; they mask ours */
  readonly builtins: Readonly<Record<string, () => unknown>>;
  readonly params: Source;
  readonly partition: Source;
  readonly sensor: Source;
  /** aborts when the kernel closes */
  readonly signal: AbortSignal;
  /** path of the notebook */
  readonly path: () => string;
}

/** Width of a page that nobody sees. */
const headlessWidth = 640;

/** Every built-in as a definition without inputs: it runs when a cell first reads the name. */
export function createBuiltins(options: BuiltinOptions): Readonly<Record<string, () => unknown>> {
  const { host, libraries, builtins, params, partition, sensor } = options;
  const resources = (name: string) =>
    host.fetch === undefined ? serverOnly(name) : new CellScoped((scope) => resourceClient(host, scope));
  return {
    Generators: () => Generators,
    Mutable: () => Mutable,
    Promises: () => Promises,
    DOM: () => DOM,
    Files: () => Files,
    now: () => now(),
    width: () => headlessWidth,
    dark: () => false,
    params: () => params.stream(),
    partition: () => partition.stream(),
    sensor: () => sensor.stream(),
    FileAttachment: () => new CellScoped((scope) => fileAttachment(host, scope, libraries)),
    meta: () => new CellScoped((scope) => metaTeller(host, scope)),
    asset: () => new CellScoped((scope) => assetReader(host, scope)),
    sql: () => new CellScoped((scope) => sqlTag(host, scope)),
    DuckDBClient: () => new CellScoped((scope) => duckdbClient(host, scope)),
    db: () => new CellScoped((scope) => duckdbClient(host, scope).empty()),
    DatabaseClient: () => resources("DatabaseClient"),
    resource: () => resources("resource"),
    Secret: () => noSecret("Secret"),
    secret: () => noSecret("secret"),
    skip: () => skip,
    ...libraries,
    ...builtins,
  };
}

/** No cell gets the value of a secret, wherever it runs: with it in hand, its output, its log and its errors would have it too. */
function noSecret(name: string): (argument: unknown) => never {
  return (argument) => {
    throw new AppError(
      "forbidden",
      `${name}(${JSON.stringify(argument)}) gives no cell a secret; name it in a resource of cellar.json as {"secret": ${JSON.stringify(argument)}}, and ask resource("…")`,
    );
  };
}

/** Resources never leave the server. */
function serverOnly(name: string): (argument: unknown) => never {
  return (argument) => {
    throw new AppError(
      "forbidden",
      `${name}(${JSON.stringify(argument)}) works on the server only; publish the notebook, and read the result here by its name`,
    );
  };
}

/** `Promises` of classic notebooks. */
const Promises: Readonly<Record<string, unknown>> = {
  delay: (ms: number, value: unknown) => delay(ms).then(() => value),
  tick: (ms: number, value: unknown) => delay(ms - (Date.now() % ms)).then(() => value),
  when: (time: Date | number, value: unknown) => delay(Math.max(0, Number(time) - Date.now())).then(() => value),
};

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
