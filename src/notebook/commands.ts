import { withAttribute } from "../../cells/format/attributes.ts";
import { assertNever } from "../../cells/errors.ts";
import { pinnedByDefault, toCell, typeOfKind, type Cell, type CellKind } from "../../cells/model/cell.ts";
import type { Notebook } from "../../cells/model/notebook.ts";
import type { Before, NotebookCommand } from "../../cells/protocol/document.ts";

/** What a command makes of a notebook. */
export interface CommandResult {
  readonly notebook: Notebook;
  /** the cell to go to, and whether into its editor; null leaves the focus */
  readonly focus: { readonly cell: number; readonly editor: boolean } | null;
}

/**
 * Carries out a command. The notebook is returned as it is where the command means nothing (an unknown cell, a value that
 * is there already). `newId` gives ids that no cell of this notebook has had.
 */
export function applyCommand(notebook: Notebook, command: NotebookCommand, newId: () => number): CommandResult {
  const { cells } = notebook;
  const keep: CommandResult = { notebook, focus: null };
  switch (command.type) {
    case "edit":
      return replace(notebook, command.cell, (cell) =>
        cell.source === command.source ? cell : { ...cell, source: command.source },
      );
    case "edits":
      return command.edits.reduce(
        (result, { cell, source }) =>
          replace(result.notebook, cell, (known) => (known.source === source ? known : { ...known, source })),
        keep,
      );
    case "insert": {
      const { kind, source, output, before, editor } = command;
      const cell = newCell(newId(), kind, source, output);
      return { notebook: { ...notebook, cells: insertAt(cells, before, [cell]) }, focus: { cell: cell.id, editor } };
    }
    case "remove": {
      const kept = cells.filter(({ id }) => !command.cells.includes(id));
      return kept.length === cells.length ? keep : { notebook: { ...notebook, cells: kept }, focus: null };
    }
    case "move": {
      const moved = cells.filter(({ id }) => command.cells.includes(id));
      if (moved.length === 0 || (command.before !== null && command.cells.includes(command.before))) return keep;
      const others = cells.filter(({ id }) => !command.cells.includes(id));
      return { notebook: { ...notebook, cells: insertAt(others, command.before, moved) }, focus: null };
    }
    case "duplicate": {
      const index = cells.findIndex(({ id }) => id === command.cell);
      const cell = cells[index];
      if (cell === undefined) return keep;
      const { id: _, ...attributes } = cell.attributes;
      // a second cell of the same name would be an error at once
      const copy = withAttribute({ ...cell, id: newId(), attributes }, "output", null);
      return {
        notebook: { ...notebook, cells: cells.toSpliced(index + 1, 0, copy) },
        focus: { cell: copy.id, editor: false },
      };
    }
    case "split": {
      const index = cells.findIndex(({ id }) => id === command.cell);
      const cell = cells[index];
      if (cell === undefined) return keep;
      const first = { ...cell, source: cell.source.slice(0, command.at).replace(/\s+$/, "") };
      const second = newCell(newId(), cell.kind, cell.source.slice(command.at).replace(/^\s*\n/, ""), null);
      return {
        notebook: { ...notebook, cells: cells.toSpliced(index, 1, first, second) },
        focus: { cell: second.id, editor: true },
      };
    }
    case "merge": {
      const index = cells.findIndex(({ id }) => id === command.cell);
      const cell = cells[index];
      const above = cells[index - 1];
      if (cell === undefined || above === undefined || cell.kind !== above.kind) return keep;
      const merged = { ...above, source: [above.source, cell.source].filter((source) => source !== "").join("\n") };
      return {
        notebook: { ...notebook, cells: cells.toSpliced(index - 1, 2, merged) },
        focus: { cell: above.id, editor: true },
      };
    }
    case "kind":
      return replace(notebook, command.cell, (cell) => withKind(cell, command.kind));
    case "title":
      return command.title === notebook.title ? keep : { notebook: { ...notebook, title: command.title }, focus: null };
    case "attributes":
      return replace(notebook, command.cell, (cell) =>
        Object.entries(command.attributes).reduce(
          (changed, [name, value]) => withAttribute(changed, name, value),
          cell,
        ),
      );
    default:
      return assertNever(command);
  }
}

function replace(notebook: Notebook, id: number, change: (cell: Cell) => Cell): CommandResult {
  let changed = false;
  const cells = notebook.cells.map((cell) => {
    if (cell.id !== id) return cell;
    const next = change(cell);
    changed ||= next !== cell;
    return next;
  });
  return { notebook: changed ? { ...notebook, cells } : notebook, focus: null };
}

function insertAt(cells: readonly Cell[], before: Before, inserted: readonly Cell[]): readonly Cell[] {
  const index = before === null ? -1 : cells.findIndex(({ id }) => id === before);
  return index === -1 ? [...cells, ...inserted] : cells.toSpliced(index, 0, ...inserted);
}

function newCell(id: number, kind: CellKind, source: string, output: string | null): Cell {
  return toCell({ id, kind, source, output });
}

/** The cell in another language: what was pinned only by default follows the default of the new kind. */
function withKind(cell: Cell, kind: CellKind): Cell {
  if (kind === cell.kind || kind === "unknown") return cell;
  const typed = withAttribute(cell, "type", typeOfKind[kind]);
  if (cell.pinned !== pinnedByDefault(cell.kind)) return typed;
  return withAttribute(typed, "pinned", pinnedByDefault(kind) ? "" : null);
}
