import { html, LitElement, nothing, type PropertyDeclarations } from "lit";
import { icon } from "../icons.ts";
import type { Finder } from "./finder.ts";
import { mostMatches, type FindQuery } from "./search.ts";

type Toggle = "matchCase" | "wholeWord" | "regexp";

const toggles: readonly {
  readonly name: Toggle;
  readonly sign: string;
  readonly title: string;
  readonly key: string;
}[] = [
  { name: "matchCase", sign: "Aa", title: "Match case (Alt-C)", key: "KeyC" },
  { name: "wholeWord", sign: "W", title: "Whole words (Alt-W)", key: "KeyW" },
  { name: "regexp", sign: ".*", title: "Regular expression (Alt-R)", key: "KeyR" },
];

/** What a bar needs besides the search. */
interface FindPlace {
  readonly finder: Finder;
  readonly readOnly: () => boolean;
  /** where the reader is: matches are looked for from there on */
  readonly place: () => { readonly cell: number; readonly at: number } | null;
  /** takes the last step back */
  readonly undo: () => void;
  /** the bar is closed: focus goes back into the notebook */
  readonly closed: () => void;
}

/** The bar that finds and replaces in all cells of the notebook. Enter and Shift-Enter step, Escape closes. */
export class CellarFind extends LitElement {
  static override properties: PropertyDeclarations = {
    place: { attribute: false },
    replaces: { state: true },
    said: { state: true },
  };

  declare place: FindPlace;
  /** whether the line that replaces is shown */
  declare replaces: boolean;
  /** what replacing all came to, until something else is looked for */
  declare said: string | null;
  #from: { readonly cell: number; readonly at: number } | null = null;

  constructor() {
    super();
    this.replaces = false;
    this.said = null;
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  /** Opens the bar, with `text` to look for where there is any, and puts the caret into it. */
  open(options: { readonly text: string; readonly replaces: boolean }): void {
    const { finder, place } = this.place;
    if (!finder.isOpen) this.#from = place();
    this.replaces ||= options.replaces;
    this.hidden = false;
    finder.open();
    if (options.text !== "") finder.look({ ...finder.query, text: options.text }, this.#from);
    else if (finder.query.text !== "") finder.look(finder.query, this.#from);
    this.said = null;
    this.requestUpdate();
    void this.updateComplete.then(() => this.#field("find")?.select());
  }

  close(): void {
    this.hidden = true;
    this.place.closed();
    this.place.finder.close();
  }

  protected override render() {
    const { finder, readOnly } = this.place;
    const { query, matches, problem } = finder;
    const found = matches.length > 0;
    return html`<div class="find" role="search" aria-label="Find in the notebook" @keydown=${this.#keydown}>
      <div class="find-line">
        <button
          class="find-button"
          ?hidden=${readOnly()}
          title=${this.replaces ? "Find only" : "Replace"}
          aria-label="Replace"
          aria-expanded=${this.replaces ? "true" : "false"}
          @click=${() => (this.replaces = !this.replaces)}
        >
          ${icon("chevron")}
        </button>
        <span class="find-field">
          <input
            name="find"
            type="text"
            placeholder="Find"
            aria-label="Find"
            aria-invalid=${problem === null ? "false" : "true"}
            autocomplete="off"
            spellcheck="false"
            .value=${query.text}
            @input=${(event: InputEvent) => this.#look({ text: valueOf(event) })}
          />
          ${toggles.map(
            ({ name, sign, title }) =>
              html`<button
                class="find-toggle"
                title=${title}
                aria-label=${title}
                aria-pressed=${query[name] ? "true" : "false"}
                @click=${() => this.#toggle(name)}
              >
                ${sign}
              </button>`,
          )}
        </span>
        <span class="find-count" role="status">${this.#count()}</span>
        <button
          class="find-button"
          title="Previous (Shift-Enter)"
          aria-label="Previous"
          ?disabled=${!found}
          @click=${() => this.#step(-1)}
        >
          ${icon("up")}
        </button>
        <button
          class="find-button"
          title="Next (Enter)"
          aria-label="Next"
          ?disabled=${!found}
          @click=${() => this.#step(1)}
        >
          ${icon("down")}
        </button>
        <button class="find-button" title="Close (Esc)" aria-label="Close" @click=${() => this.close()}>
          ${icon("close")}
        </button>
      </div>
      ${problem === null ? nothing : html`<p class="find-problem" role="alert">${problem}</p>`}
      ${
        this.replaces && !readOnly()
          ? html`<div class="find-line">
              <span class="find-field find-replacement">
                <input
                  name="replace"
                  type="text"
                  placeholder="Replace by"
                  aria-label="Replace by"
                  autocomplete="off"
                  spellcheck="false"
                />
              </span>
              <button class="find-action" ?disabled=${!found} @click=${this.#replace}>Replace</button>
              <button class="find-action" ?disabled=${!found} @click=${this.#replaceAll}>Replace all</button>
            </div>`
          : nothing
      }
      <p class="find-said" role="status">
        ${this.said === null ? nothing : html`${this.said} <button class="link" @click=${this.#undo}>Undo</button>`}
      </p>
    </div>`;
  }

  #count(): string {
    const { query, matches, at, problem } = this.place.finder;
    if (query.text === "" || problem !== null) return "";
    if (matches.length === 0) return "No matches";
    const total =
      matches.length === mostMatches ? `${mostMatches.toLocaleString("en")}+` : matches.length.toLocaleString("en");
    return `${(at + 1).toLocaleString("en")} of ${total}`;
  }

  #look(change: Partial<FindQuery>): void {
    const { finder } = this.place;
    this.said = null;
    finder.look({ ...finder.query, ...change }, this.#from);
  }

  #toggle(name: Toggle): void {
    this.#look({ [name]: !this.place.finder.query[name] });
  }

  #step(steps: 1 | -1): void {
    const { finder } = this.place;
    this.said = null;
    finder.step(steps);
    if (finder.current) this.#from = { cell: finder.current.cell, at: finder.current.start };
  }

  readonly #replace = (): void => {
    this.said = null;
    this.place.finder.replace(this.#field("replace")?.value ?? "");
  };

  readonly #replaceAll = (): void => {
    const { matches, cells } = this.place.finder.replaceAll(this.#field("replace")?.value ?? "");
    this.said = `${matches.toLocaleString("en")} replaced in ${cells} ${cells === 1 ? "cell" : "cells"}`;
  };

  readonly #undo = (): void => {
    this.said = null;
    this.place.undo();
    this.#field("find")?.focus();
  };

  #field(name: "find" | "replace"): HTMLInputElement | null {
    return this.querySelector<HTMLInputElement>(`input[name="${name}"]`);
  }

  readonly #keydown = (event: KeyboardEvent): void => {
    event.stopPropagation();
    const toggle = event.altKey ? toggles.find(({ key }) => key === event.code) : undefined;
    const inField = event.target instanceof HTMLInputElement ? event.target.name : "";
    if (toggle) this.#toggle(toggle.name);
    else if (event.key === "Escape") this.close();
    else if (event.key === "Enter" && inField === "replace" && !event.shiftKey) {
      if (event.ctrlKey || event.metaKey) this.#replaceAll();
      else this.#replace();
    } else if (event.key === "Enter" && inField !== "") this.#step(event.shiftKey ? -1 : 1);
    else return;
    event.preventDefault();
  };
}

function valueOf(event: Event): string {
  return event.target instanceof HTMLInputElement ? event.target.value : "";
}

declare global {
  interface HTMLElementTagNameMap {
    "cellar-find": CellarFind;
  }
}
