import type { getFormattedTokens as tokensOf, transform as transformOf } from "sucrase";

/** Stands in for `sucrase` in the page (see vite.config.ts): 45 kB that only notebooks with TypeScript need. */
interface Eraser {
  readonly transform: typeof transformOf;
  readonly getFormattedTokens: typeof tokensOf;
}

let eraser: Eraser | null = null;

/** Whether TypeScript cells can be compiled yet. */
export function canEraseTypes(): boolean {
  return eraser !== null;
}

/** Fetches what compiles TypeScript cells. Until then compiling one throws. */
export async function loadTypeEraser(): Promise<void> {
  eraser ??= await import("cellar:sucrase");
}

export const transform: typeof transformOf = (...args) => loaded().transform(...args);
export const getFormattedTokens: typeof tokensOf = (...args) => loaded().getFormattedTokens(...args);

function loaded(): Eraser {
  if (eraser === null) throw new Error("TypeScript is not loaded yet");
  return eraser;
}
