import { emptyCell } from "../../../cells/compile/empty-cell.ts";
import type { KernelCell } from "../../../cells/protocol/kernel.ts";
import type { MaterializeRequest } from "../../../server/engine/messages.ts";

/** A SQL cell without parameters, as the compiler gives it, where only the engine's part of it matters. */
export function compiledSql(sql: string, { cell, inputs }: Pick<MaterializeRequest, "cell" | "inputs">): KernelCell {
  return {
    compiled: {
      ...emptyCell(cell, "sql"),
      tables: inputs.map(({ schema, name }) => ({ schema, name, spans: [] })),
      outputs: [{ name: "result", spans: [] }],
      output: "result",
      sql: { strings: [sql], offsets: [0], expressions: [] },
      autodisplay: true,
      async: true,
    },
    tables: inputs.map(({ key, schema, name }) => ({ schema, name, source: { type: "asset", key } })),
    imports: {},
    run: "auto",
  };
}
