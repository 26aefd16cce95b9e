import { CellarLogin } from "./login-page.ts";

/** Makes the element that asks for a login known. May be called again. */
export function defineLogin(): void {
  if (customElements.get("cellar-login") === undefined) customElements.define("cellar-login", CellarLogin);
}
