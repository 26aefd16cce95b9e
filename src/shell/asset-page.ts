import { html, nothing, type PropertyDeclarations, type PropertyValues } from "lit";
import type { AssetSummary } from "../../cells/api/schema.ts";
import { AppError, messageOf } from "../../cells/errors.ts";
import type { Fact } from "./fact.ts";
import { historyTable } from "./history-table.ts";
import { icon } from "./icons.ts";
import { Loader } from "./loader.ts";
import { allLineage, type Route, selectKey } from "./route.ts";
import { formatRoute } from "./router.ts";
import { sayDuration, sayRows } from "./say.ts";
import type { Services } from "./services.ts";
import { ShellElement } from "./shell-element.ts";
import { sparkline } from "./sparkline.ts";
import { blank, sentence, whenLoaded } from "./states.ts";
import { status } from "./status.ts";

interface AssetData {
  /** null where the asset is only history: no notebook defines it any more */
  readonly asset: AssetSummary | null;
  readonly history: readonly Fact[];
  readonly readers: readonly string[];
}

const formats = ["parquet", "arrow", "csv", "json"] as const;

/** One asset: how it stands and why, its rows, its past, and its way out. */
export class CellarAsset extends ShellElement {
  static override properties: PropertyDeclarations = {
    services: { attribute: false },
    route: { attribute: false },
    busy: { state: true },
  };

  declare services: Services;
  declare route: Extract<Route, { readonly type: "asset" }>;
  /** what the reader waits for, or null */
  declare busy: string | null;
  readonly #loader = new Loader<AssetData>(this, (signal) => this.#load(signal));
  #unsubscribe: () => void = () => undefined;

  constructor() {
    super();
    this.busy = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#unsubscribe = this.services.feed.subscribe((message) => {
      if (message.type === "resumed" || message.event.fact.type !== "log") this.#loader.refresh();
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#unsubscribe();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("route")) void this.#loader.read({ forget: changed.get("route")?.key !== this.route.key });
  }

