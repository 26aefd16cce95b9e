import type { Workspace } from "../../cells/graph/workspace.ts";
import type { WorkspaceColumns } from "../../cells/lineage/column-graph.ts";
import { type ColumnOrigin, type ColumnUse, isDirect } from "../../cells/lineage/column-lineage.ts";
import type { AssetKey } from "../../cells/model/asset-key.ts";

/** A column of a dataset, and how it takes part in another. */
interface Origin {
  /** key of a stored asset, or `file:…` */
  readonly dataset: string;
  readonly field: string;
  readonly use: ColumnUse;
}

/** Where the columns of an asset come from, and what decides which rows there are. */
export interface ColumnSources {
  readonly columns: readonly { readonly name: string; readonly from: readonly Origin[] }[];
  readonly rows: readonly Origin[];
}

/** The sources of an asset's columns in what is stored, views looked through; null where they are not known. */
export function columnSources(workspace: Workspace, known: WorkspaceColumns, asset: AssetKey): ColumnSources | null {
  const own = known.get(asset);
  if (own?.type !== "known") return null;
  const views = new Set<AssetKey>();
  const stored = ({ source, column, use }: ColumnOrigin): readonly Origin[] => {
    const key = source as AssetKey;
    const view = workspace.assets.get(key)?.storage === "virtual" ? known.get(key) : undefined;
    if (view?.type !== "known") return column === null ? [] : [{ dataset: source, field: column, use }];
    views.add(key);
    const inner = view.columns.find(({ name }) => name === column)?.from ?? [];
    return inner.flatMap((origin) => stored({ ...origin, use: through(use, origin.use) }));
  };
  const columns = own.columns.map(({ name, from }) => ({ name, from: from.flatMap(stored) }));
  const rows = own.rows.from.flatMap(stored);
  // what a view leaves out is left out here: looking through them may meet more of them
  for (const key of views) {
    const view = known.get(key);
    if (view?.type === "known") rows.push(...view.rows.from.flatMap(stored));
  }
  return { columns, rows };
}

/** How a column is used by way of another. */
function through(outer: ColumnUse, inner: ColumnUse): ColumnUse {
  if (!isDirect(outer)) return outer;
  if (!isDirect(inner)) return inner;
  const order: readonly ColumnUse[] = ["aggregation", "transformation", "identity"];
  return order.find((use) => use === outer || use === inner) ?? outer;
}

/** The body of OpenLineage's facet `columnLineage` 1-2-0; each field has what decides the rows too, since Marquez reads nothing else. */
export function columnLineage(namespace: string, { columns, rows }: ColumnSources): Readonly<Record<string, unknown>> {
  return {
    fields: Object.fromEntries(
      columns.map(({ name, from }) => [
        name,
        { inputFields: inputFields(namespace, [...from, ...rows]), ...older(from) },
      ]),
    ),
    dataset: inputFields(namespace, rows),
  };
}

function inputFields(namespace: string, origins: readonly Origin[]) {
  const byField = Map.groupBy(origins, ({ dataset, field }) => JSON.stringify([dataset, field]));
  return [...byField.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const uses = [...new Set(group.map(({ use }) => use))];
    return {
      ...{ namespace, name: first.dataset, field: first.field },
      transformations: uses.map((use) => ({
        ...{ type: isDirect(use) ? "DIRECT" : "INDIRECT", subtype: use.toUpperCase(), description: "", masking: false },
      })),
    };
  });
}

/** What a column was told by before there were `transformations`. */
function older(from: readonly Origin[]) {
  const isCopy = from.length > 0 && from.every(({ use }) => use === "identity");
  const names = from.map(({ dataset, field, use }) => `${use} of ${dataset}.${field}`);
  return { transformationType: isCopy ? "IDENTITY" : "", transformationDescription: names.join(", ") };
}
