import { html, nothing, type PropertyDeclarations, type PropertyValues } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { RunSummary } from "../../cells/api/schema.ts";
import { Loader } from "./loader.ts";
import type { Route } from "./route.ts";
import { formatRoute } from "./router.ts";
import { sayAgo, sayDuration, sayTime } from "./say.ts";
import { isEverything } from "./selection-help.ts";
import type { Services } from "./services.ts";
import { ShellElement } from "./shell-element.ts";
import { blank, whenLoaded } from "./states.ts";
import { status } from "./status.ts";
import { sayTrigger } from "./trigger.ts";

const pageRuns = 50;

/** Runs, newest first. */
export class CellarRuns extends ShellElement {
  static override properties: PropertyDeclarations = { services: { attribute: false }, route: { attribute: false } };

  declare services: Services;
  declare route: Extract<Route, { readonly type: "runs" }>;
  readonly #loader = new Loader<readonly RunSummary[]>(this, async (signal) => {
    const { before } = this.route;
    const { runs } = await this.services.api.call(
      "runs",
      { limit: String(pageRuns), ...(before === null ? {} : { before: String(before) }) },
      signal,
    );
    return runs;
  });
  #unsubscribe: () => void = () => undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#unsubscribe = this.services.feed.subscribe((message) => {
      if (message.type === "resumed" || message.event.fact.type === "run_changed") this.#loader.refresh();
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#unsubscribe();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("route")) void this.#loader.read({ forget: changed.get("route")?.before !== this.route.before });
  }

  protected override render() {
    return html`<main class="page">
      <div class="section-head"><h1>Runs</h1></div>
      ${whenLoaded(
        this.#loader.state,
        "list of runs",
        (runs) => this.#content(runs),
        () => void this.#loader.read(),
      )}
    </main>`;
  }

  #content(runs: readonly RunSummary[]) {
    const last = runs.at(-1);
    if (last === undefined)
      return this.route.before === null
        ? blank(
            "Nothing has run yet",
            html`A run carries out what is stale. Start one from an <a href="/lineage">asset</a>, publish a notebook
              that has a schedule, or type <code>npx cellar run</code>.`,
          )
        : blank("No older runs", html`<a href="/runs">Show the newest</a>`);
    return html`<div class="table-scroll">
        <table class="runs">
          <thead>
            <tr>
              <th scope="col">State</th>
              <th scope="col">Run</th>
              <th scope="col">Selection</th>
              <th scope="col">Started</th>
              <th scope="col" class="number">Took</th>
            </tr>
          </thead>
          <tbody>
            ${repeat(runs, ({ run }) => run, row)}
          </tbody>
        </table>
      </div>
      <p class="pager">
        ${this.route.before === null ? nothing : html`<a href="/runs">Newest</a>`}
        ${runs.length < pageRuns ? nothing : html`<a href=${formatRoute({ type: "runs", before: last.createdAt })}>Older</a>`}
      </p>`;
  }
}

function row({ run, state, trigger, selection, createdAt, startedAt, endedAt, error }: RunSummary) {
  return html`<tr>
    <td>${status(state, error?.message ?? "")}</td>
    <th scope="row">
      <a class="row-link" href=${formatRoute({ type: "run", id: run, step: null })}><code>${run.slice(0, 8)}</code></a>
      <span class="soft">${sayTrigger(trigger)}</span>
    </th>
    <td class=${isEverything(selection) ? "soft" : "path"}>${isEverything(selection) ? "everything" : selection}</td>
    <td title=${sayTime(createdAt)}>${sayAgo(createdAt, Date.now())}</td>
    <td class="number">${startedAt === null || endedAt === null ? "" : sayDuration(endedAt - startedAt)}</td>
  </tr>`;
}

declare global {
  interface HTMLElementTagNameMap {
    "cellar-runs": CellarRuns;
  }
}
