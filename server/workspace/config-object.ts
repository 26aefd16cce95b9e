import { messageOf } from "../../cells/errors.ts";
import { parsePositiveDuration } from "../../cells/format/duration.ts";
import { isSecretName } from "../resources/secrets.ts";

/** A value of a JSON text with its place, as a parser that keeps places has it. */
export interface ConfigNode {
  readonly type: string;
  readonly value?: unknown;
  readonly offset: number;
  readonly children?: readonly ConfigNode[] | undefined;
}

/** A value in `cellar.json`: a text, or the name of a secret with what stands before it, as `Bearer `. */
export type Setting =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "secret"; readonly name: string; readonly prefix: string };

/** Told of something wrong at a place in the text. */
export type Report = (offset: number, message: string) => void;

/**
 * Reads one named object of `cellar.json` member by member. What is wrong is reported with its place, named by `what` (as in
 * `resource "shop"`); a reader answers null or its default then, and `isWrong` says that the whole is not to be used.
 */
export class ConfigObject {
  readonly node: ConfigNode;
  readonly members: ReadonlyMap<string, ConfigNode>;
  readonly #what: string;
  readonly #report: Report;
  #isWrong = false;

  constructor(what: string, node: ConfigNode, report: Report) {
    this.#what = what;
    this.node = node;
    this.#report = report;
    this.members = new Map(membersIn(node).flatMap(([key, , value]) => (value ? [[key, value]] : [])));
  }

  get isWrong(): boolean {
    return this.#isWrong;
  }

  /** Where a member stands, or the object where it has none. */
  at(key: string): ConfigNode {
    return this.members.get(key) ?? this.node;
  }

  /** Reports what is wrong, and answers null. */
  wrong(node: ConfigNode, message: string): null {
    this.#isWrong = true;
    this.#report(node.offset, `${this.#what} ${message}`);
    return null;
  }

  /** Reports every member that is not among those known. */
  knows(known: readonly string[]): void {
    for (const [key, at] of membersIn(this.node))
      if (!known.includes(key))
        this.wrong(at, `has the unknown member ${JSON.stringify(key)}; there are ${known.join(", ")}`);
  }

  url(): string | null {
    const text = this.text("url", 'an address, as in "https://api.example.com/v1/"');
    if (text === null) return null;
    const node = this.at("url");
    const url = URL.parse(text);
    if (url === null || !/^https?:$/.test(url.protocol))
      return this.wrong(node, `has no usable url: ${JSON.stringify(text)}; write one that begins with https://`);
    if (url.username !== "" || url.password !== "")
      return this.wrong(node, 'has a password in its url; write a header {"Authorization": {"secret": "NAME"}}');
    if (url.search !== "" || url.hash !== "")
      return this.wrong(node, "has a url with ? or #; give what each request adds in its path");
    return url.href.endsWith("/") ? url.href : `${url.href}/`;
  }

