import { html, nothing, type PropertyDeclarations, type PropertyValues } from "lit";
import { messageOf } from "../../cells/errors.ts";
import type { Api } from "../remote/api.ts";
import type { Fact } from "./fact.ts";
import { ShellElement } from "./shell-element.ts";
import { sentence } from "./states.ts";

const mostJson = 200_000;

/** The rows of a stored asset, a page at a time from the server, in the same grid as in notebooks; a JSON value as text. */
export class CellarAssetRows extends ShellElement {
  static override properties: PropertyDeclarations = {
    api: { attribute: false },
    fact: { attribute: false },
    text: { state: true },
    problem: { state: true },
    waiting: { state: true },
  };

  declare api: Api;
  declare fact: Fact;
  declare text: string | null;
  declare problem: string | null;
  declare waiting: boolean;
  readonly #place = document.createElement("div");
  #showing = 0;

  constructor() {
    super();
    this.text = this.problem = null;
    this.waiting = true;
    this.#place.className = "rows-place";
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("fact") && changed.get("fact")?.sha256 !== this.fact.sha256) void this.#show();
  }

  protected override render() {
    return html`${this.waiting ? html`<p class="pending" role="status">Loading rows…</p>` : nothing}
    ${this.problem === null ? nothing : html`<p class="problem" role="alert">${sentence(this.problem)}</p>`}
    ${this.text === null ? this.#place : html`<pre class="json">${this.text}</pre>`}`;
  }

  async #show(): Promise<void> {
    const showing = ++this.#showing;
    const { api, fact } = this;
    this.waiting = true;
    this.problem = null;
    try {
      const text = fact.format === "json" ? await readJson(api, fact) : await this.#showGrid(api, fact);
      if (showing === this.#showing) this.text = text;
    } catch (error) {
      if (showing === this.#showing) this.problem = messageOf(error);
    }
    if (showing === this.#showing) this.waiting = false;
  }

  async #showGrid(api: Api, fact: Fact): Promise<null> {
    // the grid and Arrow are heavy, and few pages have rows
    const { makeGrid } = await import("./rows-grid.ts");
    this.#place.replaceChildren(makeGrid(api, fact));
    return null;
  }
}

async function readJson(api: Api, { asset, sha256 }: Fact): Promise<string> {
  const response = await api.open("data", { key: asset, format: "json", version: sha256 });
  const text = await response.text();
  if (text.length > mostJson)
    return `${text.slice(0, mostJson)}\n… (${text.length - mostJson} more characters; export it to see all)`;
  return JSON.stringify(JSON.parse(text), null, 2);
}

declare global {
  interface HTMLElementTagNameMap {
    "cellar-asset-rows": CellarAssetRows;
  }
}
