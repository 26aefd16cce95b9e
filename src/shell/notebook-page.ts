import { html, nothing, type PropertyDeclarations, type PropertyValues } from "lit";
import type { NotebookDocument } from "../../cells/api/schema.ts";
import { messageOf } from "../../cells/errors.ts";
import type { KeyStroke, OpenTarget } from "../../cells/protocol/document.ts";
import type { EngineProvider } from "../host/engine-provider.ts";
import type { SessionView } from "../notebook/session-view.ts";
import { openServerNotebook, type ServerNotebook } from "../remote/notebook-ports.ts";
import { icon } from "./icons.ts";
import { allLineage, type Route, selectKey, selectNotebook } from "./route.ts";
import { formatRoute, parseRoute } from "./router.ts";
import type { Services } from "./services.ts";
import { ShellElement } from "./shell-element.ts";
import { sentence } from "./states.ts";

type Publication = Pick<NotebookDocument, "revision" | "published">;

/**
 * One notebook, with what the workspace does about it: publishing, lineage, sharing.
 *
 * @fires share - detail: what a link is wanted for
 * @fires shell-key - detail: KeyStroke that the notebook did not use
 */
export class CellarNotebookPage extends ShellElement {
  static override properties: PropertyDeclarations = {
    services: { attribute: false },
    engine: { attribute: false },
    route: { attribute: false },
    publication: { state: true },
    warnings: { state: true },
    busy: { state: true },
    scheme: { state: true },
  };

  declare services: Services;
  declare engine: EngineProvider;
  declare route: Extract<Route, { readonly type: "notebook" }>;
  /** null until the server has said */
  declare publication: Publication | null;
  /** what publishing gave to think about */
  declare warnings: readonly string[];
  declare busy: boolean;
  declare scheme: "light" | "dark";
  #notebook: ServerNotebook | null = null;
  #revealed: number | null = null;
  #unsubscribe: () => void = () => undefined;
  readonly #recolour = (): void => void (this.scheme = this.services.theme.scheme);

