import { html, nothing, type PropertyDeclarations, type PropertyValues } from "lit";
import type { RunReport, StepReport } from "../../cells/api/schema.ts";
import { messageOf } from "../../cells/errors.ts";
import { isTerminal, type RunState } from "../../cells/model/run.ts";
import { readEvent, type ServerEvent } from "../remote/server-event.ts";
import { gantt } from "./gantt.ts";
import { icon } from "./icons.ts";
import { Loader } from "./loader.ts";
import { allLineage, type Route } from "./route.ts";
import { formatRoute } from "./router.ts";
import { runLog } from "./run-log.ts";
import { sayDuration, sayTime } from "./say.ts";
import { isEverything } from "./selection-help.ts";
import type { Services } from "./services.ts";
import { ShellElement } from "./shell-element.ts";
import { sentence, whenLoaded } from "./states.ts";
import { status } from "./status.ts";
import { sayTrigger } from "./trigger.ts";

/** Most lines of a log that are kept on the page; the newest are. */
const mostEvents = 5000;

/** One run: its steps on its time, what they made, why they failed, and its log as it grows. */
export class CellarRun extends ShellElement {
  static override properties: PropertyDeclarations = {
    services: { attribute: false },
    route: { attribute: false },
    events: { state: true },
    busy: { state: true },
  };

  declare services: Services;
  declare route: Extract<Route, { readonly type: "run" }>;
  declare events: readonly ServerEvent[];
  declare busy: boolean;
  readonly #loader = new Loader<{ readonly report: RunReport; readonly notebooks: ReadonlySet<string> }>(
    this,
    (signal) => this.#load(signal),
  );
  #unsubscribe: () => void = () => undefined;
  #ticking: ReturnType<typeof setInterval> | undefined;

  constructor() {
    super();
    this.events = [];
    this.busy = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#unsubscribe = this.services.feed.subscribe((message) => {
      if (message.type === "resumed") return this.#loader.refresh();
      const { fact } = message.event;
      if (!("run" in fact) || fact.run !== this.route.id) return;
      this.#append([message.event]);
      if (fact.type !== "log") this.#loader.refresh();
    });
    // bars of what runs grow
    this.#ticking = setInterval(() => this.#isRunning && this.requestUpdate(), 500);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#unsubscribe();
    clearInterval(this.#ticking);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("route") || changed.get("route")?.id === this.route.id) return;
    this.events = [];
    void this.#loader.read({ forget: true });
  }

  get #isRunning(): boolean {
    const state = this.#loader.state.value?.report.state;
    return state !== undefined && !isTerminal(stateOf(state));
  }

  async #load(signal: AbortSignal) {
    const { api } = this.services;
    const { id } = this.route;
    const [report, { events }, notebooks] = await Promise.all([
      api.call("run", { id }, signal),
      api.call("runEvents", { id, after: String(this.events.at(-1)?.seq ?? 0) }, signal),
      api.call("notebooks", {}, signal).then(
        ({ notebooks }) => new Set(notebooks.map(({ path }) => path)),
        () => new Set<string>(),
      ),
    ]);
    this.#append(events.flatMap((event) => readEvent(event) ?? []));
    return { report, notebooks };
  }

  #append(events: readonly ServerEvent[]): void {
    const last = this.events.at(-1)?.seq ?? 0;
    const newer = events.filter(({ seq }) => seq > last);
    if (newer.length > 0) this.events = [...this.events, ...newer].slice(-mostEvents);
  }

  protected override render() {
    return html`<main class="page">
      ${whenLoaded(
        this.#loader.state,
        "run",
        ({ report, notebooks }) => this.#content(report, notebooks),
        () => void this.#loader.read(),
      )}
    </main>`;
  }

  #content(report: RunReport, notebooks: ReadonlySet<string>) {
    const { run, state, trigger, selection, createdAt, startedAt, endedAt, error, steps } = report;
    const running = !isTerminal(stateOf(state));
    const took = startedAt === null ? "" : sayDuration((endedAt ?? Date.now()) - startedAt);
    const isBroken = steps.some(
      (step) => step.state === "failed" || step.state === "blocked" || step.state === "cancelled",
    );
    const placeOf = ({ key, error: failed }: StepReport): string | null => {
      const path = `${key.slice(0, key.lastIndexOf("/"))}.html`;
      return failed?.cell != null && notebooks.has(path)
        ? formatRoute({ type: "notebook", path, cell: failed.cell })
        : null;
    };
    return html`<div class="section-head">
        <h1>Run <code>${run.slice(0, 8)}</code></h1>
        ${
          running
            ? html`<button class="button" ?disabled=${this.busy || state === "cancelling"} @click=${this.#cancel}>
                ${icon("stop")} Cancel
              </button>`
            : html`${isBroken ? html`<button class="button primary" ?disabled=${this.busy} @click=${() => this.#retry(true)}>${icon("retry")} Retry from failure</button>` : nothing}
                <button class="button" ?disabled=${this.busy} @click=${() => this.#retry(false)}>
                  ${icon("retry")} Run again
                </button>`
        }
        <a class="button" href=${formatRoute({ ...allLineage, run })}>Lineage then</a>
      </div>
      <p class="facts">
        ${status(state)} <span>${sayTrigger(trigger)}</span>
        <span title="created">${sayTime(createdAt)}</span>
        ${took === "" ? nothing : html`<span>${running ? "running for" : "took"} ${took}</span>`}
        <span class=${isEverything(selection) ? "" : "path"}
          >${isEverything(selection) ? "everything" : selection}</span
        >
      </p>
      ${error === null ? nothing : html`<p class="problem" role="alert">${icon("warning")} ${sentence(error.message)}</p>`}
      <section aria-labelledby="steps">
        <h2 id="steps">Steps</h2>
        ${steps.length === 0 ? html`<p class="soft">${running ? "The run is being prepared." : "The plan had no steps: nothing was selected."}</p>` : gantt(report, this.route.step, placeOf, Date.now())}
      </section>
      <section aria-labelledby="log">
        <h2 id="log">Log</h2>
        ${runLog(this.events, running)}
      </section>`;
  }

  readonly #cancel = (): Promise<void> =>
    this.#act(async () => {
      await this.services.api.call("cancelRun", { id: this.route.id });
      this.#loader.refresh();
    });

  #retry(fromFailure: boolean): Promise<void> {
    return this.#act(async () => {
      const { run } = await this.services.api.call("retryRun", { id: this.route.id, fromFailure });
      this.services.navigation.go({ type: "run", id: run, step: null });
    });
  }

  async #act(action: () => Promise<void>): Promise<void> {
    this.busy = true;
    try {
      await action();
    } catch (error) {
      this.services.toast({ text: sentence(messageOf(error)), tone: "bad" });
    }
    this.busy = false;
  }
}

/** A state of a run as the API says it; words of a newer server count as running. */
function stateOf(text: string): RunState {
  const known: readonly RunState[] = [
    "queued",
    "starting",
    "running",
    "cancelling",
    "succeeded",
    "failed",
    "cancelled",
    "interrupted",
  ];
  return known.find((state) => state === text) ?? "running";
}

declare global {
  interface HTMLElementTagNameMap {
    "cellar-run": CellarRun;
  }
}
