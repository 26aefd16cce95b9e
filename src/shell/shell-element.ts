import { LitElement } from "lit";

/** An element of the shell: it draws into the page itself, so that one set of styles serves all. */
export abstract class ShellElement extends LitElement {
  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  /** Tells whoever holds this element what its reader did. */
  protected tell<T>(name: string, detail: T): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));
  }
}
