import type { DocumentTheme } from "../../cells/protocol/document.ts";

/** The theme of the document, as the shell sets it. */
export class Theme {
  #theme: DocumentTheme = {
    scheme: matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light",
    name: "air",
  };
  readonly #listeners = new Set<() => void>();

  get theme(): DocumentTheme {
    return this.#theme;
  }

  set(theme: DocumentTheme): void {
    this.#theme = theme;
    document.documentElement.style.colorScheme = theme.scheme;
    document.documentElement.dataset["theme"] = theme.name;
    for (const listener of this.#listeners) listener();
  }

  /** Calls `listener` on each change; returns what ends it. */
  onTheme(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
