import { parsePositiveDuration } from "../../cells/format/duration.ts";
import { checkName } from "../workspace/paths.ts";
import { isSecretName } from "./secrets.ts";

/** A value of a JSON text with its place, as a parser that keeps places has it. */
interface Node {
  readonly type: string;
  readonly value?: unknown;
  readonly offset: number;
  readonly children?: readonly Node[] | undefined;
}

/** A value in `cellar.json`: a text, or the name of a secret with what stands before it, as `Bearer `. */
export type Setting =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "secret"; readonly name: string; readonly prefix: string };

/** What a resource is, by kind. Files are names in the workspace. */
export type ResourceKind =
  | { readonly kind: "sqlite"; readonly file: string }
  | { readonly kind: "duckdb"; readonly file: string }
  | {
      readonly kind: "http";
      /** every request stays below it; ends in `/` */
      readonly url: string;
      readonly headers: Readonly<Record<string, Setting>>;
      /** whether it may be an address of this machine or of a private network */
      readonly isPrivate: boolean;
      readonly methods: readonly string[];
    }
  | {
      readonly kind: "postgres";
      readonly host: string;
      readonly port: number;
      readonly database: string;
      readonly user: string;
      readonly password: Setting | null;
      readonly tls: boolean;
    }
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

type Report = (offset: number, message: string) => void;

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
export function readResources(section: Node | undefined, report: Report): ReadonlyMap<string, ResourceConfig> {
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
class ResourceReader {
  readonly #name: string;
  readonly #node: Node;
  readonly #report: Report;
  readonly #members: ReadonlyMap<string, Node>;
  #isWrong = false;

  constructor(name: string, node: Node, report: Report) {
    this.#name = name;
    this.#node = node;
    this.#report = report;
    this.#members = new Map(membersIn(node).flatMap(([key, , value]) => (value ? [[key, value]] : [])));
  }

  read(): ResourceConfig | null {
    if (this.#node.type !== "object") return this.#wrong(this.#node, 'must be an object, as in {"kind": "sqlite", …}');
    const kind = this.#text("kind", `one of ${kinds.join(", ")}`);
    if (kind === null) return null;
    const known = membersOf[kind];
    if (known === undefined)
      return this.#wrong(
        this.#members.get("kind") ?? this.#node,
        `has the unknown kind ${JSON.stringify(kind)}; there are ${kinds.join(", ")}`,
      );
    for (const [key, at] of membersIn(this.#node))
      if (![...common, ...known].includes(key))
        this.#wrong(
          at,
          `has the unknown member ${JSON.stringify(key)}; a ${kind} has ${[...known, ...common.slice(1)].join(", ")}`,
        );
    const is = this.#kind(kind);
    const notebooks = this.#texts("notebooks", 'a list of globs, as in ["sales/*"]');
    const timeoutMs = this.#duration("timeout", kind === "http" ? 30_000 : 300_000);
    const maxBytes = this.#size("maxBytes", (kind === "http" ? 100 : 1024) * mebi);
    if (this.#isWrong || is === null) return null;
    const isFile = is.kind === "sqlite" || is.kind === "duckdb";
    return { name: this.#name, is, notebooks: notebooks ?? (isFile ? null : []), timeoutMs, maxBytes };
  }

  #kind(kind: string): ResourceKind | null {
    switch (kind) {
      case "sqlite":
      case "duckdb": {
        const file = this.#text("file", 'the name of a file in the workspace, as in "data/shop.db"');
        if (file === null) return null;
        try {
          return { kind, file: checkName(file) };
        } catch (error) {
          return this.#wrong(
            this.#members.get("file") ?? this.#node,
            error instanceof Error ? error.message : String(error),
          );
        }
      }
      case "http": {
        const url = this.#url();
        const headers = this.#headers();
        const methods = this.#texts("methods", 'a list of methods, as in ["GET", "POST"]') ?? ["GET"];
        const isPrivate = this.#flag("private", false);
        return url === null
          ? null
          : { kind, url, headers, isPrivate, methods: methods.map((method) => method.toUpperCase()) };
      }
      case "postgres": {
        const host = this.#text("host", "the name of a server");
        const database = this.#text("database", "the name of a database");
        const user = this.#text("user", "the name of a role");
        const port = this.#number("port", 5432);
        const password = this.#members.get("password");
        const setting = password === undefined ? null : this.#setting(password, "password");
        if (setting?.type === "text")
          return this.#wrong(
            password ?? this.#node,
            'has its password in the file; write {"secret": "NAME"}, and give it with cellar secret set NAME',
          );
        if (host === null || database === null || user === null) return null;
        const tls = this.#flag("tls", !/^(localhost|127\.0\.0\.1|::1)$/.test(host));
        return { kind, host, port, database, user, password: setting, tls };
      }
      default:
        return { kind: "s3" };
    }
  }

  #url(): string | null {
    const text = this.#text("url", 'an address, as in "https://api.example.com/v1/"');
    if (text === null) return null;
    const node = this.#members.get("url") ?? this.#node;
    const url = URL.parse(text);
    if (url === null || !/^https?:$/.test(url.protocol))
      return this.#wrong(node, `has no usable url: ${JSON.stringify(text)}; write one that begins with https://`);
    if (url.username !== "" || url.password !== "")
      return this.#wrong(node, 'has a password in its url; write a header {"Authorization": {"secret": "NAME"}}');
    if (url.search !== "" || url.hash !== "")
      return this.#wrong(node, "has a url with ? or #; give what each request adds in its path");
    return url.href.endsWith("/") ? url.href : `${url.href}/`;
  }

  #headers(): Readonly<Record<string, Setting>> {
    const node = this.#members.get("headers");
    if (node === undefined) return {};
    if (node.type !== "object")
      this.#wrong(node, 'has headers that are no object of name → text or {"secret": "NAME"}');
    const headers: Record<string, Setting> = {};
    for (const [name, key, value] of membersIn(node)) {
      const setting = this.#setting(value ?? key, `header ${name}`);
      const isName = /^[\w!#$%&'*+.^`|~-]+$/.test(name);
      if (!isName || refusedHeaders.test(name)) this.#wrong(key, `may not set the header ${JSON.stringify(name)}`);
      else if (setting?.type === "text" && secretHeaders.test(name))
        this.#wrong(
          value ?? key,
          `has its ${name} in the file; write {"secret": "NAME"}, and give it with cellar secret set NAME`,
        );
      else if (setting !== null) headers[name.toLowerCase()] = setting;
    }
    return headers;
  }

  /** A text, or `{"secret": "NAME", "prefix": "Bearer "}`. */
  #setting(node: Node, what: string): Setting | null {
    if (node.type === "string") return { type: "text", text: String(node.value) };
    const found = new Map(membersIn(node).map(([key, , value]) => [key, value]));
    const name = found.get("secret");
    const prefix = found.get("prefix");
    const isKnown = [...found.keys()].every((key) => key === "secret" || key === "prefix");
    const isRight =
      node.type === "object" &&
      isKnown &&
      name?.type === "string" &&
      (prefix === undefined || prefix.type === "string");
    if (!isRight) return this.#wrong(node, `has a ${what} that cannot be read; write a text, or {"secret": "NAME"}`);
    const text = String(name.value);
    if (!isSecretName(text))
      return this.#wrong(name, `names the secret ${JSON.stringify(text)}; names are of capital letters, digits and _`);
    return { type: "secret", name: text, prefix: prefix === undefined ? "" : String(prefix.value) };
  }

  #text(key: string, what: string): string | null {
    const node = this.#members.get(key);
    if (node === undefined) return this.#wrong(this.#node, `has no ${JSON.stringify(key)}; give it ${what}`);
    if (node.type === "string" && node.value !== "") return String(node.value);
    return this.#wrong(node, `has a ${key} that is no text; give it ${what}`);
  }

  #texts(key: string, what: string): readonly string[] | null {
    const node = this.#members.get(key);
    if (node === undefined) return null;
    const texts = (node.children ?? [])
      .filter(({ type, value }) => type === "string" && value !== "")
      .map(({ value }) => String(value));
    if (node.type === "array" && texts.length === (node.children ?? []).length) return texts;
    return this.#wrong(node, `has ${key} that cannot be read; write ${what}`);
  }

  #flag(key: string, none: boolean): boolean {
    const node = this.#members.get(key);
    if (node === undefined || node.type === "boolean") return node === undefined ? none : node.value === true;
    this.#wrong(node, `has ${key} that is neither true nor false`);
    return none;
  }

  #number(key: string, none: number): number {
    const node = this.#members.get(key);
    if (node === undefined) return none;
    const value: unknown = node.value;
    if (typeof value === "number" && Number.isInteger(value) && value > 0 && value < 65_536) return value;
    this.#wrong(node, `has a ${key} that is no number from 1 to 65535`);
    return none;
  }

  #duration(key: string, none: number): number {
    const node = this.#members.get(key);
    if (node === undefined) return none;
    try {
      if (node.type === "string") return parsePositiveDuration(String(node.value));
    } catch {
      // said below, with its place
    }
    this.#wrong(node, `has a ${key} that cannot be read; write a duration, as in "30s" or "5m"`);
    return none;
  }

  #size(key: string, none: number): number {
    const node = this.#members.get(key);
    if (node === undefined) return none;
    if (node.type === "number" && Number(node.value) >= 1) return Math.floor(Number(node.value));
    const match = node.type === "string" ? /^(\d+(?:\.\d+)?) ?(kB|MB|GB)$/.exec(String(node.value)) : null;
    if (match) return Math.floor(Number(match[1]) * (match[2] === "GB" ? 1e9 : match[2] === "MB" ? 1e6 : 1e3));
    this.#wrong(node, `has a ${key} that cannot be read; write a size, as in "50 MB"`);
    return none;
  }

  #wrong(node: Node, message: string): null {
    this.#isWrong = true;
    this.#report(node.offset, `resource ${JSON.stringify(this.#name)} ${message}`);
    return null;
  }
}

/** what a client of HTTP sets itself */
export const refusedHeaders =
  /^(host|connection|content-length|transfer-encoding|upgrade|te|trailer|expect|proxy-.*)$/i;
const secretHeaders = /^(authorization|cookie|x-api-key|api-key)$/i;

function membersIn(node: Node | undefined): readonly (readonly [key: string, at: Node, value: Node | undefined])[] {
  if (node?.type !== "object") return [];
  return (node.children ?? []).flatMap((property) => {
    const [key, value] = property.children ?? [];
    return key === undefined ? [] : [[String(key.value), key, value] as const];
  });
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
