import { assertNever } from "../../cells/errors.ts";
import type { Notebook } from "../../cells/model/notebook.ts";
import type { NotebookCommand } from "../../cells/protocol/document.ts";
import type { CellConflict } from "./merge.ts";

/** What a reader makes of cells that were changed on both sides. */
export type Settlement = "keep mine" | "keep both" | "take theirs";

/** The commands that settle conflicts: one's own text is in the notebook already, the other side's becomes cells below or replaces it. */
export function settle(
  how: Settlement,
  { cells }: Notebook,
  conflicts: readonly CellConflict[],
): readonly NotebookCommand[] {
  switch (how) {
    case "keep mine":
      return [];
    case "keep both":
      return conflicts.map(({ cell, theirs: { kind, source } }) => {
        const index = cells.findIndex(({ id }) => id === cell);
        return { type: "insert", before: cells[index + 1]?.id ?? null, kind, source, output: null, editor: false };
      });
    case "take theirs":
      return conflicts.map(({ cell, theirs }) => ({ type: "edit", cell, source: theirs.source, edit: 0 }));
    default:
      return assertNever(how);
  }
}
