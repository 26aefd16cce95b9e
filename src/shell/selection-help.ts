import { html, type TemplateResult } from "lit";
import { allLineage } from "./route.ts";
import { formatRoute } from "./router.ts";

const examples: readonly (readonly [select: string, means: string])[] = [
  ["orders", "one asset, by its name or key"],
  ["sales/*", "all assets of a notebook"],
  ["+orders", "with everything that it reads"],
  ["orders+2", "with its readers, two layers of them"],
  ["is:stale or is:failed", "what needs a run"],
  ["tag:daily and kind:sql", "tagged daily and written in SQL"],
  ["* - group:examples", "everything but a group"],
  ["roots(+orders)", "where its data comes from"],
];

/** What can be written as a selection, by example. */
export function selectionHelp(): TemplateResult {
  return html`<section class="blank">
    <h2>Selections</h2>
    <dl class="examples">
      ${examples.map(
        ([select, means]) =>
          html`<div>
            <dt>
              <a href=${formatRoute({ ...allLineage, select })}><code>${select}</code></a>
            </dt>
            <dd>${means}</dd>
          </div>`,
      )}
    </dl>
  </section>`;
}

/** Whether a selection leaves nothing out. */
export function isEverything(selection: string): boolean {
  return selection === "" || selection === "*";
}
