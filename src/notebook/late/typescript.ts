import type * as compiler from "../../../cells/compile/typescript.ts";
import { LatePart } from "./part.ts";

/** Stands in for the compiler of TypeScript cells, 50 kB with what strips the types, where the page compiles cells (see vite.config.ts). */
export const typescriptCompiler = new LatePart<typeof compiler>(
  "the compiler of TypeScript cells",
  () => import("../../../cells/compile/typescript.ts"),
);

export const compileTypeScript: typeof compiler.compileTypeScript = (...args) =>
  typescriptCompiler.value.compileTypeScript(...args);
export const canonicalTypeScript: typeof compiler.canonicalTypeScript = (...args) =>
  typescriptCompiler.value.canonicalTypeScript(...args);
