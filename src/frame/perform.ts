import { assertNever } from "../../cells/errors.ts";
import type { Actions } from "./actions.ts";
import type { CellarCell } from "./cell-element.ts";
import type { DocumentStore } from "./document-store.ts";
import type { KeyAction } from "./keys.ts";

/** Carries out what a key asked for on a cell. */
export function perform(
  {
    store,
    actions,
    element,
  }: {
    readonly store: DocumentStore;
    readonly actions: Actions;
    readonly element: (cell: number) => CellarCell | null;
  },
  cell: number,
  action: KeyAction,
): void {
  const selected = store.isSelected(cell) && store.selection.also.length > 0 ? [cell, ...store.selection.also] : [cell];
  const known = store.cell(cell);
  switch (action.type) {
    case "run":
      return actions.run(selected);
    case "run-next":
      actions.run(selected);
      return actions.insertBeside(cell, "below");
    case "edit":
      return element(cell)?.edit();
    case "leave": {
      if (store.selection.editing || element(cell)?.isEditing) {
        actions.select(cell);
        return element(cell)?.focusCell();
      }
      if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
      return actions.select(null);
    }
    case "step":
      actions.step(action.steps, action.extend);
      return focusSelected(store, element);
    case "editor-step": {
      const next = store.neighbour(cell, action.steps);
      return next === null ? undefined : element(next)?.edit("start");
    }
    case "move":
      return actions.move(selected, action.steps);
    case "insert":
      actions.runIfDirty(cell);
      return actions.insertBeside(cell, action.side);
    case "split":
      return actions.command({ type: "split", cell, at: element(cell)?.caret ?? 0 });
    case "merge":
      return actions.command({ type: "merge", cell });
    case "remove":
      actions.remove(selected);
      return focusSelected(store, element);
    case "duplicate":
      return actions.command({ type: "duplicate", cell });
    case "toggle":
      return actions.toggle(cell, action.attribute);
    case "kind":
      return actions.kind(cell, action.kind);
    case "cycle":
      return known === null ? undefined : actions.cycleKind(cell, action.steps);
    case "interrupt":
      return actions.request({ type: "interrupt", cell });
    case "menu":
      return element(cell)?.openMenu();
    case "save":
    case "undo":
    case "redo":
      return actions.request({ type: action.type });
    default:
      return assertNever(action);
  }
}

function focusSelected(store: DocumentStore, element: (cell: number) => CellarCell | null): void {
  const { cell } = store.selection;
  if (cell !== null) element(cell)?.focusCell();
}
