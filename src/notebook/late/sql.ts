import type * as compiler from "../../../cells/compile/sql.ts";
import { LatePart } from "./part.ts";

/** Stands in for the compiler of SQL cells, 12 kB, where the page compiles cells (see vite.config.ts). */
export const sqlCompiler = new LatePart<typeof compiler>(
  "the compiler of SQL cells",
  () => import("../../../cells/compile/sql.ts"),
);

export const compileSql: typeof compiler.compileSql = (...args) => sqlCompiler.value.compileSql(...args);
export const canonicalSql: typeof compiler.canonicalSql = (...args) => sqlCompiler.value.canonicalSql(...args);
