import { CellarNotebook } from "../notebook/notebook-element.ts";
import { CellarNotebookPage } from "./notebook-page.ts";

/** Makes the elements of the notebook page known. May be called again. */
export function defineNotebook(): void {
  if (customElements.get("cellar-notebook") !== undefined) return;
  customElements.define("cellar-notebook", CellarNotebook);
  customElements.define("cellar-notebook-page", CellarNotebookPage);
}
