import type { getFormattedTokens as tokensOf, transform as transformOf } from "sucrase";
import { LatePart } from "./part.ts";

/** Stands in for the package in the page (see vite.config.ts): 45 kB that only notebooks with TypeScript need. */
export const sucrase = new LatePart<{
  readonly transform: typeof transformOf;
  readonly getFormattedTokens: typeof tokensOf;
}>("the eraser of types", () => import("cellar:sucrase"));

export const transform: typeof transformOf = (...args) => sucrase.value.transform(...args);
export const getFormattedTokens: typeof tokensOf = (...args) => sucrase.value.getFormattedTokens(...args);
