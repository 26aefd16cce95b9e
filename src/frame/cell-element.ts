import { html, LitElement, nothing, type PropertyDeclarations, type PropertyValues } from "lit";
import type { Span } from "../../cells/model/diagnostic.ts";
import type { DocumentCell, DocumentReference } from "../../cells/protocol/document.ts";
import type { CellState } from "../../cells/protocol/kernel.ts";
import { CellEditor, type EditorOwner } from "../editor/editor.ts";
import { highlighted } from "../editor/highlight.ts";
import { marksOf } from "../editor/marks.ts";
import { cellMenu } from "./cell-menu.ts";
import { failureOf, statusOf } from "./cell-status.ts";
import type { FrameContext } from "./context.ts";
import { formatMs } from "./format-ms.ts";
import { icon } from "./icons.ts";
import { keyAction } from "./keys.ts";
import { kindNames } from "./kinds.ts";
import { openMenu } from "./menu.ts";
import { isCleanCheck, verdictOf } from "./verdict/verdict.ts";

/**
 * One cell: its output above its source, and its state in the gutter. The editor is mounted when the cell comes near the
 * screen and taken off when it leaves; until then a coloured `<pre>` stands in.
 */
export class CellarCell extends LitElement implements EditorOwner {
  static override properties: PropertyDeclarations = { context: { attribute: false }, cell: { attribute: false } };

  declare context: FrameContext;
  declare cell: number;
  #editor: CellEditor | null = null;
  #near = false;
  #ticking = 0;
  readonly #source = document.createElement("div");
  readonly #placeholder = document.createElement("pre");
  #shownSource: string | null = null;
  #shownKind: string | null = null;

