import { html, nothing, type PropertyDeclarations } from "lit";
import { sayConnection } from "../remote/connection.ts";
import type { Connection } from "../remote/connection.ts";
import { icon, type IconName } from "./icons.ts";
import { allLineage, type Route } from "./route.ts";
import { formatRoute } from "./router.ts";
import { ShellElement } from "./shell-element.ts";
import { statusShape, type Tone } from "./status.ts";
import type { ThemeChoice } from "./theme.ts";

const pages: readonly { readonly label: string; readonly route: Route; readonly types: readonly Route["type"][] }[] = [
  { label: "Notebooks", route: { type: "home" }, types: ["home", "notebook"] },
  { label: "Lineage", route: allLineage, types: ["lineage", "asset"] },
  { label: "Runs", route: { type: "runs", before: null }, types: ["runs", "run"] },
  { label: "Links", route: { type: "shares" }, types: ["shares"] },
];
const themes: readonly { readonly choice: ThemeChoice; readonly icon: IconName; readonly next: ThemeChoice }[] = [
  { choice: "system", icon: "screen", next: "light" },
  { choice: "light", icon: "sun", next: "dark" },
  { choice: "dark", icon: "moon", next: "system" },
];

/**
 * The line over every page: where one is, how the connection stands, light or dark.
 *
 * @fires theme - detail: ThemeChoice
 * @fires retry-connection
 * @fires show-shortcuts
 * @fires reload-page
 */
export class CellarHeader extends ShellElement {
  static override properties: PropertyDeclarations = {
    workspace: {},
    route: { attribute: false },
    connection: { attribute: false },
    hasNetwork: { attribute: false },
    theme: {},
  };

  declare workspace: string | null;
  declare route: Route;
  declare connection: Connection;
  declare hasNetwork: boolean;
  declare theme: ThemeChoice;

  protected override render() {
    const theme = themes.find(({ choice }) => choice === this.theme) ?? themes[0];
    return html`<header class="top">
      <a class="brand" href="/" title="All notebooks">${this.workspace ?? "Cellar"}</a>
      <nav aria-label="Pages">
        ${pages.map(
          ({ label, route, types }) =>
            html`<a href=${formatRoute(route)} aria-current=${types.includes(this.route.type) ? "page" : nothing}
              >${label}</a
            >`,
        )}
      </nav>
      <div class="top-tools">
        ${this.#connectionState()}
        ${
          theme === undefined
            ? nothing
            : html`<button
                class="icon-button"
                title=${`Theme: ${theme.choice}`}
                aria-label=${`Theme: ${theme.choice}. Change to ${theme.next}`}
                @click=${() => this.tell("theme", theme.next)}
              >
                ${icon(theme.icon)}
              </button>`
        }
        <button
          class="icon-button"
          title="Keyboard shortcuts (?)"
          aria-label="Keyboard shortcuts"
          @click=${() => this.tell("show-shortcuts", null)}
        >
          ?
        </button>
      </div>
    </header>`;
  }

  #connectionState() {
    const { label, meaning } = sayConnection(this.connection, this.hasNetwork);
    const { type } = this.connection;
    const tone: Tone = type === "online" ? "good" : type === "connecting" ? "busy" : "warn";
    const words = html`${statusShape(tone)} <span>${label}</span>`;
    if (type === "outdated")
      return html`<button
        class="connection"
        data-tone="warn"
        title=${meaning}
        @click=${() => this.tell("reload-page", null)}
      >
        ${words}: reload
      </button>`;
    if (type === "stopped")
      return html`<button
        class="connection"
        data-tone="warn"
        title=${`${meaning} Click to try now.`}
        @click=${() => this.tell("retry-connection", null)}
      >
        ${words}
      </button>`;
    return html`<span class="connection" data-tone=${tone} role="status" title=${meaning}>${words}</span>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "cellar-header": CellarHeader;
  }
}
