import { html, nothing } from "lit";
import type { PropertyDeclarations } from "lit";
import type { ShareSummary } from "../../cells/api/schema.ts";
import { messageOf } from "../../cells/errors.ts";
import { Loader } from "../shell/loader.ts";
import { allLineage } from "../shell/route.ts";
import { formatRoute } from "../shell/router.ts";
import { sayAgo, sayTime } from "../shell/say.ts";
import type { Services } from "../shell/services.ts";
import { ShellElement } from "../shell/shell-element.ts";
import { blank, sentence, whenLoaded } from "../shell/states.ts";
import { statusShape } from "../shell/status.ts";

/** The links that others have, and their end. */
export class CellarShares extends ShellElement {
  static override properties: PropertyDeclarations = { services: { attribute: false }, ending: { state: true } };

  declare services: Services;
  /** the link that is being revoked */
  declare ending: string | null;
  readonly #loader = new Loader<readonly ShareSummary[]>(
    this,
    async (signal) => (await this.services.api.call("shares", {}, signal)).shares,
  );

  constructor() {
    super();
    this.ending = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#loader.read();
  }

  protected override render() {
    return html`<main class="page">
      <div class="section-head"><h1>Links</h1></div>
      <p class="lead">
        Whoever has one of these links sees a lineage without a login. A link that is revoked is dead at once.
      </p>
      ${whenLoaded(
        this.#loader.state,
        "list of links",
        (shares) => this.#content(shares),
        () => void this.#loader.read(),
      )}
    </main>`;
  }

  #content(shares: readonly ShareSummary[]) {
    if (shares.length === 0)
      return blank(
        "No links",
        "Choose what to show under Lineage, then Share.",
        html`<a class="button" href=${formatRoute(allLineage)}>Lineage</a>`,
      );
    const now = Date.now();
    return html`<div class="table-scroll">
      <table class="shares">
        <thead>
          <tr>
            <th scope="col">State</th>
            <th scope="col">Shows</th>
            <th scope="col">Gives</th>
            <th scope="col">Made</th>
            <th scope="col">Ends</th>
            <th scope="col"><span class="only-spoken">Actions</span></th>
          </tr>
        </thead>
        <tbody>
          ${shares.toSorted((a, b) => b.createdAt - a.createdAt).map((share) => this.#row(share, now))}
        </tbody>
      </table>
    </div>`;
  }

  #row({ id, selection, run, withData, createdAt, expiresAt, revokedAt }: ShareSummary, now: number) {
    const ended = revokedAt !== null ? "revoked" : expiresAt !== null && expiresAt <= now ? "expired" : null;
    return html`<tr ?data-ended=${ended !== null}>
      <td>
        <span class="status" data-tone=${ended === null ? "good" : "quiet"}
          >${statusShape(ended === null ? "good" : "quiet")} ${ended ?? "open"}</span
        >
      </td>
      <th scope="row">
        <a href=${formatRoute({ ...allLineage, select: selection, run })}
          >${selection === "" ? "everything" : html`<code>${selection}</code>`}</a
        >
        <span class="soft">${run === null ? "as it is" : `run ${run.slice(0, 8)}`}</span>
      </th>
      <td>${withData ? "lineage and data" : "lineage"}</td>
      <td title=${sayTime(createdAt)}>${sayAgo(createdAt, now)}</td>
      <td title=${expiresAt === null ? "" : sayTime(expiresAt)}>
        ${expiresAt === null ? "never" : sayAgo(expiresAt, now)}
      </td>
      <td class="number">
        ${ended === null ? html`<button class="link danger" ?disabled=${this.ending === id} @click=${() => this.#revoke(id)}>Revoke</button>` : nothing}
      </td>
    </tr>`;
  }

  async #revoke(id: string): Promise<void> {
    this.ending = id;
    try {
      await this.services.api.call("revokeShare", { id });
      this.services.toast({ text: "The link is dead", tone: "plain" });
    } catch (error) {
      this.services.toast({ text: sentence(messageOf(error)), tone: "bad" });
    }
    this.ending = null;
    void this.#loader.read();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "cellar-shares": CellarShares;
  }
}
