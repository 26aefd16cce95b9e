import type { CellKind } from "../../cells/model/cell.ts";

/** What a key does to a selected cell. */
export type KeyAction =
  | { readonly type: "run" }
  | { readonly type: "run-next" }
  | { readonly type: "edit" }
  | { readonly type: "leave" }
  | { readonly type: "step"; readonly steps: 1 | -1; readonly extend: boolean }
  | { readonly type: "editor-step"; readonly steps: 1 | -1 }
  | { readonly type: "move"; readonly steps: 1 | -1 }
  | { readonly type: "insert"; readonly side: "above" | "below" }
  | { readonly type: "split" }
  | { readonly type: "merge" }
  | { readonly type: "remove" }
  | { readonly type: "duplicate" }
  | { readonly type: "toggle"; readonly attribute: "pinned" | "hidden" }
  | { readonly type: "kind"; readonly kind: CellKind }
  | { readonly type: "cycle"; readonly steps: 1 | -1 }
  | { readonly type: "interrupt" }
  | { readonly type: "menu" }
  | { readonly type: "save" }
  | { readonly type: "undo" }
  | { readonly type: "redo" };

const digits: readonly CellKind[] = ["js", "md", "html", "sql"];

/**
 * The keymap of Observable's desktop notebook, with Ctrl for ⌘ and Alt for ⌥. `editing`: the caret is in the editor;
 * `empty`: of an empty cell. Null where the key is not the cell's.
 */
export function keyAction(
  event: KeyboardEvent,
  place: { readonly editing: boolean; readonly empty: boolean },
): KeyAction | null {
  const ctrl = event.ctrlKey || event.metaKey;
  const { key, shiftKey, altKey } = event;
  const anywhere = anywhereAction(key, ctrl, shiftKey, altKey);
  if (anywhere) return anywhere;
  if (place.editing) return editorAction(key, ctrl, shiftKey, altKey, place.empty);
  return ctrl ? undoAction(key, shiftKey) : cellAction(key, shiftKey, altKey);
}

function anywhereAction(key: string, ctrl: boolean, shift: boolean, alt: boolean): KeyAction | null {
  if (key === "Enter") {
    if (ctrl && !alt) return { type: "insert", side: shift ? "above" : "below" };
    if (shift && alt) return { type: "run-next" };
    if (shift) return { type: "run" };
  }
  if (key === "Tab" && alt) return { type: "editor-step", steps: shift ? -1 : 1 };
  if (ctrl && key === ",") return { type: "toggle", attribute: "hidden" };
  if (ctrl && key.toLowerCase() === "s") return { type: "save" };
  if (ctrl && key === ".") return { type: "interrupt" };
  const kind = alt && !ctrl ? digits[Number(key) - 1] : undefined;
  return kind ? { type: "kind", kind } : null;
}

function editorAction(key: string, ctrl: boolean, shift: boolean, alt: boolean, empty: boolean): KeyAction | null {
  if (key === "Escape") return { type: "leave" };
  if (key === "Enter" && alt && !ctrl && !shift) return { type: "split" };
  if (key === "Backspace" && alt) return { type: "merge" };
  if (empty && !ctrl && !alt && !shift) {
    if (key === "ArrowDown") return { type: "cycle", steps: 1 };
    if (key === "ArrowUp") return { type: "cycle", steps: -1 };
    if (key === "Backspace") return { type: "remove" };
  }
  return null;
}

function undoAction(key: string, shift: boolean): KeyAction | null {
  if (key.toLowerCase() === "z") return { type: shift ? "redo" : "undo" };
  return key.toLowerCase() === "y" ? { type: "redo" } : null;
}

function cellAction(key: string, shift: boolean, alt: boolean): KeyAction | null {
  switch (key) {
    case "Enter":
      return { type: "edit" };
    case "Escape":
      return { type: "leave" };
    case "ArrowDown":
      return alt ? { type: "move", steps: 1 } : { type: "step", steps: 1, extend: shift };
    case "ArrowUp":
      return alt ? { type: "move", steps: -1 } : { type: "step", steps: -1, extend: shift };
    case "j":
    case "J":
      return { type: "step", steps: 1, extend: shift };
    case "k":
    case "K":
      return { type: "step", steps: -1, extend: shift };
    case "d":
    case "Delete":
      return { type: "remove" };
    case "p":
      return { type: "toggle", attribute: "pinned" };
    case ",":
      return { type: "toggle", attribute: "hidden" };
    case "m":
      return { type: "menu" };
    default:
      return null;
  }
}
