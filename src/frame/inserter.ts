import { html, type TemplateResult } from "lit";
import { insertMenu } from "./cell-menu.ts";
import type { FrameContext } from "./context.ts";
import { icon } from "./icons.ts";
import { openMenu } from "./menu.ts";

/** The line between two cells on which a new one can be put; with Alt it is Markdown at once. */
export function inserter(context: FrameContext, before: number | null): TemplateResult {
  const choose = (event: MouseEvent): void => {
    if (event.altKey) context.actions.insert(before, "md");
    else if (event.currentTarget instanceof Element)
      openMenu(event.currentTarget, insertMenu(context, before), { filter: true });
  };
  return html`<div class="inserter">
    <button
      title="Insert a cell (Alt-click: Markdown)"
      aria-label="Insert a cell"
      aria-haspopup="menu"
      @click=${choose}
    >
      ${icon("plus")}
    </button>
  </div>`;
}
