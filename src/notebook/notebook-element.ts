import { css, html, LitElement, nothing, type PropertyDeclarations, type PropertyValues } from "lit";
import { messageOf } from "../../cells/errors.ts";
import type { NotebookGraph } from "../../cells/graph/graph.ts";
import type { DocumentTheme, KeyStroke, OpenTarget } from "../../cells/protocol/document.ts";
import type { EngineProvider } from "../host/engine-provider.ts";
import { noticeBar, saveLabel, banner } from "./notebook-parts.ts";
import type { NotebookPorts } from "./ports.ts";
import { Session } from "./session.ts";
import type { Notice, SessionView } from "./session-view.ts";

/** How long a notice stays, in milliseconds. */
const noticeMs = 8000;

/**
 * One notebook: a bar with its title, what it does and whether it is saved, and the frame with its document.
 *
 * @fires cellar-open - a link, an asset or a cell's lineage that the reader wants to see: `detail` is an `OpenTarget`
 * @fires cellar-key - a key combination that the notebook does not use: `detail` is a `KeyStroke`
 * @fires cellar-view - title, saving, running or staleness changed: `detail` is a `SessionView`
 * @slot start - before the title (navigation)
 * @slot actions - after the bar's own buttons (publish, share)
 */
export class CellarNotebook extends LitElement {
  static override properties: PropertyDeclarations = {
    ports: { attribute: false },
    engine: { attribute: false },
    theme: { attribute: false },
  };
  static override styles = css`
    :host {
      display: grid;
      grid-template-rows: auto auto minmax(0, 1fr);
      position: relative;
      height: 100%;
      min-height: 0;
      background: var(--paper);
      color: var(--ink);
      font: 400 var(--text-ui) / 1.5 var(--font-sans);
    }
    .bar {
      display: flex;
      align-items: center;
      gap: var(--space-3);
      min-height: 2.75rem;
      padding: var(--space-1) var(--space-4);
      border-block-end: 1px solid var(--line);
    }
    .title {
      flex: 0 1 auto;
      min-width: 3rem;
      max-width: 60%;
      field-sizing: content;
      padding: 0.1rem var(--space-1);
      font: inherit;
      font-weight: 600;
      color: inherit;
      background: none;
      border: 1px solid transparent;
      border-radius: var(--radius-small);
      text-overflow: ellipsis;
    }
    .title:hover:not(:read-only) {
      border-color: var(--line);
    }
    .save {
      color: var(--ink-faint);
      font-size: var(--text-small);
      white-space: nowrap;
    }
    .save[data-warn] {
      color: var(--warn);
    }
    .space {
      flex: 1;
    }
    button {
      font: inherit;
      color: inherit;
      background: none;
      border: 1px solid var(--line-strong);
      border-radius: var(--radius-small);
      padding: 0.15rem var(--space-3);
      cursor: pointer;
      white-space: nowrap;
    }
    button:hover {
      border-color: var(--accent);
      color: var(--accent);
    }
    button.primary {
      background: var(--accent);
      border-color: var(--accent);
      color: var(--on-accent);
    }
    button.primary:hover {
      filter: brightness(1.08);
    }
    :focus-visible {
      outline: 2px solid var(--accent);
      outline-offset: 1px;
    }
    .banner {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: var(--space-2) var(--space-3);
      padding: var(--space-2) var(--space-4);
      background: var(--warn-soft);
      border-block-end: 1px solid var(--line);
    }
    .banner details {
      flex-basis: 100%;
    }
    .banner pre {
      margin: var(--space-1) 0;
      padding: var(--space-2);
      max-height: 12rem;
      overflow: auto;
      font: 400 var(--text-code) / var(--line-code) var(--font-mono);
      background: var(--paper);
      border-radius: var(--radius-small);
    }
    .place,
    .failed,
    .opening {
      grid-row: 3;
      min-height: 0;
    }
    .place ::slotted(*),
    iframe {
      display: block;
      width: 100%;
      height: 100%;
      border: 0;
    }
    .failed,
    .opening {
      display: grid;
      place-content: center;
      justify-items: center;
      gap: var(--space-3);
      padding: var(--space-8);
      color: var(--ink-soft);
      text-align: center;
    }
    .notice {
      position: absolute;
      inset-block-end: var(--space-4);
      inset-inline: 0;
      width: fit-content;
      max-width: 90%;
      margin-inline: auto;
      display: flex;
      align-items: center;
      gap: var(--space-4);
      padding: var(--space-2) var(--space-4);
      background: var(--ink);
      color: var(--paper);
      border-radius: var(--radius);
      box-shadow: var(--shadow);
    }
    .notice button {
      border: 0;
      padding: 0;
      color: inherit;
      font-weight: 600;
      text-decoration: underline;
      text-underline-offset: 2px;
    }
    @media (max-width: 640px) {
      .bar {
        flex-wrap: wrap;
        gap: var(--space-2);
        padding-inline: var(--space-2);
      }
    }
  `;

