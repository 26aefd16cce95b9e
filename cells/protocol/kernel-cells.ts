import { AssetKey } from "../model/asset-key.ts";
import type { Edge, GraphCell, NotebookGraph } from "../graph/graph.ts";
import { resourceOf } from "../compile/sql-database.ts";
import type { HydratedOutput, KernelCell, ResolvedTable } from "./kernel.ts";

/**
 * The cells of a notebook as a kernel is told of them: code, and where each name that it reads comes from. `hydrated` has the cells,
 * by id, that need not run.
 */
export function toKernelCells(
  graph: NotebookGraph,
  hydrated: ReadonlyMap<number, readonly HydratedOutput[]> = new Map(),
): readonly KernelCell[] {
  const edges = new Map<number, Edge[]>();
  for (const edge of graph.edges) {
    const list = edges.get(edge.to);
    if (list) list.push(edge);
    else edges.set(edge.to, [edge]);
  }
  return graph.cells.map((cell) => {
    const { id } = cell.cell;
    const own = graph.readsItself.has(id) ? AssetKey.of(graph.path, cell.compiled.outputs[0]?.name ?? "") : null;
    const told = toKernelCell(cell, edges.get(id) ?? [], own);
    const outputs = hydrated.get(id);
    return outputs === undefined ? told : { ...told, hydrated: outputs };
  });
}

/** `own` is the asset of a cell that reads earlier partitions of it. */
function toKernelCell(
  { cell, compiled, options }: GraphCell,
  edges: readonly Edge[],
  own: AssetKey | null,
): KernelCell {
  const tables: ResolvedTable[] = [];
  const imports: Record<string, AssetKey> = {};
  let earlier: AssetKey | null = null;
  for (const edge of edges) {
    if (edge.type === "file") continue;
    const isOwn = own !== null && edge.type === "cell" && edge.from === cell.id;
    if (isOwn && edge.as === "value") earlier = own;
    else if (edge.as === "relation") {
      // the edge keeps the reference's own spans, and its name may differ in case
      for (const { schema, name } of compiled.tables.filter(({ spans }) => spans === edge.spans))
        tables.push({
          schema,
          name,
          source: isOwn
            ? { type: "earlier", key: own }
            : edge.type === "cell"
              ? { type: "cell", name: edge.name }
              : { type: "asset", key: edge.asset },
        });
    } else if (edge.type === "asset" && compiled.imports.some(({ names }) => Object.values(names).includes(edge.name)))
      imports[edge.name] = edge.asset;
  }
  const database = resourceOf(cell);
  const isCheck = options.check === null ? {} : ({ isCheck: true } as const);
  const past = earlier === null ? {} : { earlier };
  const told = { compiled, tables, imports, ...past, run: options.run, ...isCheck };
  return database === null ? told : { ...told, database };
}
