import { html, nothing, type PropertyDeclarations } from "lit";
import { loginCodeIn } from "../remote/session.ts";
import { icon } from "./icons.ts";
import { sentence } from "./states.ts";
import { ShellElement } from "./shell-element.ts";

/**
 * What a browser without a login sees.
 *
 * @fires login - detail: the one-time code
 */
export class CellarLogin extends ShellElement {
  static override properties: PropertyDeclarations = { problem: {}, busy: { type: Boolean }, wrong: { state: true } };

  /** why the last login failed, or null */
  declare problem: string | null;
  declare busy: boolean;
  declare wrong: boolean;

  constructor() {
    super();
    this.problem = null;
    this.busy = this.wrong = false;
  }

  protected override render() {
    return html`<main class="login">
      <h1>Cellar</h1>
      <p>
        This browser is not logged in to this workspace. Print a login link in a terminal on the machine that serves it,
        and open it here:
      </p>
      <p class="command"><code>npx cellar login</code></p>
      <p class="soft">
        Run it in the folder of the workspace. <code>npx cellar serve</code> also prints one when it starts. A link
        works once, within ten minutes.
      </p>
      <form @submit=${this.#submit}>
        <label>
          <span>Or paste the link here</span>
          <input
            name="link"
            autocomplete="off"
            spellcheck="false"
            placeholder="http://127.0.0.1:4400/#login=…"
            required
            ?disabled=${this.busy}
          />
        </label>
        <button class="button primary" ?disabled=${this.busy}>${this.busy ? "Logging in…" : "Log in"}</button>
      </form>
      ${this.wrong ? html`<p class="problem" role="alert">${icon("warning")} That is no login link: it ends in #login= and a code.</p>` : nothing}
      ${this.problem === null || this.wrong ? nothing : html`<p class="problem" role="alert">${icon("warning")} ${sentence(this.problem)}</p>`}
    </main>`;
  }

  #submit(event: SubmitEvent): void {
    event.preventDefault();
    const input = this.querySelector<HTMLInputElement>("input");
    const code = loginCodeIn(input?.value ?? "");
    this.wrong = code === null;
    if (code !== null) this.tell("login", code);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "cellar-login": CellarLogin;
  }
}
