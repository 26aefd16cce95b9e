import { CellarHome } from "./home-page.ts";

/** Makes the element of the first page known. May be called again. */
export function defineHome(): void {
  if (customElements.get("cellar-home") === undefined) customElements.define("cellar-home", CellarHome);
}
