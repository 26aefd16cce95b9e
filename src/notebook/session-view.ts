import type { Cell } from "../../cells/model/cell.ts";
import type { Notebook } from "../../cells/model/notebook.ts";
import type { CellState } from "../../cells/protocol/kernel.ts";
import type { SaveState } from "./autosave.ts";

/** Why nothing runs by itself. */
export type Pause = "untrusted" | "stopped" | null;

/** What the app around a session sees of it. */
export interface SessionView {
  readonly title: string;
  readonly save: SaveState;
  readonly pause: Pause;
  readonly readOnly: boolean;
  /** the frame answers; false: a cell hangs */
  readonly answering: boolean;
  /** cells that run or wait to */
  readonly running: number;
  /** cells that would give something else if they were run */
  readonly stale: number;
}

/** A short message with something that can be done about it. */
export interface Notice {
  readonly text: string;
  readonly action: { readonly label: string; readonly run: () => void } | null;
}

/** How many cells run and how many are stale. O(cells): told once a frame at most. */
export function countStates(
  { cells }: Notebook,
  dirty: ReadonlySet<number>,
  stateOf: (cell: number) => CellState,
): Pick<SessionView, "running" | "stale"> {
  let running = 0;
  let stale = 0;
  for (const { id } of cells) {
    const { type } = stateOf(id);
    if (type === "running" || type === "waiting") running++;
    if (type === "stale" || dirty.has(id)) stale++;
  }
  return { running, stale };
}

/** What is said of cells that were deleted; null where nothing was lost. */
export function saysRemoved(cells: readonly Cell[]): string | null {
  const lost = cells.filter(({ source }) => source.trim() !== "").length;
  return lost === 0 ? null : lost === 1 ? "Cell deleted" : `${lost} cells deleted`;
}