  constructor() {
    super();
    this.publication = null;
    this.warnings = [];
    this.busy = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.scheme = this.services.theme.scheme;
    addEventListener("cellar-theme", this.#recolour);
    this.#unsubscribe = this.services.feed.subscribe((message) => {
      const fact = message.type === "event" ? message.event.fact : null;
      if (fact === null || ("path" in fact && fact.path === this.route.path)) void this.#readPublication();
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("cellar-theme", this.#recolour);
    this.#unsubscribe();
    this.#notebook?.close();
    this.#notebook = null;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const { path } = this.route;
    if (!changed.has("route") || this.#notebook?.ports.path === path) return;
    this.#notebook?.close();
    this.#notebook = openServerNotebook(
      path,
      this.services.api,
      this.services.feed,
      (cell) => new URL(formatRoute({ type: "notebook", path, cell }), location.origin).href,
    );
    this.#revealed = null;
    this.publication = null;
    this.warnings = [];
    void this.#readPublication();
  }

  async #readPublication(): Promise<void> {
    const { path } = this.route;
    try {
      const { revision, published } = await this.services.api.call("notebook", { path });
      if (path === this.route.path) this.publication = { revision, published };
    } catch {
      // the notebook itself says what is wrong; what is published is then not known
    }
  }

  protected override render() {
    if (this.#notebook === null) return nothing;
    return html`<main class="notebook-page">
      ${
        this.warnings.length === 0
          ? nothing
          : html`<div class="notice warnings" role="status">
              ${icon("warning")}
              <div>
                <strong>Published, with ${this.warnings.length === 1 ? "a warning" : "warnings"}</strong>
                <ul>
                  ${this.warnings.map((warning) => html`<li>${sentence(warning)}</li>`)}
                </ul>
              </div>
              <button class="icon-button" aria-label="Close" @click=${() => (this.warnings = [])}>
                ${icon("close")}
              </button>
            </div>`
      }
      <cellar-notebook
        .ports=${this.#notebook.ports}
        .engine=${this.engine}
        .theme=${{ scheme: this.scheme, name: "air" }}
        @cellar-open=${(event: CustomEvent<OpenTarget>) => this.#open(event.detail)}
        @cellar-key=${(event: CustomEvent<KeyStroke>) => this.tell("shell-key", event.detail)}
        @cellar-view=${(event: CustomEvent<SessionView>) => this.#viewed(event.detail)}
      >
        <span slot="actions" class="notebook-actions">${this.#actions()}</span>
      </cellar-notebook>
    </main>`;
  }

  #actions() {
    const { path } = this.route;
    const select = selectNotebook(path);
    const published = this.publication?.published ?? null;
    const isCurrent = published !== null && published.revision === this.publication?.revision;
    return html`<a class="button" href=${formatRoute({ ...allLineage, select })}>Lineage</a>
      <button class="button" @click=${() => this.tell("share", { select, run: null })}>${icon("share")} Share</button>
      ${
        this.publication === null
          ? nothing
          : html`${published === null ? nothing : html`<button class="button" ?disabled=${this.busy} title="The server stops running this notebook" @click=${this.#unpublish}>Unpublish</button>`}
              <button
                class=${isCurrent ? "button" : "button primary"}
                ?disabled=${this.busy || isCurrent}
                title=${isCurrent ? "The server runs this text" : "The server then runs the text as it is now"}
                @click=${this.#publish}
              >
                ${isCurrent ? "Published" : published === null ? "Publish" : "Publish changes"}
              </button>`
      }`;
  }

  readonly #publish = (): Promise<void> =>
    this.#act(async () => {
      const { warnings } = await this.services.api.call("publish", { path: this.route.path });
      this.warnings = warnings;
      if (warnings.length === 0)
        this.services.toast({ text: "Published: the server runs this text from now on", tone: "plain" });
    });

  readonly #unpublish = (): Promise<void> =>
    this.#act(async () => {
      await this.services.api.call("unpublish", { path: this.route.path });
      this.services.toast({ text: "Unpublished: nothing of it runs by itself any more", tone: "plain" });
    });

  async #act(action: () => Promise<void>): Promise<void> {
    this.busy = true;
    try {
      await action();
    } catch (error) {
      this.services.toast({ text: sentence(messageOf(error)), tone: "bad" });
    }
    await this.#readPublication();
    this.busy = false;
  }

  #open(target: OpenTarget): void {
    const { navigation } = this.services;
    switch (target.type) {
      case "url": {
        const url = URL.canParse(target.url, location.href) ? new URL(target.url, location.href) : null;
        if (url === null || !/^https?:$|^mailto:$/.test(url.protocol)) return;
        if (url.origin === location.origin) navigation.go(parseRoute(url.pathname + url.search));
        else window.open(url.href, "_blank", "noopener,noreferrer");
        return;
      }
      case "asset":
        return navigation.go({ type: "asset", key: target.key, partition: null });
      case "lineage": {
        const prefix = this.route.path.replace(/\.html$/, "");
        const names =
          this.querySelector("cellar-notebook")?.graph?.cells.find(({ cell }) => cell.id === target.cell)?.compiled
            .outputs ?? [];
        const [first] = names;
        const key = first === undefined ? null : `${prefix}/${first.name}`;
        return navigation.go({
          ...allLineage,
          select: key === null ? selectNotebook(prefix) : `+${selectKey(key)}+`,
          focus: key,
        });
      }
    }
  }

  #viewed(view: SessionView): void {
    document.title = `${view.title} · Cellar`;
    const { cell } = this.route;
    if (cell === null || this.#revealed === cell) return;
    this.#revealed = cell;
    this.querySelector("cellar-notebook")?.reveal(cell);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "cellar-notebook-page": CellarNotebookPage;
  }
}