  declare ports: NotebookPorts | undefined;
  declare engine: EngineProvider | undefined;
  declare theme: DocumentTheme;
  #session: Session | null = null;
  #view: SessionView | null = null;
  #notice: Notice | null = null;
  #noticeTimer: ReturnType<typeof setTimeout> | undefined;
  #failure: string | null = null;
  #opening = 0;
  readonly #place = document.createElement("div");

  constructor() {
    super();
    this.theme = { scheme: matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light", name: "air" };
    this.#place.className = "place";
  }

  /** The session that is open, for the app's own views (lineage, outline); null before and after. */
  get session(): Session | null {
    return this.#session;
  }

  /** What is compiled of the text as it now is. */
  get graph(): NotebookGraph | null {
    return this.#session?.graph ?? null;
  }

  /** Scrolls to a cell. */
  reveal(cell: number): void {
    this.#session?.focus(cell);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#opening++;
    void this.#session?.close();
    this.#session = null;
    clearTimeout(this.#noticeTimer);
  }

  protected override willUpdate(changes: PropertyValues<this>): void {
    if (changes.has("ports") || (changes.has("engine") && this.#session === null)) void this.#open();
    else if (changes.has("theme")) this.#session?.setTheme(this.theme);
  }

  async #open(): Promise<void> {
    const opening = ++this.#opening;
    const { ports, engine } = this;
    await this.#session?.close();
    this.#session = null;
    this.#failure = null;
    if (ports === undefined || engine === undefined) return;
    try {
      const session = await Session.open({
        ports,
        engine,
        theme: this.theme,
        place: this.#place,
        onView: (view) => this.#show(view),
        onNotice: (notice) => this.#tell(notice),
        onOpen: (target) => this.#dispatch("cellar-open", target),
        onKey: (key) => this.#dispatch("cellar-key", key),
      });
      if (opening !== this.#opening) return void session.close();
      this.#session = session;
      this.#show(session.view);
    } catch (error) {
      if (opening !== this.#opening) return;
      this.#failure = messageOf(error);
      this.requestUpdate();
    }
  }

  protected override render() {
    const view = this.#view;
    if (this.#failure !== null)
      return html`<div class="failed" role="alert">
        <div>${this.#failure}</div>
        <button @click=${() => void this.#open()}>Try again</button>
      </div>`;
    if (view === null || this.#session === null) return html`<div class="opening" role="status">Opening…</div>`;
    const session = this.#session;
    return html`
      <header class="bar">
        <slot name="start"></slot>
        <input
          class="title"
          aria-label="Title"
          .value=${view.title}
          ?readonly=${view.readOnly}
          @change=${(event: Event) => event.target instanceof HTMLInputElement && session.command({ type: "title", title: event.target.value })}
        />
        ${saveLabel(view.save, view.readOnly)}
        <span class="space"></span>
        ${view.running > 0 ? html`<button @click=${() => session.interrupt(null)}>Stop ${view.running} running</button>` : nothing}
        ${
          view.stale > 0 && view.pause === null && view.running === 0
            ? html`<button @click=${() => session.run(null)}>Run ${view.stale} stale</button>`
            : nothing
        }
        <slot name="actions"></slot>
      </header>
      ${banner(view, session)} ${this.#place}
      ${this.#notice ? noticeBar(this.#notice, () => this.#tell(null)) : nothing}
    `;
  }

  #show(view: SessionView): void {
    if (JSON.stringify(view) === JSON.stringify(this.#view)) return;
    this.#view = view;
    this.requestUpdate();
    this.#dispatch("cellar-view", view);
  }

  #tell(notice: Notice | null): void {
    this.#notice = notice;
    this.requestUpdate();
    clearTimeout(this.#noticeTimer);
    if (notice) this.#noticeTimer = setTimeout(() => this.#tell(null), noticeMs);
  }

  #dispatch(type: string, detail: OpenTarget | KeyStroke | SessionView): void {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "cellar-notebook": CellarNotebook;
  }
}
