import { type ConfigNode, ConfigObject, membersIn, type Report, type Setting } from "../workspace/config-object.ts";
import { checkName } from "../workspace/paths.ts";
import type { HttpServer, PostgresDatabase } from "./resource.ts";

/** What a resource is, by kind. Files are names in the workspace. */
export type ResourceKind =
  | { readonly kind: "sqlite"; readonly file: string }
  | { readonly kind: "duckdb"; readonly file: string }
  | HttpServer<Setting>
  | PostgresDatabase<Setting>
  | { readonly kind: "s3" };

/** A resource of `cellar.json`, read and complete. */
export interface ResourceConfig {
  readonly name: string;
  readonly is: ResourceKind;
  /** globs of the notebooks that may use it; null: every one, which only files of the workspace are for */
  readonly notebooks: readonly string[] | null;
  /** of one query or request */
  readonly timeoutMs: number;
  /** of one answer */
  readonly maxBytes: number;
}

const common = ["kind", "description", "notebooks", "timeout", "maxBytes"];
const membersOf: Readonly<Record<string, readonly string[]>> = {
  sqlite: ["file"],
  duckdb: ["file"],
  http: ["url", "headers", "private", "methods"],
  postgres: ["host", "port", "database", "user", "password", "tls"],
  s3: [],
};
const kinds = Object.keys(membersOf);
const mebi = 1024 * 1024;

/** Reads the member `resources` of `cellar.json`. A resource with an error is left out, and the error reported with its place. */
export function readResources(section: ConfigNode | undefined, report: Report): ReadonlyMap<string, ResourceConfig> {
  const resources = new Map<string, ResourceConfig>();
  if (section === undefined) return resources;
  if (section.type !== "object") {
    report(section.offset, '"resources" must be an object of name → resource, as in {"shop": {"kind": "sqlite", …}}');
    return resources;
  }
  for (const [name, key, node] of membersIn(section)) {
    if (!/^[A-Za-z][\w-]{0,63}$/.test(name))
      report(key.offset, `not a name of a resource: ${JSON.stringify(name)}; use letters, digits, _ and -`);
    else if (resources.has(name)) report(key.offset, `resource ${JSON.stringify(name)} is there twice; keep one`);
    else {
      const resource = new ResourceReader(name, node ?? key, report).read();
      if (resource !== null) resources.set(name, resource);
    }
  }
  return resources;
}

/** Reads one resource; what is wrong is reported, and the whole is then null. */
class ResourceReader extends ConfigObject {
  readonly #name: string;

  constructor(name: string, node: ConfigNode, report: Report) {
    super(`resource ${JSON.stringify(name)}`, node, report);
    this.#name = name;
  }

  read(): ResourceConfig | null {
    if (this.node.type !== "object") return this.wrong(this.node, 'must be an object, as in {"kind": "sqlite", …}');
    const kind = this.text("kind", `one of ${kinds.join(", ")}`);
    if (kind === null) return null;
    const known = membersOf[kind];
    if (known === undefined)
      return this.wrong(this.at("kind"), `has the unknown kind ${JSON.stringify(kind)}; there are ${kinds.join(", ")}`);
    for (const [key, at] of membersIn(this.node))
      if (![...common, ...known].includes(key))
        this.wrong(
          at,
          `has the unknown member ${JSON.stringify(key)}; a ${kind} has ${[...known, ...common.slice(1)].join(", ")}`,
        );
    const is = this.#kind(kind);
    const notebooks = this.texts("notebooks", 'a list of globs, as in ["sales/*"]');
    const timeoutMs = this.duration("timeout", kind === "http" ? 30_000 : 300_000);
    const maxBytes = this.size("maxBytes", (kind === "http" ? 100 : 1024) * mebi);
    if (this.isWrong || is === null) return null;
    const isFile = is.kind === "sqlite" || is.kind === "duckdb";
    return { name: this.#name, is, notebooks: notebooks ?? (isFile ? null : []), timeoutMs, maxBytes };
  }

  #kind(kind: string): ResourceKind | null {
    switch (kind) {
      case "sqlite":
      case "duckdb": {
        const file = this.text("file", 'the name of a file in the workspace, as in "data/shop.db"');
        if (file === null) return null;
        try {
          return { kind, file: checkName(file) };
        } catch (error) {
          return this.wrong(this.at("file"), error instanceof Error ? error.message : String(error));
        }
      }
      case "http": {
        const url = this.url();
        const headers = this.headers();
        const methods = this.texts("methods", 'a list of methods, as in ["GET", "POST"]') ?? ["GET"];
        const isPrivate = this.flag("private", false);
        return url === null
          ? null
          : { kind, url, headers, isPrivate, methods: methods.map((method) => method.toUpperCase()) };
      }
      case "postgres": {
        const host = this.text("host", "the name of a server");
        const database = this.text("database", "the name of a database");
        const user = this.text("user", "the name of a role");
        const port = this.whole("port", 5432, 1, 65_535);
        const password = this.members.get("password");
        const setting = password === undefined ? null : this.setting(password, "password");
        if (setting?.type === "text")
          return this.wrong(
            password ?? this.node,
            'has its password in the file; write {"secret": "NAME"}, and give it with cellar secret set NAME',
          );
        if (host === null || database === null || user === null) return null;
        const tls = this.flag("tls", !/^(localhost|127\.0\.0\.1|::1)$/.test(host));
        return { kind, host, port, database, user, password: setting, tls };
      }
      default:
        return { kind: "s3" };
    }
  }
}

/** Names of the secrets that a resource needs. */
export function secretsOf(is: ResourceKind): readonly string[] {
  const settings = is.kind === "http" ? Object.values(is.headers) : is.kind === "postgres" ? [is.password] : [];
  return [...new Set(settings.flatMap((setting) => (setting?.type === "secret" ? [setting.name] : [])))];
}

/** Whether a notebook may use a resource. In a glob `*` is any part of a name, `**` also crosses folders; `.html` may be left out. */
export function isGranted({ notebooks }: Pick<ResourceConfig, "notebooks">, notebook: string): boolean {
  if (notebooks === null) return true;
  const path = notebook.replace(/\.html$/, "");
  return notebooks.some((glob) => globPattern(glob.replace(/\.html$/, "")).test(path));
}

function globPattern(glob: string): RegExp {
  const source = glob.replace(/\*\*\/?|[*?]|[.+^${}()|[\]\\]/g, (found) => {
    if (found.startsWith("**")) return ".*";
    if (found === "*") return "[^/]*";
    return found === "?" ? "[^/]" : `\\${found}`;
  });
  return new RegExp(`^${source}$`);
}
