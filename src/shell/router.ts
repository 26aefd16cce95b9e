import { hasControlCharacter } from "../../cells/model/control-character.ts";
import type { Route, View } from "./route.ts";

/** Longest address, selection, path and id that are read; longer ones are refused, not cut. */
const longest = { url: 8192, select: 4096, path: 200, id: 600, run: 64 } as const;

/** A part of an address that cannot be read: the fact, and where it stands in the address, from 0. */
class BadPart extends Error {
  readonly offset: number;

  constructor(problem: string, offset: number) {
    super(problem);
    this.offset = offset;
  }
}

/**
 * Reads path and query of an address. Never throws: what cannot be read is `invalid`, with its place. Unknown parameters are
 * dropped. The fragment is not looked at: it holds secrets only.
 */
export function parseRoute(url: string): Route {
  if (url.length > longest.url)
    return {
      type: "invalid",
      url: url.slice(0, 200),
      column: longest.url,
      problem: `the address has ${url.length} characters, and at most ${longest.url} are read`,
    };
  const address = url.split("#", 1)[0] ?? "";
  try {
    return readRoute(address);
  } catch (error) {
    if (error instanceof BadPart)
      return { type: "invalid", url: address, column: error.offset + 1, problem: error.message };
    throw error;
  }
}

/** The address of a route: what `parseRoute` reads back. */
export function formatRoute(route: Route): string {
  switch (route.type) {
    case "home":
      return "/";
    case "notebook":
      return `/n/${encodePath(route.path.replace(/\.html$/, ""))}${query({ cell: route.cell })}`;
    case "lineage":
      return `/lineage${query({ select: route.select, run: route.run, ...viewQuery(route) })}`;
    case "runs":
      return `/runs${query({ before: route.before })}`;
    case "run":
      return `/runs/${encodeURIComponent(route.id)}${query({ step: route.step })}`;
    case "asset":
      return `/assets/${encodePath(route.key)}${query({ partition: route.partition })}`;
    case "shares":
      return "/shares";
    case "shared":
      return `/s${query(viewQuery(route))}`;
    case "invalid":
      return route.url;
  }
}

function readRoute(address: string): Route {
  const mark = address.indexOf("?");
  const path = mark === -1 ? address : address.slice(0, mark);
  const params = new Params(mark === -1 ? "" : address.slice(mark + 1), mark + 1);
  const slash = path.indexOf("/", 1);
  const head = slash === -1 ? path.slice(1) : path.slice(1, slash);
  const rest = slash === -1 ? "" : path.slice(slash + 1);
  const at = slash + 1;
  if (path === "/" || path === "/index.html") return { type: "home" };
  if (head === "n")
    return {
      type: "notebook",
      path: `${readPath(rest.replace(/\.html$/, ""), at, "notebook")}.html`,
      cell: params.whole("cell"),
    };
  if (head === "assets")
    return { type: "asset", key: readKey(rest, at), partition: params.text("partition", longest.path) };
  if (head === "runs" && rest === "") return { type: "runs", before: params.whole("before") };
  if (head === "runs") return { type: "run", id: readRun(rest, at), step: params.text("step", longest.id) };
  if (rest === "" && head === "lineage")
    return {
      type: "lineage",
      select: params.text("select", longest.select) ?? "",
      run: params.run("run"),
      ...readView(params),
    };
  if (rest === "" && head === "shares") return { type: "shares" };
  if (rest === "" && head === "s") return { type: "shared", ...readView(params) };
  throw new BadPart("there is no such page", 1);
}

function readView(params: Params): {
  readonly focus: string | null;
  readonly view: View | null;
  readonly as: "graph" | "list";
} {
  return {
    focus: params.text("focus", longest.id),
    view: params.view("view"),
    as: params.text("as", 10) === "list" ? "list" : "graph",
  };
}

function viewQuery({
  focus,
  view,
  as,
}: {
  readonly focus: string | null;
  readonly view: View | null;
  readonly as: "graph" | "list";
}) {
  return {
    focus,
    view: view === null ? null : [view.x, view.y, view.scale].map(shortNumber).join(","),
    as: as === "list" ? as : null,
  };
}

/** A number as a reader would write it: four significant digits behind the point are more than a pixel. */
function shortNumber(value: number): string {
  return String(Number(value.toFixed(4)));
}

