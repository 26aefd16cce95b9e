import type * as compiler from "../../../cells/compile/classic.ts";
import { LatePart } from "./part.ts";

/** Stands in for the compiler of cells of classic Observable, 8 kB with its parser, where the page compiles cells (see vite.config.ts). */
export const classicCompiler = new LatePart<typeof compiler>(
  "the compiler of classic cells",
  () => import("../../../cells/compile/classic.ts"),
);

export const compileClassic: typeof compiler.compileClassic = (...args) =>
  classicCompiler.value.compileClassic(...args);
export const canonicalClassic: typeof compiler.canonicalClassic = (...args) =>
  classicCompiler.value.canonicalClassic(...args);
