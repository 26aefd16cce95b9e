import type { Cell } from "./cell.ts";

/** A theme, or one for each colour scheme. Unknown names are kept. */
export type Theme = string | { readonly light: string; readonly dark: string };

/** One notebook file, read: what the author wrote, nothing computed. */
export interface Notebook {
  /** the `id` attribute; null until Cellar first saves the file, when its path stands in */
  readonly id: string | null;
  readonly title: string;
  readonly theme: Theme;
  readonly readOnly: boolean;
  /** every attribute of `<notebook>` as written, known or not */
  readonly attributes: Readonly<Record<string, string>>;
  readonly cells: readonly Cell[];
}

/** A notebook with no cells. */
export const emptyNotebook: Notebook = {
  id: null,
  title: "Untitled",
  theme: "air",
  readOnly: false,
  attributes: {},
  cells: [],
};