  async #load(signal: AbortSignal): Promise<AssetData> {
    const { api } = this.services;
    const { key, partition } = this.route;
    const [{ assets }, { materializations }] = await Promise.all([
      api.call("assets", {}, signal),
      api.call("history", { key, limit: "50", ...(partition === null ? {} : { partition }) }, signal),
    ]);
    return {
      asset: assets.find((asset) => asset.key === key) ?? null,
      history: materializations,
      readers: assets.filter(({ inputs }) => inputs.includes(key)).map((asset) => asset.key),
    };
  }

  protected override render() {
    return html`<main class="page asset">
      ${whenLoaded(
        this.#loader.state,
        "asset",
        (data) => this.#content(data),
        () => void this.#loader.read(),
      )}
    </main>`;
  }

  #content({ asset, history, readers }: AssetData) {
    const { key } = this.route;
    const latest = history[0];
    const past = history.slice(0, 20).toReversed();
    const isStored = latest !== undefined && latest.format !== "virtual";
    return html`<div class="section-head">
        <h1>${key.slice(key.lastIndexOf("/") + 1)} <span class="path">${key.slice(0, key.lastIndexOf("/"))}</span></h1>
        ${asset === null || asset.virtual ? nothing : html`<button class="button primary" ?disabled=${this.busy !== null} @click=${this.#run}>${icon("run")} ${this.busy === "run" ? "Starting…" : "Run"}</button>`}
        ${asset === null ? nothing : html`<a class="button" href=${formatRoute({ type: "notebook", path: asset.notebook, cell: asset.cell })}>Open cell</a>`}
        <a class="button" href=${formatRoute({ ...allLineage, select: `+${selectKey(key)}+`, focus: key })}>Lineage</a>
      </div>
      <p class="facts">
        ${asset === null ? html`<span>No notebook defines this asset any more; what it was is kept.</span>` : html`${status(asset.status)} <span>${sentence(asset.reason)}</span>`}
      </p>
      ${asset?.description ? html`<p class="description">${asset.description}</p>` : nothing}
      ${
        past.length < 2
          ? nothing
          : html`<div class="sparklines">
              ${sparkline(
                "Duration",
                past.map(({ ms }) => ms),
                sayDuration,
              )}
              ${
                past.some(({ rows }) => rows !== null)
                  ? sparkline(
                      "Rows",
                      past.map(({ rows }) => rows ?? 0),
                      sayRows,
                    )
                  : nothing
              }
            </div>`
      }
      ${this.#wiring(asset, readers)}
      <section aria-labelledby="rows">
        <div class="section-head">
          <h2 id="rows">Data</h2>
          ${isStored ? this.#exports(latest) : nothing}
        </div>
        ${this.#data(asset, latest)}
      </section>
      <section aria-labelledby="history">
        <h2 id="history">History</h2>
        ${history.length === 0 ? html`<p class="soft">Never materialized.</p>` : historyTable(history)}
      </section>`;
  }

  #wiring(asset: AssetSummary | null, readers: readonly string[]) {
    const link = (key: string) =>
      html`<li>
        ${key.startsWith("file:") ? html`<span class="path">${key.slice(5)}</span>` : html`<a href=${formatRoute({ type: "asset", key, partition: null })}>${key}</a>`}
      </li>`;
    const tags = Object.entries(asset?.tags ?? {}).map(([name, value]) => (value === "" ? name : `${name}=${value}`));
    const facts: readonly (readonly [string, string])[] = [
      ["Partitions", asset?.partitions ?? ""],
      ["Automation", asset === null || asset.automation === "manual" ? "" : asset.automation],
      ["Owners", asset?.owners.join(", ") ?? ""],
      ["Tags", tags.join(", ")],
    ];
    return html`<dl class="wiring">
      ${
        (asset?.inputs.length ?? 0) === 0
          ? nothing
          : html`<div>
              <dt>Reads</dt>
              <dd>
                <ul>
                  ${asset?.inputs.map(link)}
                </ul>
              </dd>
            </div>`
      }
      ${
        readers.length === 0
          ? nothing
          : html`<div>
              <dt>Read by</dt>
              <dd>
                <ul>
                  ${readers.map(link)}
                </ul>
              </dd>
            </div>`
      }
      ${facts.map(([name, value]) =>
        value === ""
          ? nothing
          : html`<div>
              <dt>${name}</dt>
              <dd>${value}</dd>
            </div>`,
      )}
    </dl>`;
  }

  #data(asset: AssetSummary | null, latest: Fact | undefined) {
    if (latest === undefined)
      return asset?.virtual === true
        ? blank(
            "Computed when it is read",
            "This asset is not stored, so there are no rows of it here; open its cell to see it.",
          )
        : blank("No data yet", "Run the asset once, and its rows are here.");
    if (latest.format === "virtual")
      return blank("Not stored", "It ran, and its value is neither a table nor JSON; open its cell to see it.");
    return html`<cellar-asset-rows .api=${this.services.api} .fact=${latest}></cellar-asset-rows>`;
  }

  #exports(latest: Fact) {
    return html`<div class="exports" role="group" aria-label="Export">
      ${formats.map((format) => {
        const possible = latest.format === "parquet" || format === "json";
        return html`<button
          class="button"
          ?disabled=${!possible || this.busy !== null}
          title=${possible ? `Download as ${format}` : "A JSON value is no table: it leaves as JSON"}
          @click=${() => this.#export(format, latest)}
        >
          ${icon("download")} ${this.busy === format ? "…" : extension[format]}
        </button>`;
      })}
    </div>`;
  }

  readonly #run = (): Promise<void> =>
    this.#act("run", async () => {
      const { run } = await this.services.api.call("startRun", { select: selectKey(this.route.key) });
      this.services.navigation.go({ type: "run", id: run, step: this.route.key });
    });

  #export(format: (typeof formats)[number], { sha256 }: Fact): Promise<void> {
    const { key } = this.route;
    return this.#act(format, async () => {
      const response = await this.services.api.open("data", { key, format, version: sha256 });
      await this.services.download(response, `${key.slice(key.lastIndexOf("/") + 1)}.${format}`);
    });
  }

  async #act(what: string, action: () => Promise<void>): Promise<void> {
    this.busy = what;
    try {
      await action();
    } catch (error) {
      this.services.toast({
        text: sentence(error instanceof AppError ? error.message : messageOf(error)),
        tone: "bad",
      });
    }
    this.busy = null;
  }
}

const extension: Readonly<Record<(typeof formats)[number], string>> = {
  parquet: "Parquet",
  arrow: "Arrow",
  csv: "CSV",
  json: "JSON",
};

declare global {
  interface HTMLElementTagNameMap {
    "cellar-asset": CellarAsset;
  }
}
