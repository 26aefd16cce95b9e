import { type ConfigNode, ConfigObject, membersIn, type Report, type Setting } from "../workspace/config-object.ts";
import { checkName } from "../workspace/paths.ts";
import type { HttpServer, PostgresDatabase, S3Bucket } from "./resource.ts";

/** What a resource is, by kind. Files are names in the workspace. */
export type ResourceKind =
  | { readonly kind: "sqlite"; readonly file: string }
  | { readonly kind: "duckdb"; readonly file: string }
  | HttpServer<Setting>
  | PostgresDatabase<Setting>
  | S3Bucket<Setting>;

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
  s3: ["bucket", "region", "endpoint", "prefix", "pathStyle", "accessKey", "secretKey", "sessionToken", "private"],
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
        return this.#s3();
    }
  }

  #s3(): ResourceKind | null {
    const bucket = this.text("bucket", "the name of a bucket");
    const region = this.members.has("region") ? this.text("region", 'a region, as in "eu-central-1"') : "us-east-1";
    if (bucket !== null && !/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket))
      this.wrong(
        this.at("bucket"),
        `has no usable bucket: ${JSON.stringify(bucket)}; names are of 3 to 63 small letters, digits, - and .`,
      );
    if (region !== null && !/^[a-z0-9-]{1,40}$/.test(region))
      this.wrong(this.at("region"), `has no usable region: ${JSON.stringify(region)}; write one as in "eu-central-1"`);
    const endpoint = this.members.has("endpoint") ? this.#origin() : `https://s3.${region ?? ""}.amazonaws.com`;
    const prefix = this.members.has("prefix") ? this.text("prefix", 'what names begin with, as in "warehouse/"') : "";
    if (
      prefix
        ?.split("/")
        .some((part, i, all) => part === "." || part === ".." || (part === "" && i < all.length - 1 && prefix !== ""))
    )
      this.wrong(this.at("prefix"), `has no usable prefix: ${JSON.stringify(prefix)}; write it as "warehouse/"`);
    // a certificate for *.s3.… is none for a name with another dot
    const isPathStyle = this.flag("pathStyle", this.members.has("endpoint") || (bucket?.includes(".") ?? false));
    const [accessKey, secretKey, sessionToken] = [
      this.#secret("accessKey"),
      this.#secret("secretKey"),
      this.#secret("sessionToken"),
    ];
    const has = (key: string) => this.members.has(key);
    if (has("accessKey") !== has("secretKey") || (has("sessionToken") && !has("accessKey")))
      this.wrong(
        this.node,
        'needs both "accessKey" and "secretKey", or none of them for a bucket that is for everybody',
      );
    const isPrivate = this.flag("private", false);
    if (bucket === null || region === null || endpoint === null || prefix === null) return null;
    return {
      ...{ kind: "s3", endpoint, region, bucket, isPathStyle, isPrivate },
      prefix: prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/`,
      keys: accessKey === null || secretKey === null ? null : { accessKey, secretKey, sessionToken },
    };
  }

  /** The origin of a server, without a path. */
  #origin(): string | null {
    const text = this.text("endpoint", 'the address of a server, as in "https://minio.example.com"');
    const url = text === null ? null : URL.parse(text);
    if (url !== null && /^https?:$/.test(url.protocol) && `${url.origin}/` === url.href) return url.origin;
    return text === null
      ? null
      : this.wrong(
          this.at("endpoint"),
          `has no usable endpoint: ${JSON.stringify(text)}; write one as in "https://minio.example.com"`,
        );
  }

  /** The name of a secret; null where the member is not there. */
  #secret(key: string): Setting | null {
    const node = this.members.get(key);
    const setting = node === undefined ? null : this.setting(node, key);
    if (node === undefined || setting?.type !== "text") return setting;
    return this.wrong(
      node,
      `has its ${key} in the file; write {"secret": "NAME"}, and give it with cellar secret set NAME`,
    );
  }
}

/** Names of the secrets that a resource needs. */
export function secretsOf(is: ResourceKind): readonly string[] {
  const settings: readonly (Setting | null)[] =
    is.kind === "http"
      ? Object.values(is.headers)
      : is.kind === "postgres"
        ? [is.password]
        : is.kind === "s3" && is.keys !== null
          ? [is.keys.accessKey, is.keys.secretKey, is.keys.sessionToken]
          : [];
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
