import { compileCell } from "../../../cells/compile/compile.ts";
import { AssetKey } from "../../../cells/model/asset-key.ts";
import { toCell, type CellKind, type CellSpec } from "../../../cells/model/cell.ts";
import type { RunPolicy } from "../../../cells/model/options.ts";
import type { KernelCell, ResolvedTable } from "../../../cells/protocol/kernel.ts";

/** A cell for a kernel, from its text. */
export function kernelCell(
  id: number,
  source: string,
  more: Omit<CellSpec, "id"> & {
    readonly run?: RunPolicy;
    readonly tables?: readonly ResolvedTable[];
    readonly imports?: Readonly<Record<string, string>>;
  } = {},
): KernelCell {
  const { run = "auto", tables, imports = {}, ...spec } = more;
  const compiled = compileCell(toCell({ id, source, ...spec }));
  return {
    compiled,
    tables: tables ?? compiled.tables.map(({ schema, name }) => resolveTable(schema, name)),
    imports: Object.fromEntries(Object.entries(imports).map(([name, key]) => [name, AssetKey.parse(key)])),
    run,
  };
}

/** A SQL cell whose result other cells read under a name. */
export function sqlCell(id: number, source: string, output: string | null = null, kind: CellKind = "sql"): KernelCell {
  return kernelCell(id, source, { kind, output, hidden: output !== null });
}

function resolveTable(schema: string | null, name: string): ResolvedTable {
  const source =
    schema === null ? ({ type: "cell", name } as const) : ({ type: "asset", key: AssetKey.of(schema, name) } as const);
  return { schema, name, source };
}
