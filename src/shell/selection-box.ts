import { html, nothing, type PropertyDeclarations } from "lit";
import { AppError, messageOf } from "../../cells/errors.ts";
import { parseSelection } from "../../cells/select/parse.ts";
import { sentence } from "./states.ts";
import { ShellElement } from "./shell-element.ts";

/**
 * Where a selection is written. An error is shown under the character that it is about, while it is typed.
 *
 * @fires selection - detail: a selection that can be read
 */
export class CellarSelection extends ShellElement {
  static override properties: PropertyDeclarations = { value: {}, problem: {}, draft: { state: true } };

  declare value: string;
  /** what the server says of this selection, or null */
  declare problem: string | null;
  declare draft: string | null;

  constructor() {
    super();
    this.value = "";
    this.problem = this.draft = null;
  }

  protected override render() {
    const text = this.draft ?? this.value;
    const wrong = problemOf(text);
    return html`<form class="selection" role="search" @submit=${this.#submit}>
      <label class="only-spoken" for="selection">Selection</label>
      <input
        id="selection"
        name="selection"
        autocomplete="off"
        spellcheck="false"
        maxlength="4096"
        placeholder="All assets.  Try  +orders  or  tag:daily and is:stale"
        .value=${text}
        aria-invalid=${wrong === null ? "false" : "true"}
        aria-describedby="selection-problem"
        @input=${this.#input}
        @keydown=${this.#keydown}
      />
      ${text === "" ? nothing : html`<button class="link" type="button" @click=${() => this.#choose("")}>Clear</button>`}
      <div id="selection-problem" role="alert">
        ${
          wrong === null
            ? this.problem === null || this.draft !== null
              ? nothing
              : html`<p class="problem">${sentence(this.problem)}</p>`
            : html`${wrong.column === null ? nothing : html`<pre class="pointer" aria-hidden="true">${" ".repeat(Math.min(wrong.column - 1, 400))}^</pre>`}
                <p class="problem">${sentence(wrong.message)}</p>`
        }
      </div>
    </form>`;
  }

  #input(event: Event): void {
    if (event.target instanceof HTMLInputElement) this.draft = event.target.value;
  }

  #keydown(event: KeyboardEvent): void {
    if (event.key !== "Escape") return;
    this.draft = null;
    if (event.target instanceof HTMLInputElement) event.target.blur();
  }

  #submit(event: SubmitEvent): void {
    event.preventDefault();
    const text = (this.draft ?? this.value).trim();
    if (problemOf(text) === null) this.#choose(text);
  }

  #choose(text: string): void {
    this.draft = null;
    this.tell("selection", text);
  }
}

function problemOf(text: string): { readonly message: string; readonly column: number | null } | null {
  try {
    parseSelection(text);
    return null;
  } catch (error) {
    const column = error instanceof AppError ? error.data["column"] : null;
    return { message: messageOf(error), column: typeof column === "number" ? column : null };
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "cellar-selection": CellarSelection;
  }
}
