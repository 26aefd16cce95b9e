import { html, type TemplateResult } from "lit";
import type { Route } from "./route.ts";
import { sentence } from "./states.ts";

/** What a page shows for an address that cannot be read: what is wrong, and where in it. */
export function invalidPage({ url, column, problem }: Extract<Route, { readonly type: "invalid" }>): TemplateResult {
  return html`<main class="page">
    <section class="blank" role="alert">
      <h1>This address cannot be read</h1>
      <p>${sentence(`${problem} (character ${column})`)}</p>
    </section>
    <pre class="bad-address">
${url}
${" ".repeat(Math.min(column - 1, 400))}^</pre>
    <p><a href="/">All notebooks</a></p>
  </main>`;
}
