import { html, type TemplateResult } from "lit";
import { icon } from "./icons.ts";

interface Group {
  readonly title: string;
  readonly keys: readonly (readonly [keys: string, does: string])[];
}

const groups: readonly Group[] = [
  {
    title: "Everywhere",
    keys: [
      ["g then n", "notebooks"],
      ["g then l", "lineage"],
      ["g then r", "runs"],
      ["/", "to the selection"],
      ["?", "these shortcuts"],
    ],
  },
  {
    title: "Lineage",
    keys: [
      ["Arrows", "along the edges"],
      ["Shift-Arrows", "pan"],
      ["+ and -", "zoom"],
      ["0", "show all"],
      ["Enter", "open"],
      ["Esc", "leave the node"],
    ],
  },
  {
    title: "Notebook",
    keys: [
      ["Enter", "edit the cell"],
      ["Esc", "leave the editor"],
      ["Shift-Enter", "run"],
      ["Ctrl-Enter", "new cell below"],
      ["Ctrl-Shift-Enter", "new cell above"],
      ["Alt-Enter", "split at the caret"],
      ["J and K", "next and previous cell"],
      ["Alt-↑ and Alt-↓", "move the cell"],
      ["D", "delete the cell"],
      ["Ctrl-F", "find in all cells"],
      ["Ctrl-H", "replace in all cells"],
      ["Ctrl-.", "stop"],
      ["Ctrl-Z", "undo, deletions too"],
      ["Ctrl-S", "save now"],
    ],
  },
];

/** All shortcuts, as the content of a dialog. */
export function shortcuts(close: () => void): TemplateResult {
  return html`<div class="dialog-head">
      <h2 id="dialog-title">Keyboard shortcuts</h2>
      <button class="icon-button" aria-label="Close" @click=${close}>${icon("close")}</button>
    </div>
    <div class="shortcuts">
      ${groups.map(
        ({ title, keys }) =>
          html`<section>
            <h3>${title}</h3>
            <dl>
              ${keys.map(
                ([key, does]) =>
                  html`<div>
                    <dt><kbd>${key}</kbd></dt>
                    <dd>${does}</dd>
                  </div>`,
              )}
            </dl>
          </section>`,
      )}
    </div>`;
}
