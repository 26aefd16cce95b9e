import type { CellKind } from "../model/cell.ts";
import type { CompiledCell } from "./compiled-cell.ts";

/** A compiled cell that reads, defines and shows nothing, for the fields that a maker of one has nothing to say about. */
export function emptyCell(id: number, kind: CellKind): CompiledCell {
  return {
    id,
    kind,
    inputs: [],
    tables: [],
    outputs: [],
    output: null,
    body: null,
    sql: null,
    autodisplay: false,
    autoview: false,
    automutable: false,
    async: false,
    files: [],
    databases: [],
    secrets: [],
    assets: [],
    partitionNames: [],
    imports: [],
    volatile: [],
    diagnostics: [],
  };
}
