/** What the service worker does with a request. */
export type Rule =
  /** it is the network's: nothing is stored, nothing stored is given */
  | { readonly type: "network" }
  /** the page itself, for any address of it */
  | { readonly type: "shell" }
  /** the notebook's document, with the policy in its header */
  | { readonly type: "frame" }
  /** a part of the build: stored when this worker was installed */
  | { readonly type: "build" }
  /** the server's answer; without a server, its last one */
  | { readonly type: "latest" }
  /** never changes at this address: asked for once */
  | { readonly type: "immutable" };

/** The parts of a request that decide. */
export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly isNavigation: boolean;
  /** the request's cache mode; `no-store` keeps it out of here */
  readonly cache: string;
  readonly hasToken: boolean;
}

/** Answers that are kept for when the server is stopped: what opens, edits and recomputes a workspace. */
const kept = [
  /^\/api\/session$/,
  /^\/api\/notebooks(\/[^/]+)?$/,
  /^\/api\/hydration\/[^/]+$/,
  /^\/api\/files(\/[^/]+)?$/,
  /^\/api\/assets$/,
  /^\/api\/assets\/[^/]+\/materializations$/,
  /^\/api\/lineage$/,
  /^\/api\/runs(\/[^/]+(\/events)?)?$/,
  /^\/api\/schedules$/,
];

/**
 * The rule of a request. Only reads of this origin are touched. Of the API, only requests with a token: who has none gets nothing that
 * another request left here. Login codes, tokens of links, streams and figures are the network's.
 */
export function ruleFor({ method, url, isNavigation, cache, hasToken }: Asked, origin: string): Rule {
  const { origin: asked, pathname, searchParams } = new URL(url);
  if (method !== "GET" || asked !== origin) return { type: "network" };
  if (pathname === "/api" || pathname.startsWith("/api/")) {
    if (isNavigation || !hasToken || cache === "no-store") return { type: "network" };
    if (/^\/api\/assets\/[^/]+\/data$/.test(pathname))
      return /^[0-9a-f]{64}$/.test(searchParams.get("version") ?? "") ? { type: "immutable" } : { type: "network" };
    return kept.some((pattern) => pattern.test(pathname)) ? { type: "latest" } : { type: "network" };
  }
  if (pathname === "/frame") return { type: "frame" };
  if (isNavigation)
    return /\.[a-z0-9]+$/i.test(pathname) && !pathname.endsWith(".html") ? { type: "network" } : { type: "shell" };
  return { type: "build" };
}