/** The parameters of a query, each with its place in the address. */
class Params {
  readonly #values = new Map<string, { readonly raw: string; readonly offset: number }>();

  constructor(text: string, start: number) {
    let offset = start;
    for (const part of text.split("&")) {
      const equals = part.indexOf("=");
      const name = equals === -1 ? part : part.slice(0, equals);
      if (!this.#values.has(name))
        this.#values.set(name, { raw: equals === -1 ? "" : part.slice(equals + 1), offset: offset + equals + 1 });
      offset += part.length + 1;
    }
  }

  text(name: string, most: number): string | null {
    const found = this.#values.get(name);
    if (found === undefined) return null;
    const text = decode(found.raw.replaceAll("+", " "), found.offset);
    if (text.length > most)
      throw new BadPart(`${name} has ${text.length} characters, and at most ${most} are read`, found.offset);
    return text === "" ? null : text;
  }

  whole(name: string): number | null {
    const text = this.text(name, 20);
    if (text === null) return null;
    if (!/^\d{1,15}$/.test(text))
      throw new BadPart(`${name} is a whole number, not ${JSON.stringify(text)}`, this.#offset(name));
    return Number(text);
  }

  run(name: string): string | null {
    const text = this.text(name, longest.run);
    return text === null ? null : readRun(text, this.#offset(name));
  }

  view(name: string): View | null {
    const text = this.text(name, 100);
    if (text === null) return null;
    const [x, y, scale, ...more] = text.split(",").map((part) => (/^-?\d+(\.\d+)?$/.test(part) ? Number(part) : NaN));
    if (
      x === undefined ||
      y === undefined ||
      scale === undefined ||
      more.length > 0 ||
      !(Math.abs(x) < 1e9 && Math.abs(y) < 1e9) ||
      !(scale > 0 && scale <= 100)
    )
      throw new BadPart(`${name} is x,y,scale with a scale above 0, not ${JSON.stringify(text)}`, this.#offset(name));
    return { x, y, scale };
  }

  #offset(name: string): number {
    return this.#values.get(name)?.offset ?? 0;
  }
}

function readPath(raw: string, offset: number, what: string): string {
  if (raw === "") throw new BadPart(`a ${what} has a name`, offset);
  const path = raw
    .split("/")
    .map((segment) => decode(segment, offset))
    .join("/");
  if (path.length > longest.path)
    throw new BadPart(`the ${what}'s name has ${path.length} characters, and at most ${longest.path} are read`, offset);
  if (hasControlCharacter(path) || /\\|(?:^|\/)\.{0,2}(?:\/|$)/.test(path))
    throw new BadPart(`${JSON.stringify(path)} is no name of a ${what}`, offset);
  return path;
}

function readKey(raw: string, offset: number): string {
  const key = readPath(raw, offset, "asset");
  if (!key.includes("/"))
    throw new BadPart(`${JSON.stringify(key)} is no asset key; it is written notebook/name`, offset);
  return key;
}

function readRun(raw: string, offset: number): string {
  if (!/^[\w-]{1,64}$/.test(raw)) throw new BadPart(`${JSON.stringify(raw.slice(0, 80))} is no id of a run`, offset);
  return raw;
}

function decode(raw: string, offset: number): string {
  try {
    return decodeURIComponent(raw);
  } catch {
    const bad = /%(?![0-9a-f]{2})/i.exec(raw);
    throw new BadPart("a percent sign is not followed by what it encodes", offset + (bad?.index ?? 0));
  }
}

/** A path with each segment encoded. A dot is too: the server takes what ends like a file for one. */
function encodePath(path: string): string {
  return path
    .split("/")
    .map((segment) => encodeURIComponent(segment).replaceAll(".", "%2E"))
    .join("/");
}

function query(values: Readonly<Record<string, string | number | null>>): string {
  const parts = Object.entries(values).flatMap(([name, value]) =>
    value === null || value === "" ? [] : `${name}=${readable(encodeURIComponent(value))}`,
  );
  return parts.length === 0 ? "" : `?${parts.join("&")}`;
}

/** Characters that a query may hold as they are, so that a selection can be read in the address. */
function readable(encoded: string): string {
  return encoded
    .replace(
      /%(2F|3A|2C|22)/g,
      (whole, code: string) => ({ "2F": "/", "3A": ":", "2C": ",", "22": whole })[code] ?? whole,
    )
    .replaceAll("%20", "+");
}
