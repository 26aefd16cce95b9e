import { html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { messageOf } from "../../cells/errors.ts";
import type { KeyStroke } from "../../cells/protocol/document.ts";
import type { EngineProvider } from "../host/engine-provider.ts";
import type { ShareSubject } from "../share/share-dialog.ts";
import { appKey } from "./app-keys.ts";
import { invalidPage } from "./invalid-page.ts";
import { allLineage, type Route } from "./route.ts";
import type { Services, Toast } from "./services.ts";
import { ShellElement } from "./shell-element.ts";
import { shortcuts } from "./shortcuts.ts";
import type { ThemeChoice } from "./theme.ts";

const toastMs = 6000;

type Dialog = { readonly type: "shortcuts" } | { readonly type: "share"; readonly subject: ShareSubject };

/** The whole page: what it shows follows from the address, the login and the connection. */
export class CellarApp extends ShellElement {
  static override properties: PropertyDeclarations = {
    services: { attribute: false },
    engine: { attribute: false },
    loadPage: { attribute: false },
    loginProblem: { state: true },
    loggingIn: { state: true },
    workspace: { state: true },
    dialog: { state: true },
    toasts: { state: true },
    newer: { attribute: false },
    ready: { state: true },
  };

  declare services: Services;
  declare engine: EngineProvider;
  /** fetches the code of a kind of page, once */
  declare loadPage: (type: Route["type"]) => Promise<void>;
  /** why the login failed, or null */
  declare loginProblem: string | null;
  declare loggingIn: boolean;
  declare workspace: string | null;
  declare dialog: Dialog | null;
  declare toasts: readonly (Toast & { readonly id: number })[];
  /** reloads into a newer build of this page that is waiting; null while none is */
  declare newer: (() => void) | null;
  /** kinds of pages whose code is here */
  declare ready: ReadonlySet<Route["type"]>;
  #toasts = 0;
  #pendingKey = "";

  constructor() {
    super();
    this.loginProblem = this.workspace = this.dialog = this.newer = null;
    this.loggingIn = false;
    this.toasts = [];
    this.ready = new Set();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const { navigation, feed } = this.services;
    let shown = navigation.route.type;
    navigation.onRoute(() => {
      // while a view is moved about, the address changes with every frame
      if (navigation.route.type !== shown) {
        shown = navigation.route.type;
        this.dialog = null;
        this.#prepare();
      }
      this.requestUpdate();
    });
    navigation.followLinks(this);
    feed.onConnection(() => this.requestUpdate());
    for (const event of ["online", "offline"]) addEventListener(event, () => this.requestUpdate());
    addEventListener("keydown", (event) => this.#key(event, event));
    this.#prepare();
    void this.#greet();
  }

  /** Shows a short message. */
  toast(toast: Toast): void {
    const id = this.#toasts++;
    this.toasts = [...this.toasts, { ...toast, id }];
    setTimeout(() => (this.toasts = this.toasts.filter((shown) => shown.id !== id)), toastMs);
  }

  /** Logs in with a one-time code. */
  async login(code: string): Promise<void> {
    this.loggingIn = true;
    this.loginProblem = null;
    try {
      await this.services.login(code);
      void this.#greet();
    } catch (error) {
      this.loginProblem = messageOf(error);
    }
    this.loggingIn = false;
  }

  protected override render() {
    if (this.services.token() === null)
      return html`<cellar-login
        .problem=${this.loginProblem}
        .busy=${this.loggingIn}
        @login=${(event: CustomEvent<string>) => void this.login(event.detail)}
      ></cellar-login>`;
    const { navigation, feed, theme } = this.services;
    return html`<a class="skip" href="#main" @click=${this.#skip}>Skip to the page</a>
      <cellar-header
        .workspace=${this.workspace}
        .route=${navigation.route}
        .connection=${feed.connection}
        .hasNetwork=${navigator.onLine}
        .theme=${theme.choice}
        @theme=${(event: CustomEvent<ThemeChoice>) => this.#chooseTheme(event.detail)}
        @retry-connection=${() => feed.retry()}
        @show-shortcuts=${() => (this.dialog = { type: "shortcuts" })}
        @reload-page=${() => location.reload()}
      ></cellar-header>
      ${this.#updateNotice()}
      <div
        class="content"
        id="main"
        tabindex="-1"
        @share=${(event: CustomEvent<ShareSubject>) => this.#share(event.detail)}
        @shell-key=${(event: CustomEvent<KeyStroke>) => this.#key(event.detail, null)}
      >
        ${this.ready.has(navigation.route.type) ? this.#page(navigation.route) : nothing}
      </div>
      ${this.dialog === null ? nothing : this.#dialog(this.dialog)}
      <div class="toasts" aria-live="polite">${this.toasts.map((toast) => this.#toast(toast))}</div>`;
  }

  #page(route: Route): TemplateResult | typeof nothing {
    const { services } = this;
    switch (route.type) {
      case "home":
        return html`<cellar-home .services=${services}></cellar-home>`;
      case "notebook":
        return html`<cellar-notebook-page
          .services=${services}
          .engine=${this.engine}
          .route=${route}
        ></cellar-notebook-page>`;
      case "lineage":
        return html`<cellar-lineage-page .services=${services} .route=${route}></cellar-lineage-page>`;
      case "runs":
        return html`<cellar-runs .services=${services} .route=${route}></cellar-runs>`;
      case "run":
        return html`<cellar-run .services=${services} .route=${route}></cellar-run>`;
      case "asset":
        return html`<cellar-asset .services=${services} .route=${route}></cellar-asset>`;
      case "shares":
        return html`<cellar-shares .services=${services}></cellar-shares>`;
      case "invalid":
        return invalidPage(route);
      case "shared":
        // a page of its own, which needs no login
        return nothing;
    }
  }

  #updateNotice() {
    const { connection } = this.services.feed;
    const update = this.newer ?? (connection.type === "outdated" ? () => location.reload() : null);
    if (update === null) return nothing;
    return html`<p class="notice" role="status">
      <span>A new version of Cellar is here. What you typed is kept.</span>
      <button class="button primary" @click=${update}>Reload</button>
    </p>`;
  }

  #dialog(dialog: Dialog) {
    const close = (): void => void (this.dialog = null);
    return html`<dialog
      class="dialog"
      aria-labelledby="dialog-title"
      @close=${(event: Event) => event.target instanceof HTMLDialogElement && close()}
      @click=${(event: MouseEvent) => event.target instanceof HTMLDialogElement && close()}
    >
      ${
        dialog.type === "shortcuts"
          ? shortcuts(close)
          : html`<cellar-share-dialog
              .api=${this.services.api}
              .subject=${dialog.subject}
              @close=${close}
            ></cellar-share-dialog>`
      }
    </dialog>`;
  }

  #toast({ id, text, tone, action }: Toast & { readonly id: number }) {
    const close = (): void => void (this.toasts = this.toasts.filter((toast) => toast.id !== id));
    return html`<div class="toast" data-tone=${tone} role=${tone === "bad" ? "alert" : "status"}>
      <span>${text}</span>
      ${
        action === undefined
          ? nothing
          : html`<button
              class="link"
              @click=${() => {
                close();
                action.act();
              }}
            >
              ${action.label}
            </button>`
      }
      <button class="link" aria-label="Close" @click=${close}>Close</button>
    </div>`;
  }

  protected override updated(): void {
    const dialog = this.querySelector<HTMLDialogElement>("dialog.dialog");
    if (dialog !== null && !dialog.open) dialog.showModal();
  }

  #share(subject: ShareSubject): void {
    void this.loadPage("shares").then(() => (this.dialog = { type: "share", subject }));
  }

  /** Has the code of the page that is to be shown. */
  #prepare(): void {
    const { type } = this.services.navigation.route;
    const titles: Readonly<Record<Route["type"], string>> = {
      home: "Notebooks",
      notebook: "Notebook",
      lineage: "Lineage",
      runs: "Runs",
      run: "Run",
      asset: "Asset",
      shares: "Links",
      shared: "Lineage",
      invalid: "Not found",
    };
    document.title = `${titles[type]} · ${this.workspace ?? "Cellar"}`;
    this.loadPage(type).then(
      () => (this.ready = new Set([...this.ready, type])),
      () =>
        this.toast({
          text: "This page could not be loaded: the server does not answer, and it is not in this browser",
          tone: "bad",
        }),
    );
  }

  async #greet(): Promise<void> {
    if (this.services.token() === null) return;
    const session = await this.services.api.call("session", {}).catch(() => null);
    if (session !== null) this.workspace = session.workspace;
  }

  #chooseTheme(choice: ThemeChoice): void {
    this.services.theme.choose(choice);
    this.requestUpdate();
  }

  #skip(event: Event): void {
    event.preventDefault();
    this.querySelector<HTMLElement>("#main")?.focus();
  }

  #key(key: KeyStroke | KeyboardEvent, event: KeyboardEvent | null): void {
    if (this.dialog !== null || this.services.token() === null) return;
    const isTyping =
      event
        ?.composedPath()
        .some(
          (target) =>
            target instanceof HTMLElement &&
            (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)),
        ) ?? false;
    const action = isTyping ? null : appKey(key, this.#pendingKey);
    this.#pendingKey = action?.type === "prefix" ? key.key : "";
    if (action === null || action.type === "prefix") return;
    event?.preventDefault();
    if (action.type === "go") return this.services.navigation.go(action.route);
    if (action.type === "shortcuts") this.dialog = { type: "shortcuts" };
    else {
      const box = this.querySelector<HTMLInputElement>("#selection");
      if (box !== null) box.focus();
      else this.services.navigation.go(allLineage);
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "cellar-app": CellarApp;
  }
}
