import { lostAttributes } from "../../cells/format/lost-attributes.ts";
import { parseNotebook } from "../../cells/format/parse.ts";
import type { Notebook } from "../../cells/model/notebook.ts";
import type { PublishedNotebook } from "../store/store.ts";

/** Warnings about asset options that the published revision had and this one no longer has: another editor may have dropped them. */
export function lostOnPublish(before: PublishedNotebook | null, after: Notebook): string[] {
  if (before === null) return [];
  return lostAttributes(parseNotebook(before.text).notebook, after).map(
    ({ cell, name, value }) =>
      `${cell === null ? "the notebook" : `cell ${cell}`} no longer has ${name}=${JSON.stringify(value)}, which the published revision had; if another editor dropped it, put it back and publish again`,
  );
}