  constructor() {
    super();
    this.#source.className = "cell-source";
    this.#placeholder.className = "source-placeholder";
    this.#source.addEventListener("mousedown", (event) => this.#wake(event));
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.context.near.watch(this, (near) => this.#setNear(near));
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.context.near.unwatch(this);
    this.#editor?.unmount();
    clearTimeout(this.#ticking);
  }

  /** Puts the caret into the editor, which is mounted at once. */
  edit(at?: "start" | "end" | number | Span): void {
    this.#mount();
    this.requestUpdate();
    void this.updateComplete.then(() => this.#editor?.focus(at));
  }

  /** Moves focus to the cell as a whole, so that keys act on it. */
  focusCell(): void {
    this.#editor?.blur();
    this.querySelector<HTMLElement>(":scope > .cell")?.focus({ preventScroll: true });
    this.scrollIntoView({ block: "nearest" });
  }

  get isEditing(): boolean {
    return this.#editor?.hasFocus ?? false;
  }

  /** What is selected in the editor, or null where there is none. */
  get selected(): { readonly start: number; readonly text: string } | null {
    return this.#editor?.isMounted ? this.#editor.selected : null;
  }

  /** Shows a place of the source, leaving the focus where it is. */
  lookAt(span: Span): void {
    this.#mount();
    this.requestUpdate();
    void this.updateComplete.then(() => this.#editor?.scrollTo(span));
  }

  get caret(): number {
    return this.#editor?.caret ?? 0;
  }

  protected override render() {
    const known = this.context.store.cell(this.cell);
    if (known === null) return nothing;
    const state = this.context.store.state(this.cell);
    const { store } = this.context;
    const dirty = known.dirty || store.source(this.cell) !== known.source;
    const status = statusOf(known, state, dirty, store);
    return html`<div
      class="cell"
      id=${`cell-${known.id}`}
      role="group"
      tabindex="-1"
      aria-label=${`Cell ${known.id}, ${kindNames[known.kind]}${known.outputs.length > 0 ? `, ${known.outputs.join(", ")}` : ""}, ${status.label}`}
      data-state=${status.tone}
      ?data-selected=${store.isSelected(known.id)}
      ?data-editing=${store.selection.cell === known.id && store.selection.editing}
      ?data-dirty=${dirty}
      ?data-clean=${isCleanCheck(known, this.context)}
      @keydown=${this.#keydown}
      @focusin=${this.#focusin}
    >
      ${this.#gutter(known, state, status.label)}
      <div class="cell-body">
        ${verdictOf(this.context, known, state)} ${this.context.outputs.get(known.id).element}
        ${this.#message(known, state)} ${this.#showsSource(known, state) ? this.#sourcePart(known) : nothing}
        ${this.context.logs.shown(known.id)}
      </div>
    </div>`;
  }

  #gutter(known: DocumentCell, state: CellState, label: string) {
    const busy = isBusy(state) || this.context.store.verdict(known.id).running;
    return html`<div class="cell-gutter">
      <button
        class="gutter-menu"
        title=${this.context.store.readOnly ? "Cell menu (M)" : "Drag to move, click for the menu (M)"}
        aria-label="Cell menu"
        aria-haspopup="menu"
        @pointerdown=${(event: PointerEvent) => this.context.drag(event, known.id)}
        @click=${this.openMenu}
      >
        ${icon(this.context.store.readOnly ? "more" : "drag")}
      </button>
      ${
        busy
          ? html`<button
              class="gutter-run"
              title="Stop (Ctrl-.)"
              aria-label="Stop"
              @click=${() => this.context.actions.request({ type: "interrupt", cell: known.id })}
            >
              ${icon("stop")}
            </button>`
          : html`<button
              class="gutter-run"
              title="Run (Shift-Enter)"
              aria-label="Run"
              @click=${() => this.context.actions.run([known.id])}
            >
              ${icon("run")}
            </button>`
      }
      <span class="gutter-state" title=${label}>${this.#time(state)}</span>
    </div>`;
  }

  /** Time in the gutter: ticking while the cell runs, kept afterwards. */
  #time(state: CellState) {
    clearTimeout(this.#ticking);
    if (state.type === "running") {
      const startedAt = this.context.store.startedAt(this.cell) ?? performance.now();
      this.#ticking = window.setTimeout(() => this.requestUpdate(), 100);
      return html`<span class="spinner"></span>${formatMs(performance.now() - startedAt)}`;
    }
    if (state.type === "waiting") return html`<span class="dots">···</span>`;
    return "ms" in state && state.ms >= 1 ? formatMs(state.ms) : nothing;
  }

  #message(known: DocumentCell, state: CellState) {
    const failure = failureOf(known, state);
    if (state.type === "blocked")
      return html`<div class="cell-note blocked">
        blocked by
        <button class="link" @click=${() => this.context.reveal(state.root ?? this.context.store.definer(state.by))}>
          ${state.by}
        </button>
      </div>`;
    if (failure !== null)
      return html`<div class="cell-error" role="alert">
        <span class="error-text">${failure.message}</span>
        ${
          failure.place === null
            ? nothing
            : html`<button class="link" @click=${() => this.edit(failure.span?.start)}>
                line ${failure.place.line}:${failure.place.column}
              </button>`
        }
        ${
          failure.needsServer
            ? html`<button
                class="link"
                @click=${() => this.context.actions.request({ type: "server-run", cell: known.id })}
              >
                Run on the server
              </button>`
            : nothing
        }
      </div>`;
    if (state.type === "stale" && !this.context.store.paused)
      return html`<div class="cell-note stale">
        stale: an input or the code changed
        <button class="link" @click=${() => this.context.actions.run([known.id])}>Run</button>
      </div>`;
    const isIdle = state.type === "idle" && this.context.store.verdict(known.id).verdict === null;
    if (isIdle && known.run !== "auto" && known.source.trim() !== "")
      return html`<div class="cell-note idle">
        ${idleReason(known)}
        <button class="link" @click=${() => this.context.actions.run([known.id])}>Run</button>
      </div>`;
    return nothing;
  }

  #showsSource(known: DocumentCell, state: CellState): boolean {
    const { selection } = this.context.store;
    if (this.context.finder.current?.cell === known.id) return true;
    if (known.pinned || (selection.cell === known.id && selection.editing)) return true;
    if (this.context.store.source(known.id).trim() === "" || state.type === "rejected") return true;
    if (known.diagnostics.some(({ severity }) => severity === "error")) return true;
    const { verdict, running } = this.context.store.verdict(known.id);
    if (known.test !== null && (running || verdict !== null)) return verdict !== null && verdict.state !== "passed";
    // what shows nothing would vanish
    return !isBusy(state) && !this.context.outputs.get(known.id).isFilled;
  }

  #sourcePart(known: DocumentCell) {
    const { notes } = known;
    return html`<div class="cell-code" data-kind=${known.kind}>
      ${this.#source}
      <div class="cell-tags">
        <button class="kind" title="Change the kind of cell" aria-haspopup="menu" @click=${this.openKinds}>
          ${known.kind}
        </button>
        ${known.outputs.length > 0 && known.kind !== "js" && known.kind !== "ts" ? html`<span class="tag tag-name">${known.outputs.join(", ")}</span>` : nothing}
        ${notes.map((note) => html`<span class="tag">${note}</span>`)}
      </div>
    </div>`;
  }

