import type { CellarCell } from "../cell-element.ts";
import type { DocumentStore } from "../document-store.ts";
import type { CellarFind } from "./find-bar.ts";
import type { Finder } from "./finder.ts";

/** What finding reaches into. */
interface FindReach {
  readonly store: DocumentStore;
  readonly finder: Finder;
  readonly element: (cell: number) => CellarCell | null;
  readonly undo: () => void;
}

/** Puts the bar on the page, gives it its keys, and shows in the cells what it finds. */
export function startFinding({ store, finder, element, undo }: FindReach): void {
  const bar: CellarFind = document.createElement("cellar-find");
  bar.hidden = true;
  const selected = (): CellarCell | null => (store.selection.cell === null ? null : element(store.selection.cell));
  bar.place = {
    finder,
    undo,
    readOnly: () => store.readOnly,
    place() {
      const { cell } = store.selection;
      return cell === null ? null : { cell, at: element(cell)?.selected?.start ?? 0 };
    },
    closed() {
      const { current } = finder;
      if (current) element(current.cell)?.edit(current);
      else selected()?.focusCell();
    },
  };
  document.body.prepend(bar);
  let drawn: ReadonlySet<number> = new Set();
  finder.subscribe(() => {
    const now = new Set(finder.matches.map(({ cell }) => cell));
    for (const cell of new Set([...drawn, ...now])) element(cell)?.requestUpdate();
    drawn = now;
    bar.requestUpdate();
    if (finder.current) element(finder.current.cell)?.lookAt(finder.current);
  });
  // before the editors, which have a search of their own text
  addEventListener(
    "keydown",
    (event) => {
      const key = findKey(event);
      if (key === null || (key.type === "step" && !finder.isOpen)) return;
      event.preventDefault();
      event.stopPropagation();
      if (key.type === "step") finder.step(key.steps);
      else bar.open({ text: bar.contains(document.activeElement) ? "" : wordsOf(selected()), replaces: key.replaces });
    },
    { capture: true },
  );
}

type FindKey =
  { readonly type: "open"; readonly replaces: boolean } | { readonly type: "step"; readonly steps: 1 | -1 };

/** Ctrl-F finds, Ctrl-H (on a Mac ⌥⌘F) replaces, F3 and Ctrl-G go on, with Shift back. */
function findKey(
  event: Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">,
): FindKey | null {
  const steps = event.shiftKey ? -1 : 1;
  if (event.key === "F3" && !event.altKey) return { type: "step", steps };
  if (!event.ctrlKey && !event.metaKey) return null;
  if (event.code === "KeyF" && !event.shiftKey) return { type: "open", replaces: event.altKey };
  if (event.code === "KeyH" && event.ctrlKey && !event.altKey && !event.shiftKey)
    return { type: "open", replaces: true };
  return event.code === "KeyG" && !event.altKey ? { type: "step", steps } : null;
}

/** What is selected in a cell's editor, where it is a part of one line. */
function wordsOf(cell: CellarCell | null): string {
  const text = cell?.selected?.text ?? "";
  return text.includes("\n") || text.length > 200 ? "" : text;
}
