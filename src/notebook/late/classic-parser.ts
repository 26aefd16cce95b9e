// eslint-disable-next-line @typescript-eslint/triple-slash-reference -- the package has no types, and other projects compile this file
/// <reference path="../../../cells/compile/observablehq-parser.d.ts" />
import type { parseCell as parseCellOf } from "@observablehq/parser";
import { LatePart } from "./part.ts";

/** Stands in for the package in the page (see vite.config.ts): only notebooks with cells of classic Observable need it. */
export const classicParser = new LatePart<{ readonly parseCell: typeof parseCellOf }>(
  "the parser of classic Observable cells",
  () => import("cellar:classic-parser"),
);

export const parseCell: typeof parseCellOf = (source) => classicParser.value.parseCell(source);