  protected override updated(_changes: PropertyValues): void {
    const known = this.context.store.cell(this.cell);
    if (known === null) return;
    const source = this.context.store.source(known.id);
    if (this.#editor) {
      this.#editor.setKind(known.kind);
      this.#editor.setSource(source);
      // while the shell is behind what was typed, the marks that are there move along with the text
      if (source === known.source)
        this.#editor.setMarks(
          marksOf(
            known.references,
            known.diagnostics,
            failureOf(known, this.context.store.state(known.id))?.mark ?? null,
          ),
        );
    }
    this.#showFound(known.id);
    if (this.#editor?.isMounted !== true && (source !== this.#shownSource || known.kind !== this.#shownKind)) {
      this.#shownSource = source;
      this.#shownKind = known.kind;
      this.#placeholder.replaceChildren(source === "" ? "\u200b" : highlighted(source, known.kind));
      this.#source.replaceChildren(this.#placeholder);
    }
  }

  #showFound(cell: number): void {
    const { finder } = this.context;
    const spans = finder.inCell(cell);
    this.#editor?.setFound({ spans, at: finder.current === null ? -1 : spans.indexOf(finder.current) });
  }

  readonly openMenu = (event?: Event): void => {
    const anchor = event?.currentTarget instanceof Element ? event.currentTarget : this.querySelector(".gutter-menu");
    this.context.actions.select(this.cell);
    if (anchor) openMenu(anchor, cellMenu(this.context, this.cell));
  };

  readonly openKinds = (event: Event): void => {
    if (event.currentTarget instanceof Element) openMenu(event.currentTarget, this.context.kindItems(this.cell));
  };

  #setNear(near: boolean): void {
    this.#near = near;
    if (near) this.#mount();
    else if (this.#editor !== null && !this.#editor.hasFocus) {
      this.#editor.unmount();
      this.#shownSource = null;
      this.requestUpdate();
    }
  }

  #mount(): void {
    const known = this.context.store.cell(this.cell);
    if (known === null || this.#editor?.isMounted === true) return;
    const source = this.context.store.source(this.cell);
    this.#editor ??= new CellEditor(this, { source, kind: known.kind, readOnly: this.context.store.readOnly });
    this.#source.replaceChildren();
    this.#editor.mount(this.#source);
    this.requestUpdate();
  }

  /** A press on the placeholder mounts the editor and puts the caret there. */
  #wake(event: MouseEvent): void {
    if (this.#editor?.isMounted === true) return;
    event.preventDefault();
    const caret = document.caretRangeFromPoint(event.clientX, event.clientY);
    const before = document.createRange();
    before.selectNodeContents(this.#placeholder);
    if (caret) before.setEnd(caret.startContainer, caret.startOffset);
    this.edit(before.toString().length);
  }

  // what the editor tells

  get completion(): EditorOwner["completion"] {
    return this.context.completion(this.cell);
  }

  edited(source: string): void {
    this.context.actions.typed(this.cell, source);
    this.requestUpdate();
  }

  focused(): void {
    this.context.actions.select(this.cell, true);
  }

  blurred(): void {
    // a window that loses focus is no end of editing
    if (!document.hasFocus()) return;
    if (!this.#near) this.#setNear(false);
    this.context.left(this.cell);
  }

  jump({ cell, asset }: DocumentReference): void {
    if (cell !== null) this.context.reveal(cell);
    else if (asset !== null) this.context.actions.request({ type: "open", target: { type: "asset", key: asset } });
  }

  key(event: KeyboardEvent): boolean {
    const action = keyAction(event, { editing: true, empty: this.context.store.source(this.cell) === "" });
    if (action === null) return false;
    event.preventDefault();
    event.stopPropagation();
    this.context.perform(this.cell, action);
    return true;
  }

  readonly #keydown = (event: KeyboardEvent): void => {
    const target = event.composedPath()[0];
    const own = target instanceof HTMLElement && target.classList.contains("cell");
    // inputs and grids of the output, and buttons, keep their keys, but for those with Ctrl or Shift-Enter
    const action = event.defaultPrevented ? null : keyAction(event, { editing: !own, empty: false });
    if (
      action === null ||
      (!own && action.type !== "run" && action.type !== "save" && action.type !== "leave" && action.type !== "insert")
    )
      return;
    event.preventDefault();
    event.stopPropagation();
    this.context.perform(this.cell, action);
  };

  readonly #focusin = (event: FocusEvent): void => {
    const { selection } = this.context.store;
    if (selection.cell !== this.cell && !(event.target instanceof Element && event.target.closest(".cm-editor")))
      this.context.actions.select(this.cell);
  };
}

function isBusy({ type }: CellState): boolean {
  return type === "running" || type === "waiting";
}

function idleReason({ run }: DocumentCell): string {
  switch (run) {
    case "server":
      return "runs on the server";
    case "frozen":
      return "frozen";
    case "confirm":
      return "asks before it runs";
    case "visible":
    case "manual":
    case "auto":
      return "runs when asked";
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "cellar-cell": CellarCell;
  }
}
