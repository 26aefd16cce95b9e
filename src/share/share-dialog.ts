import { html, nothing, type PropertyDeclarations } from "lit";
import type { OutputOf } from "../../cells/api/routes.ts";
import { messageOf } from "../../cells/errors.ts";
import type { Api } from "../remote/api.ts";
import { icon } from "../shell/icons.ts";
import { sayTime } from "../shell/say.ts";
import { ShellElement } from "../shell/shell-element.ts";
import { sentence } from "../shell/states.ts";

const dayMs = 24 * 60 * 60_000;
const lives: readonly (readonly [label: string, ms: number])[] = [
  ["1 day", dayMs],
  ["7 days", 7 * dayMs],
  ["30 days", 30 * dayMs],
  ["a year", 365 * dayMs],
];

/** What a link is wanted for. */
export interface ShareSubject {
  /** "" is everything */
  readonly select: string;
  /** a past run, or null for what is now */
  readonly run: string | null;
}

/**
 * Makes a link that shows lineage to someone without a login. Its address is shown once.
 *
 * @fires close
 */
export class CellarShareDialog extends ShellElement {
  static override properties: PropertyDeclarations = {
    api: { attribute: false },
    subject: { attribute: false },
    made: { state: true },
    problem: { state: true },
    busy: { state: true },
    copied: { state: true },
  };

  declare api: Api;
  declare subject: ShareSubject;
  declare made: OutputOf<"createShare"> | null;
  declare problem: string | null;
  declare busy: boolean;
  declare copied: boolean;

  constructor() {
    super();
    this.made = this.problem = null;
    this.busy = this.copied = false;
  }

  protected override render() {
    const { select, run } = this.subject;
    return html`<div class="dialog-head">
        <h2 id="dialog-title">Share this lineage</h2>
        <button class="icon-button" aria-label="Close" @click=${() => this.tell("close", null)}>
          ${icon("close")}
        </button>
      </div>
      <p>
        Whoever has the link sees
        ${select === "" ? "the lineage of everything" : html`the lineage of <code>${select}</code>`}${run === null ? ", as it is when they look" : html` as it was at the end of run <code>${run.slice(0, 8)}</code>`},
        and can change nothing.
      </p>
      ${this.made === null ? this.#form() : this.#link(this.made)}`;
  }

  #form() {
    return html`<form class="share-form" @submit=${this.#make}>
      <fieldset>
        <legend>What it gives</legend>
        <label
          ><input type="radio" name="data" value="no" checked />
          <span>Names, states and edges <span class="soft">no data</span></span></label
        >
        <label
          ><input type="radio" name="data" value="yes" />
          <span>The data too <span class="soft">each asset can be downloaded</span></span></label
        >
      </fieldset>
      <label class="field">
        <span>It ends after</span>
        <select name="life">
          ${lives.map(([label, ms]) => html`<option value=${ms} ?selected=${ms === 30 * dayMs}>${label}</option>`)}
        </select>
      </label>
      ${this.problem === null ? nothing : html`<p class="problem" role="alert">${sentence(this.problem)}</p>`}
      <div class="dialog-foot">
        <a href="/shares" @click=${() => this.tell("close", null)}>All links</a>
        <button class="button primary" ?disabled=${this.busy}>${this.busy ? "Making…" : "Make link"}</button>
      </div>
    </form>`;
  }

  #link({ url, expiresAt }: OutputOf<"createShare">) {
    return html`<label class="field">
        <span>The link, shown this once</span>
        <input
          class="share-url"
          readonly
          .value=${url}
          @focus=${(event: Event) => event.target instanceof HTMLInputElement && event.target.select()}
        />
      </label>
      <p class="soft">
        ${expiresAt === null ? "It does not end by itself." : `It ends at ${sayTime(expiresAt).slice(0, 16)}.`} You can
        end it before, under Links.
      </p>
      <div class="dialog-foot">
        <a href="/shares" @click=${() => this.tell("close", null)}>All links</a>
        <button class="button primary" @click=${() => this.#copy(url)}>
          ${icon("copy")} ${this.copied ? "Copied" : "Copy"}
        </button>
      </div>`;
  }

  readonly #make = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const values = event.target instanceof HTMLFormElement ? new FormData(event.target) : new FormData();
    const { select, run } = this.subject;
    this.busy = true;
    this.problem = null;
    try {
      this.made = await this.api.call("createShare", {
        ...(select === "" ? {} : { select }),
        ...(run === null ? {} : { run }),
        withData: values.get("data") === "yes",
        expiresInMs: String(values.get("life")),
      });
    } catch (error) {
      this.problem = messageOf(error);
    }
    this.busy = false;
  };

  async #copy(url: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(url);
      this.copied = true;
    } catch {
      // not allowed here: the text is selected, and the reader's own copy works
      this.querySelector<HTMLInputElement>(".share-url")?.focus();
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "cellar-share-dialog": CellarShareDialog;
  }
}
