import { html, nothing, type PropertyDeclarations, type PropertyValues } from "lit";
import { AppError } from "../../cells/errors.ts";
import type { Lineage, LineageNode } from "../../cells/lineage/lineage.ts";
import { parseSelection } from "../../cells/select/parse.ts";
import { legend } from "../lineage/legend.ts";
import { lineageList } from "../lineage/lineage-list.ts";
import { LiveSteps } from "../lineage/live-steps.ts";
import { readLineage } from "../lineage/read-lineage.ts";
import type { FeedMessage } from "../remote/event-feed.ts";
import { icon } from "./icons.ts";
import { Loader } from "./loader.ts";
import type { Route, View } from "./route.ts";
import { formatRoute } from "./router.ts";
import { plural } from "./say.ts";
import { selectionHelp } from "./selection-help.ts";
import type { Services } from "./services.ts";
import { ShellElement } from "./shell-element.ts";
import { blank, whenLoaded } from "./states.ts";

type LineageRoute = Extract<Route, { readonly type: "lineage" }>;

/**
 * The lineage of the workspace, of a selection, or of a past run.
 *
 * @fires share - detail: the selection and run that a link is wanted for
 */
export class CellarLineagePage extends ShellElement {
  static override properties: PropertyDeclarations = { services: { attribute: false }, route: { attribute: false } };

  declare services: Services;
  declare route: LineageRoute;
  readonly #loader = new Loader<Lineage>(this, (signal) => this.#load(signal));
  readonly #live = new LiveSteps();
  #unsubscribe: () => void = () => undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#unsubscribe = this.services.feed.subscribe((message) => {
      // a past run does not change any more
      if (this.route.run !== null || (message.type === "event" && message.event.fact.type === "log")) return;
      this.#loader.refresh();
      this.#follow(message);
    });
    void this.#readRunning();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#unsubscribe();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get("route");
    if (
      changed.has("route") &&
      (before === undefined || before.select !== this.route.select || before.run !== this.route.run)
    )
      void this.#loader.read({ forget: true });
  }

  /** What a message says of steps is drawn at once; what it made is read with the rest. */
  #follow(message: FeedMessage): void {
    if (message.type === "resumed") return void this.#readRunning();
    const { fact } = message.event;
    if (fact.type === "step_changed") this.#live.step(fact.run, fact);
    else if (fact.type !== "run_changed") return;
    else if (isRunOver(fact.state)) this.#live.over(fact.run);
    else return void this.#readSteps(fact.run);
    this.requestUpdate();
  }

  /** Steps of runs that began before the page was opened. */
  async #readRunning(): Promise<void> {
    this.#live.clear();
    // what goes on is shown beside what is known: without it, the lineage is still true
    const { runs } = await this.services.api.call("runs", { limit: "20" }).catch(() => ({ runs: [] }));
    for (const { run, state } of runs) if (!isRunOver(state)) await this.#readSteps(run);
  }

  async #readSteps(run: string): Promise<void> {
    const report = await this.services.api.call("run", { id: run }).catch(() => null);
    if (report === null || isRunOver(report.state)) return;
    for (const { key, partition, state } of report.steps)
      this.#live.step(run, { asset: key, partition: partition ?? "", state });
    this.requestUpdate();
  }

  async #load(signal: AbortSignal): Promise<Lineage> {
    const { select, run } = this.route;
    parseSelection(select);
    return readLineage(
      await this.services.api.call(
        "lineage",
        { ...(select === "" ? {} : { select }), ...(run === null ? {} : { run }) },
        signal,
      ),
    );
  }

  protected override render() {
    const { select, run, as } = this.route;
    const { state } = this.#loader;
    const wrong =
      state.type === "failed" && state.error instanceof AppError && state.error.code === "selection_invalid"
        ? state.error.message
        : null;
    return html`<main class="page wide lineage-page">
      <div class="lineage-bar">
        <h1 class="only-spoken">Lineage</h1>
        <cellar-selection
          .value=${select}
          .problem=${wrong}
          @selection=${(event: CustomEvent<string>) => this.#go({ select: event.detail, focus: null, view: null })}
        ></cellar-selection>
        <div class="segments" role="group" aria-label="Show as">
          <button aria-pressed=${as === "graph"} @click=${() => this.#go({ as: "graph" })}>Graph</button>
          <button aria-pressed=${as === "list"} @click=${() => this.#go({ as: "list" })}>List</button>
        </div>
        <button class="button" @click=${() => this.tell("share", { select, run })}>${icon("share")} Share</button>
      </div>
      ${
        run === null
          ? nothing
          : html`<p class="notice">
              <span
                >As it was at the end of
                <a href=${formatRoute({ type: "run", id: run, step: null })}>run ${run.slice(0, 8)}</a>.</span
              >
              <a href=${formatRoute({ ...this.route, run: null })}>Show now</a>
            </p>`
      }
      ${
        wrong !== null
          ? selectionHelp()
          : whenLoaded(
              state,
              "lineage",
              (lineage) => this.#content(run === null ? this.#live.drawnOn(lineage) : lineage),
              () => void this.#loader.read(),
            )
      }
    </main>`;
  }

  #content(lineage: Lineage) {
    if (lineage.nodes.length === 0)
      return this.route.select === ""
        ? blank(
            "Nothing to show yet",
            "An asset is a named result of a cell. Write a cell with a name, and it appears here with what it reads.",
            html`<a class="button" href="/">Notebooks</a>`,
          )
        : blank(
            "The selection takes nothing",
            "No asset of this workspace is in it.",
            html`<button class="button" @click=${() => this.#go({ select: "" })}>Show all</button>`,
          );
    if (this.route.as === "list") return lineageList(lineage, true, Date.now());
    return html`<cellar-lineage
        .lineage=${lineage}
        .focusId=${this.route.focus}
        .view=${this.route.view}
        @lineage-look=${this.#look}
        @lineage-open=${(event: CustomEvent<LineageNode>) => this.#open(event.detail)}
      ></cellar-lineage>
      <footer class="lineage-foot">
        <span class="soft">${plural(lineage.nodes.length, "node")}, ${plural(lineage.edges.length, "edge")}</span>
        ${legend()}
      </footer>`;
  }

  #go(change: Partial<LineageRoute>): void {
    this.services.navigation.go({ ...this.route, ...change });
  }

  #look(event: CustomEvent<{ readonly focus: string | null; readonly view: View | null }>): void {
    this.services.navigation.replace({ ...this.route, ...event.detail });
  }

  #open(node: LineageNode): void {
    const { navigation } = this.services;
    if (node.type === "file") navigation.replace({ ...this.route, focus: node.id });
    else if (node.virtual && node.notebook !== null)
      navigation.go({ type: "notebook", path: node.notebook, cell: node.cell });
    else navigation.go({ type: "asset", key: node.key, partition: null });
  }
}

function isRunOver(state: string): boolean {
  return ["succeeded", "failed", "cancelled", "interrupted"].includes(state);
}

declare global {
  interface HTMLElementTagNameMap {
    "cellar-lineage-page": CellarLineagePage;
  }
}
