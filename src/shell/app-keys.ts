import { allLineage, type Route } from "./route.ts";

/** What a key does anywhere on the page. */
export type AppKey =
  | { readonly type: "go"; readonly route: Route }
  | { readonly type: "shortcuts" }
  | { readonly type: "select" }
  /** the first of two keys */
  | { readonly type: "prefix" };

interface Key {
  readonly key: string;
  readonly ctrlKey?: boolean;
  readonly metaKey?: boolean;
  readonly altKey?: boolean;
  readonly ctrl?: boolean;
  readonly meta?: boolean;
  readonly alt?: boolean;
}

const pages: Readonly<Record<string, Route>> = {
  n: { type: "home" },
  l: allLineage,
  r: { type: "runs", before: null },
};

/** `before` is the key pressed before this one, where it was a prefix. Null: the key means nothing here. */
export function appKey(key: Key, before: string): AppKey | null {
  if (key.ctrlKey || key.metaKey || key.altKey || key.ctrl || key.meta || key.alt) return null;
  if (before === "g") {
    const route = Object.hasOwn(pages, key.key) ? pages[key.key] : undefined;
    return route === undefined ? null : { type: "go", route };
  }
  if (key.key === "g") return { type: "prefix" };
  if (key.key === "?") return { type: "shortcuts" };
  return key.key === "/" ? { type: "select" } : null;
}
