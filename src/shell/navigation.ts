import type { Route } from "./route.ts";
import { formatRoute, parseRoute } from "./router.ts";

/** How often the address may be rewritten while something moves: browsers refuse more than about 100 in 10 s. */
const settleMs = 350;

/** The address of this page as state: every view is a route, and back and forward are left to the browser. */
export class Navigation {
  #route: Route;
  #settling = 0;
  readonly #listeners = new Set<() => void>();

  constructor() {
    this.#route = parseRoute(location.pathname + location.search);
    addEventListener("popstate", () => {
      clearTimeout(this.#settling);
      this.#set(parseRoute(location.pathname + location.search));
    });
  }

  get route(): Route {
    return this.#route;
  }

  onRoute(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Goes to another page: one step of back. */
  go(route: Route): void {
    this.#settle();
    const url = formatRoute(route);
    if (url !== location.pathname + location.search) history.pushState(null, "", url);
    this.#set(route);
    scrollTo(0, 0);
  }

  /** Changes how the page is looked at, without a step of back. */
  replace(route: Route): void {
    this.#set(route);
    clearTimeout(this.#settling);
    this.#settling = window.setTimeout(() => this.#settle(), settleMs);
  }

  /** Follows links of this page without loading it again. Links elsewhere, of files, and with a modifier are the browser's. */
  followLinks(root: HTMLElement): void {
    root.addEventListener("click", (event) => {
      if (
        event.defaultPrevented ||
        event.button !== 0 ||
        event.ctrlKey ||
        event.metaKey ||
        event.shiftKey ||
        event.altKey
      )
        return;
      const link = event
        .composedPath()
        .find((target): target is HTMLAnchorElement => target instanceof HTMLAnchorElement);
      if (!link || link.target !== "" || link.hasAttribute("download")) return;
      const url = new URL(link.href);
      if (url.origin !== location.origin || url.pathname.startsWith("/api") || url.hash !== "") return;
      event.preventDefault();
      this.go(parseRoute(url.pathname + url.search));
    });
  }

  #settle(): void {
    if (this.#settling === 0) return;
    clearTimeout(this.#settling);
    this.#settling = 0;
    // the fragment of a shared page is its token, without which the address shows nothing
    if (this.#route.type !== "invalid")
      history.replaceState(null, "", formatRoute(this.#route) + (this.#route.type === "shared" ? location.hash : ""));
  }

  #set(route: Route): void {
    this.#route = route;
    for (const listener of this.#listeners) listener();
  }
}