  headers(): Readonly<Record<string, Setting>> {
    const node = this.members.get("headers");
    if (node === undefined) return {};
    if (node.type !== "object") this.wrong(node, 'has headers that are no object of name → text or {"secret": "NAME"}');
    const headers: Record<string, Setting> = {};
    for (const [name, key, value] of membersIn(node)) {
      const setting = this.setting(value ?? key, `header ${name}`);
      const isName = /^[\w!#$%&'*+.^`|~-]+$/.test(name);
      if (!isName || refusedHeaders.test(name)) this.wrong(key, `may not set the header ${JSON.stringify(name)}`);
      else if (setting?.type === "text" && secretHeaders.test(name))
        this.wrong(
          value ?? key,
          `has its ${name} in the file; write {"secret": "NAME"}, and give it with cellar secret set NAME`,
        );
      else if (setting !== null) headers[name.toLowerCase()] = setting;
    }
    return headers;
  }

  /** A text, or `{"secret": "NAME", "prefix": "Bearer "}`. */
  setting(node: ConfigNode, what: string): Setting | null {
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
    if (!isRight) return this.wrong(node, `has a ${what} that cannot be read; write a text, or {"secret": "NAME"}`);
    const text = String(name.value);
    if (!isSecretName(text))
      return this.wrong(name, `names the secret ${JSON.stringify(text)}; names are of capital letters, digits and _`);
    return { type: "secret", name: text, prefix: prefix === undefined ? "" : String(prefix.value) };
  }

  text(key: string, what: string): string | null {
    const node = this.members.get(key);
    if (node === undefined) return this.wrong(this.node, `has no ${JSON.stringify(key)}; give it ${what}`);
    if (node.type === "string" && node.value !== "") return String(node.value);
    return this.wrong(node, `has a ${key} that is no text; give it ${what}`);
  }

  texts(key: string, what: string): readonly string[] | null {
    const node = this.members.get(key);
    if (node === undefined) return null;
    const texts = (node.children ?? [])
      .filter(({ type, value }) => type === "string" && value !== "")
      .map(({ value }) => String(value));
    if (node.type === "array" && texts.length === (node.children ?? []).length) return texts;
    return this.wrong(node, `has ${key} that cannot be read; write ${what}`);
  }

  flag(key: string, none: boolean): boolean {
    const node = this.members.get(key);
    if (node === undefined || node.type === "boolean") return node === undefined ? none : node.value === true;
    this.wrong(node, `has ${key} that is neither true nor false`);
    return none;
  }

  /** A whole number from `min` to `max`. */
  whole(key: string, none: number, min: number, max: number): number {
    const node = this.members.get(key);
    if (node === undefined) return none;
    const value: unknown = node.value;
    if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value;
    this.wrong(node, `has a ${key} that is no number from ${min} to ${max}`);
    return none;
  }

  /** One of a few words; the first where the member is not there. */
  word<const T extends string>(key: string, ...words: readonly [T, ...T[]]): T {
    const node = this.members.get(key);
    const word = words.find((candidate) => candidate === node?.value);
    if (word === undefined && node !== undefined)
      this.wrong(node, `has a ${key} that is none of ${words.map((each) => JSON.stringify(each)).join(", ")}`);
    return word ?? words[0];
  }

  /** What `parse` makes of a text; what it throws is reported. */
  parsed<T>(key: string, none: T, parse: (text: string) => T): T {
    const node = this.members.get(key);
    if (node === undefined) return none;
    if (node.type !== "string") {
      this.wrong(node, `has a ${key} that is no text`);
      return none;
    }
    try {
      return parse(String(node.value));
    } catch (error) {
      this.wrong(node, `has a ${key} that cannot be read: ${messageOf(error)}`);
      return none;
    }
  }

  /** An object of name → text. */
  textsByName(key: string, example: string): Readonly<Record<string, string>> {
    const node = this.members.get(key);
    const found = membersIn(node);
    const isRight = found.every(([name, , value]) => name !== "" && value?.type === "string");
    if (node !== undefined && (node.type !== "object" || !isRight))
      this.wrong(node, `has ${key} that cannot be read; write name → text, as in ${example}`);
    return isRight ? Object.fromEntries(found.map(([name, , value]) => [name, String(value?.value)])) : {};
  }

  duration<T extends number | null>(key: string, none: T): number | T {
    const node = this.members.get(key);
    if (node === undefined) return none;
    try {
      if (node.type === "string") return parsePositiveDuration(String(node.value));
    } catch {
      // said below, with its place
    }
    this.wrong(node, `has a ${key} that cannot be read; write a duration, as in "30s" or "5m"`);
    return none;
  }

  size(key: string, none: number): number {
    const node = this.members.get(key);
    if (node === undefined) return none;
    if (node.type === "number" && Number(node.value) >= 1) return Math.floor(Number(node.value));
    const match = node.type === "string" ? /^(\d+(?:\.\d+)?) ?(kB|MB|GB)$/.exec(String(node.value)) : null;
    if (match) return Math.floor(Number(match[1]) * (match[2] === "GB" ? 1e9 : match[2] === "MB" ? 1e6 : 1e3));
    this.wrong(node, `has a ${key} that cannot be read; write a size, as in "50 MB"`);
    return none;
  }
}

/** what a client of HTTP sets itself */
export const refusedHeaders =
  /^(host|connection|content-length|transfer-encoding|upgrade|te|trailer|expect|proxy-.*)$/i;
const secretHeaders = /^(authorization|cookie|x-api-key|api-key)$/i;

/** The members of an object, each with the place of its name. */
export function membersIn(
  node: ConfigNode | undefined,
): readonly (readonly [key: string, at: ConfigNode, value: ConfigNode | undefined])[] {
  if (node?.type !== "object") return [];
  return (node.children ?? []).flatMap((property) => {
    const [key, value] = property.children ?? [];
    return key === undefined ? [] : [[String(key.value), key, value] as const];
  });
}
