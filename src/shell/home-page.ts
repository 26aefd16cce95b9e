import { html, nothing, type PropertyDeclarations } from "lit";
import { messageOf } from "../../cells/errors.ts";
import { writeNotebook } from "../../cells/format/serialize.ts";
import { toCell } from "../../cells/model/cell.ts";
import { emptyNotebook } from "../../cells/model/notebook.ts";
import { readLineage } from "../lineage/read-lineage.ts";
import { fileList } from "./file-list.ts";
import type { HomeData } from "./home-data.ts";
import { icon } from "./icons.ts";
import { Loader } from "./loader.ts";
import { notebookList } from "./notebook-list.ts";
import type { Services } from "./services.ts";
import { ShellElement } from "./shell-element.ts";
import { blank, sentence, whenLoaded } from "./states.ts";

/** The workspace: its notebooks with how they stand, and its data files. */
export class CellarHome extends ShellElement {
  static override properties: PropertyDeclarations = {
    services: { attribute: false },
    naming: { state: true },
    problem: { state: true },
    adding: { state: true },
    dropping: { state: true },
  };

  declare services: Services;
  /** whether a new notebook is being named */
  declare naming: boolean;
  declare problem: string | null;
  /** names of files that are on their way */
  declare adding: readonly string[];
  declare dropping: boolean;
  readonly #loader = new Loader<HomeData>(this, (signal) => this.#load(signal));
  #unsubscribe: () => void = () => undefined;

  constructor() {
    super();
    this.naming = this.dropping = false;
    this.problem = null;
    this.adding = [];
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#unsubscribe = this.services.feed.subscribe((message) => {
      if (message.type === "resumed" || message.event.fact.type !== "log") this.#loader.refresh();
    });
    void this.#loader.read();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#unsubscribe();
  }

  async #load(signal: AbortSignal): Promise<HomeData> {
    const { api } = this.services;
    const [{ notebooks }, { files }, lineage] = await Promise.all([
      api.call("notebooks", {}, signal),
      api.call("files", {}, signal),
      // states are an addition: without them the list is still a list
      api.call("lineage", {}, signal).then(readLineage, () => null),
    ]);
    return { notebooks, files, lineage, now: Date.now() };
  }

  protected override render() {
    return html`<main
      class="page home"
      ?data-dropping=${this.dropping}
      @dragover=${this.#dragover}
      @dragleave=${() => (this.dropping = false)}
      @drop=${this.#drop}
    >
      ${whenLoaded(
        this.#loader.state,
        "list of notebooks",
        (data) => this.#content(data),
        () => void this.#loader.read(),
      )}
      ${this.dropping ? html`<p class="drop-hint">${icon("upload")} Drop to add to the workspace</p>` : nothing}
    </main>`;
  }

  #content(data: HomeData) {
    const isEmpty = data.notebooks.length === 0;
    return html`<section aria-labelledby="notebooks">
        <div class="section-head">
          <h1 id="notebooks">Notebooks</h1>
          ${isEmpty && !this.naming ? nothing : this.#newNotebook()}
        </div>
        ${this.problem === null ? nothing : html`<p class="problem" role="alert">${icon("warning")} ${sentence(this.problem)}</p>`}
        ${
          isEmpty
            ? blank(
                "This workspace is empty",
                "A notebook is one HTML file in the folder of the workspace. Start one here, or put one there: it appears by itself.",
                this.naming
                  ? nothing
                  : html`<button class="button primary" @click=${this.#name}>${icon("plus")} New notebook</button>`,
              )
            : notebookList(data)
        }
      </section>
      <section aria-labelledby="files">
        <div class="section-head">
          <h2 id="files">Data files</h2>
          <label class="button">
            ${icon("upload")} Add files
            <input class="only-spoken" type="file" multiple @change=${this.#chosen} />
          </label>
        </div>
        ${this.adding.length === 0 ? nothing : html`<p class="pending" role="status">Adding ${this.adding.join(", ")}…</p>`}
        ${fileList(data.files, data.now)}
      </section>`;
  }

  #newNotebook() {
    if (!this.naming) return html`<button class="button" @click=${this.#name}>${icon("plus")} New notebook</button>`;
    return html`<form
      class="inline-form"
      @submit=${this.#create}
      @keydown=${(event: KeyboardEvent) => event.key === "Escape" && (this.naming = false)}
    >
      <label class="only-spoken" for="new-name">Name of the notebook</label>
      <input
        id="new-name"
        name="name"
        placeholder="sales"
        autocomplete="off"
        spellcheck="false"
        required
        maxlength="150"
      />
      <button class="button primary">Create</button>
      <button class="button" type="button" @click=${() => (this.naming = false)}>Cancel</button>
    </form>`;
  }

  readonly #name = async (): Promise<void> => {
    this.naming = true;
    await this.updateComplete;
    this.querySelector<HTMLInputElement>("#new-name")?.focus();
  };

  readonly #create = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const written = this.querySelector<HTMLInputElement>("#new-name")?.value.trim() ?? "";
    if (written === "") return;
    const path = `${written.replace(/\.html$/, "")}.html`;
    const title = path.slice(path.lastIndexOf("/") + 1, -5);
    const cells = [toCell({ id: 1, kind: "md", source: `# ${title}` }), toCell({ id: 2, kind: "js" })];
    try {
      await this.services.api.call("saveNotebook", {
        path,
        text: writeNotebook({ ...emptyNotebook, title, cells }),
        base: null,
      });
      this.naming = false;
      this.services.navigation.go({ type: "notebook", path, cell: null });
    } catch (error) {
      this.problem = messageOf(error);
    }
  };

  #dragover(event: DragEvent): void {
    if (event.dataTransfer?.types.includes("Files") !== true) return;
    event.preventDefault();
    this.dropping = true;
  }

  #drop(event: DragEvent): void {
    event.preventDefault();
    this.dropping = false;
    void this.#add([...(event.dataTransfer?.files ?? [])]);
  }

  #chosen(event: Event): void {
    if (!(event.target instanceof HTMLInputElement)) return;
    void this.#add([...(event.target.files ?? [])]);
    event.target.value = "";
  }

  async #add(files: readonly File[]): Promise<void> {
    this.problem = null;
    for (const file of files) {
      this.adding = [...this.adding, file.name];
      try {
        const name = await this.services.upload(file, new AbortController().signal);
        this.services.toast({
          text: name === file.name ? `Added ${name}` : `Added as ${name}: there is a ${file.name} already`,
          tone: "plain",
        });
      } catch (error) {
        this.problem = `${file.name} was not added: ${messageOf(error)}`;
      }
      this.adding = this.adding.filter((name) => name !== file.name);
    }
    if (files.length > 0) void this.#loader.read();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "cellar-home": CellarHome;
  }
}
