import { html, LitElement, nothing, type PropertyDeclarations } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { CellarCell } from "./cell-element.ts";
import type { FrameContext } from "./context.ts";
import { inserter } from "./inserter.ts";
import { keyAction } from "./keys.ts";
import { kindNames, offeredKinds } from "./kinds.ts";

/** The whole notebook: cells in natural flow, and the places between them. */
export class CellarDocument extends LitElement {
  static override properties: PropertyDeclarations = { context: { attribute: false } };

  declare context: FrameContext;
  readonly #elements = new Map<number, CellarCell>();

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  /** The element of a cell, or null before it is drawn. */
  cellElement(cell: number): CellarCell | null {
    const known = this.#elements.get(cell);
    if (known?.isConnected === true) return known;
    const found = this.querySelector<CellarCell>(`cellar-cell[data-cell="${cell}"]`);
    if (found === null) this.#elements.delete(cell);
    else this.#elements.set(cell, found);
    return found;
  }

  protected override render() {
    const { store } = this.context;
    const cells = store.order;
    return html`<main class="document" aria-label=${store.title} @keydown=${this.#keydown}>
      ${store.readOnly || cells.length === 0 ? nothing : inserter(this.context, cells[0] ?? null)}
      ${repeat(
        cells,
        (id) => id,
        (id, index) =>
          html`<cellar-cell data-cell=${id} .context=${this.context} .cell=${id}></cellar-cell>${
              store.readOnly ? nothing : inserter(this.context, cells[index + 1] ?? null)
            }`,
      )}
      ${cells.length === 0 ? this.#empty() : nothing}
    </main>`;
  }

  #empty() {
    if (this.context.store.readOnly) return html`<p class="empty">This notebook has no cells.</p>`;
    return html`<div class="empty">
      <p>An empty notebook. Begin with</p>
      <div class="empty-kinds">
        ${offeredKinds.slice(0, 3).map((kind) => html`<button @click=${() => this.context.actions.insert(null, kind)}>${kindNames[kind]}</button>`)}
      </div>
      <p class="hint">or drop a CSV, JSON, Arrow or Parquet file here. Shift-Enter runs a cell.</p>
    </div>`;
  }

  readonly #keydown = (event: KeyboardEvent): void => {
    if (event.defaultPrevented) return;
    const { store } = this.context;
    const action = keyAction(event, { editing: false, empty: false });
    const target = event.composedPath()[0];
    if (
      action === null ||
      (target instanceof HTMLElement &&
        target.closest("input, textarea, select, button, [contenteditable], [role=grid]"))
    )
      return;
    const { cell } = store.selection;
    event.preventDefault();
    if (cell !== null) this.context.perform(cell, action);
    else if (action.type === "step") this.context.actions.step(action.steps, false);
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "cellar-document": CellarDocument;
  }
}
