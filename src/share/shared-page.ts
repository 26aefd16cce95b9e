import { html, nothing, type PropertyDeclarations } from "lit";
import { AppError, messageOf } from "../../cells/errors.ts";
import type { Lineage, LineageNode } from "../../cells/lineage/lineage.ts";
import { legend } from "../lineage/legend.ts";
import { lineageList } from "../lineage/lineage-list.ts";
import { readLineage } from "../lineage/read-lineage.ts";
import type { Api } from "../remote/api.ts";
import { icon } from "../shell/icons.ts";
import { Loader } from "../shell/loader.ts";
import type { Navigation } from "../shell/navigation.ts";
import type { Route, View } from "../shell/route.ts";
import { plural, sayTime } from "../shell/say.ts";
import { ShellElement } from "../shell/shell-element.ts";
import { sentence, whenLoaded } from "../shell/states.ts";

interface Shared {
  readonly lineage: Lineage;
  readonly selection: string;
  readonly run: string | null;
  readonly withData: boolean;
  readonly expiresAt: number | null;
}

type SharedRoute = Extract<Route, { readonly type: "shared" }>;

/** How often a page that is looked at asks whether its link still holds. */
const askMs = 15_000;

/** What a link shows to someone without a login. Its token is in the address and in memory, and nowhere else. */
export class CellarShared extends ShellElement {
  static override properties: PropertyDeclarations = {
    api: { attribute: false },
    hasToken: { type: Boolean },
    navigation: { attribute: false },
    download: { attribute: false },
    problem: { state: true },
  };

  declare api: Api;
  declare hasToken: boolean;
  declare navigation: Navigation;
  declare download: (response: Response, name: string) => Promise<void>;
  declare problem: string | null;
  readonly #loader = new Loader<Shared>(this, async (signal) => {
    const { nodes, edges, ...rest } = await this.api.call("shared", {}, signal);
    return { lineage: readLineage({ nodes, edges }), ...rest };
  });
  #asking: ReturnType<typeof setInterval> | undefined;
  #unroute: () => void = () => undefined;

  constructor() {
    super();
    this.problem = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#unroute = this.navigation.onRoute(() => this.requestUpdate());
    if (!this.hasToken) return;
    void this.#loader.read();
    this.#asking = setInterval(() => this.#ask(), askMs);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#asking);
    this.#unroute();
  }

  /** Whether the server refuses the link. It never takes one back that it refused. */
  get #hasEnded(): boolean {
    const { state } = this.#loader;
    return state.type === "failed" && state.error instanceof AppError && state.error.code === "unauthorized";
  }

  #ask(): void {
    if (this.#hasEnded) clearInterval(this.#asking);
    else if (document.visibilityState === "visible") void this.#loader.read();
  }

  protected override render() {
    const { state } = this.#loader;
    return html`<header class="top">
        <span class="brand">Cellar</span> <span class="soft">shared lineage, read only</span>
      </header>
      <main class="page wide lineage-page">
        ${
          !this.hasToken
            ? ending(
                "This address is incomplete",
                "The link to a shared lineage ends in # and a long code. Open the whole link that you were given.",
              )
            : this.#hasEnded
              ? ending(
                  "This link has ended",
                  "It was revoked, it expired, or it never was. Ask whoever gave it to you for a new one.",
                )
              : whenLoaded(
                  state,
                  "lineage",
                  (shared) => this.#content(shared),
                  () => void this.#loader.read(),
                )
        }
      </main>`;
  }

  #content({ lineage, selection, run, withData, expiresAt }: Shared) {
    const { route } = this.navigation;
    if (route.type !== "shared") return nothing;
    return html`<div class="lineage-bar">
        <h1 class="shared-title">${selection === "" ? "Everything" : html`<code>${selection}</code>`}</h1>
        <span class="soft"
          >${run === null ? "as it is now" : `as it was at the end of run ${run.slice(0, 8)}`}${expiresAt === null ? "" : ` · link ends ${sayTime(expiresAt).slice(0, 16)}`}</span
        >
        <div class="segments" role="group" aria-label="Show as">
          <button aria-pressed=${route.as === "graph"} @click=${() => this.#look({ as: "graph" })}>Graph</button>
          <button aria-pressed=${route.as === "list"} @click=${() => this.#look({ as: "list" })}>List</button>
        </div>
      </div>
      ${this.problem === null ? nothing : html`<p class="problem" role="alert">${sentence(this.problem)}</p>`}
      ${
        route.as === "list"
          ? lineageList(lineage, false, Date.now())
          : html`<cellar-lineage
              .lineage=${lineage}
              .links=${false}
              .focusId=${route.focus}
              .view=${route.view}
              @lineage-look=${(event: CustomEvent<{ readonly focus: string | null; readonly view: View | null }>) => this.#look(event.detail)}
              @lineage-open=${(event: CustomEvent<LineageNode>) => this.#look({ focus: event.detail.id })}
            ></cellar-lineage>`
      }
      <footer class="lineage-foot">
        ${withData ? this.#downloads(lineage, route.focus) : html`<span class="soft">${plural(lineage.nodes.length, "node")}; this link gives no data.</span>`}
        ${legend()}
      </footer>`;
  }

  #downloads({ nodes }: Lineage, focus: string | null) {
    const node = nodes.find(({ id }) => id === focus);
    if (node === undefined || node.type === "file")
      return html`<span class="soft">Choose an asset to download its data.</span>`;
    if (node.virtual || node.lastRunAt === null)
      return html`<span class="soft">${node.name} has no stored data.</span>`;
    return html`<div class="exports">
      ${(["parquet", "csv", "json"] as const).map(
        (format) =>
          html`<button class="button" @click=${() => this.#export(node, format)}>
            ${icon("download")} ${node.name}.${format}
          </button>`,
      )}
    </div>`;
  }

  async #export({ key, name }: LineageNode, format: "parquet" | "csv" | "json"): Promise<void> {
    this.problem = null;
    try {
      await this.download(await this.api.open("data", { key, format }), `${name}.${format}`);
    } catch (error) {
      this.problem = messageOf(error);
    }
  }

  #look(change: Partial<SharedRoute>): void {
    const { route } = this.navigation;
    if (route.type === "shared") this.navigation.replace({ ...route, ...change });
  }
}

function ending(title: string, text: string) {
  return html`<section class="blank" role="alert">
    <h2>${title}</h2>
    <p>${text}</p>
  </section>`;
}

declare global {
  interface HTMLElementTagNameMap {
    "cellar-shared": CellarShared;
  }
}
