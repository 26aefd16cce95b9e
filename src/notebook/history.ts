import type { Notebook } from "../../cells/model/notebook.ts";

/** One step that can be undone. */
interface Step {
  readonly before: Notebook;
  readonly after: Notebook;
  /** steps of the same key in a row are one */
  readonly key: string | null;
  readonly at: number;
}

const maxSteps = 500;
/** Typing that pauses this long begins a new step. */
const pauseMs = 3000;

/** What was done to a notebook, so that it can be undone and done again. Never changed in place. */
export interface History {
  readonly done: readonly Step[];
  readonly undone: readonly Step[];
}

export const emptyHistory: History = { done: [], undone: [] };

/** Adds a step; what was undone before is forgotten. */
export function remember(
  history: History,
  step: { readonly before: Notebook; readonly after: Notebook; readonly key: string | null; readonly at: number },
): History {
  const last = history.done.at(-1);
  if (last && step.key !== null && last.key === step.key && step.at - last.at < pauseMs && history.undone.length === 0)
    return { done: [...history.done.slice(0, -1), { ...last, after: step.after, at: step.at }], undone: [] };
  return { done: [...history.done.slice(-(maxSteps - 1)), step], undone: [] };
}

/** The notebook before the last step, or null where there is none. */
export function undo(history: History): { readonly history: History; readonly notebook: Notebook } | null {
  const step = history.done.at(-1);
  if (step === undefined) return null;
  return { history: { done: history.done.slice(0, -1), undone: [...history.undone, step] }, notebook: step.before };
}

/** The notebook after the step that was undone last, or null where there is none. */
export function redo(history: History): { readonly history: History; readonly notebook: Notebook } | null {
  const step = history.undone.at(-1);
  if (step === undefined) return null;
  return { history: { done: [...history.done, step], undone: history.undone.slice(0, -1) }, notebook: step.after };
}
