import type { AssetColumns, LineageReport } from "../../cells/api/schema.ts";
import { AppError } from "../../cells/errors.ts";
import type { Workspace } from "../../cells/graph/workspace.ts";
import { columnEdges, downstreamOf, upstreamOf, type WorkspaceColumns } from "../../cells/lineage/column-graph.ts";
import type { ColumnOrigin } from "../../cells/lineage/column-lineage.ts";
import type { AssetKey } from "../../cells/model/asset-key.ts";

/** Where the columns of these assets come from, as plain JSON. */
export function columnReports(columns: WorkspaceColumns, keys: readonly string[]): AssetColumns[] {
  return keys.flatMap((key) => {
    const own = columns.get(key as AssetKey);
    if (own === undefined) return [];
    const names = (from: readonly ColumnOrigin[]) =>
      from.map(({ source, column, use }) => ({ id: source, column, use }));
    return own.type === "known"
      ? {
          key,
          columns: own.columns.map(({ name, type, from }) => ({ name, type, from: names(from) })),
          rows: names(own.rows.from),
          unknown: null,
        }
      : {
          key,
          columns: own.columns?.map(({ name, type }) => ({ name, type, from: [] })) ?? null,
          rows: [],
          unknown: own.reason,
        };
  });
}

/** What a column, written `sales/orders.price` or `file:raw.csv.price`, is made of and goes into. Throws `usage`, `asset_not_found`. */
export function traceOf(
  workspace: Workspace,
  columns: WorkspaceColumns,
  text: string,
): NonNullable<LineageReport["trace"]> {
  const { id, column } = readColumn(workspace, columns, text);
  const edges = columnEdges(workspace, columns);
  return {
    ...{ id, column },
    upstream: upstreamOf(edges, { id, column }).map((traced) => ({ ...traced })),
    downstream: downstreamOf(edges, { id, column }).map((traced) => ({ ...traced })),
  };
}

/** A column by name: the text behind the last dot that gives one which the asset or file has. */
function readColumn(
  workspace: Workspace,
  columns: WorkspaceColumns,
  text: string,
): { readonly id: string; readonly column: string } {
  const assets = [...workspace.assets.keys()].filter((key) => text.startsWith(`${key}.`));
  const files = [...workspace.assets.values()].flatMap(({ sources }) =>
    sources.flatMap((source) =>
      source.type === "file" && text.startsWith(`file:${source.file}.`) ? `file:${source.file}` : [],
    ),
  );
  const [id] = [...assets, ...files].sort((a, b) => b.length - a.length);
  if (id === undefined)
    throw new AppError(
      "usage",
      `no asset or file stands before the column in ${JSON.stringify(text)}; write it as sales/orders.price or file:raw.csv.price`,
    );
  const column = text.slice(id.length + 1);
  const own = columns.get(id as AssetKey)?.columns ?? null;
  if (own !== null && !own.some(({ name }) => name === column))
    throw new AppError(
      "usage",
      `${id} has no column ${JSON.stringify(column)}; it has ${own.map(({ name }) => name).join(", ")}`,
    );
  return { id, column };
}
