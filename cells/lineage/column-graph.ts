import { sourceKey, type Workspace } from "../graph/workspace.ts";
import type { AssetKey } from "../model/asset-key.ts";
import { isDirect, type CellColumns, type ColumnUse } from "./column-lineage.ts";

/** Columns of assets, where each origin's `source` is an asset key or `file:PATH`. */
export type WorkspaceColumns = ReadonlyMap<AssetKey, CellColumns>;

/** A column of an asset or file; `column` null is all of it. */
interface ColumnName {
  /** asset key or `file:PATH` */
  readonly id: string;
  readonly column: string | null;
}

/** That a column goes into another: `to` null goes into every row, and `use` says how; `unknown` may go anywhere. */
interface ColumnEdge {
  readonly from: ColumnName;
  readonly to: { readonly id: AssetKey; readonly column: string | null };
  readonly use: ColumnUse | "unknown";
}

/** A column that another is made of, or that is made of it. */
export interface TracedColumn extends ColumnName {
  /** `direct`: values go all the way; `indirect`: somewhere they only decide; `unknown`: somewhere it cannot be told */
  readonly how: "direct" | "indirect" | "unknown";
  /** how many cells lie between, from 1 */
  readonly distance: number;
}

/** Every edge between columns, cell after cell in dependency order. */
export function columnEdges(workspace: Workspace, columns: WorkspaceColumns): readonly ColumnEdge[] {
  return Array.from(workspace.assets.values()).flatMap(({ key, inputs }): ColumnEdge[] => {
    const own = columns.get(key);
    if (own?.type !== "known")
      return inputs.map((input) => ({
        from: { id: sourceKey(input), column: null },
        to: { id: key, column: null },
        use: "unknown",
      }));
    return [
      ...own.columns.flatMap(({ name, from }) =>
        from.map(({ source, column, use }) => ({ from: { id: source, column }, to: { id: key, column: name }, use })),
      ),
      ...own.rows.from.map(({ source, column, use }) => ({
        from: { id: source, column },
        to: { id: key, column: null },
        use,
      })),
    ];
  });
}

/** What a column is made of, nearest first, virtual assets among it. */
export function upstreamOf(edges: readonly ColumnEdge[], of: ColumnName): readonly TracedColumn[] {
  const into = Map.groupBy(edges, ({ to }) => to.id as string);
  return trace(of, ({ id, column }) =>
    (into.get(id) ?? []).flatMap(({ from, to, use }) =>
      column === null || to.column === null || to.column === column ? [{ next: from, use }] : [],
    ),
  );
}

/** What is made of a column, nearest first. What it only decides the rows of is there as a whole. */
export function downstreamOf(edges: readonly ColumnEdge[], of: ColumnName): readonly TracedColumn[] {
  const outOf = Map.groupBy(edges, ({ from }) => from.id);
  return trace(of, ({ id, column }) =>
    (outOf.get(id) ?? []).flatMap(({ from, to, use }) =>
      column === null || from.column === null || from.column === column ? [{ next: to, use }] : [],
    ),
  );
}

type Hop = { readonly next: ColumnName; readonly use: ColumnEdge["use"] };

const ranks: readonly TracedColumn["how"][] = ["direct", "indirect", "unknown"];

/** Breadth first, and again from where a better way than before is found: each column once, with the best way to it. */
function trace(of: ColumnName, hops: (column: ColumnName) => readonly Hop[]): readonly TracedColumn[] {
  const found = new Map<string, TracedColumn>();
  let frontier: readonly TracedColumn[] = [{ ...of, how: "direct", distance: 0 }];
  while (frontier.length > 0) {
    const following: TracedColumn[] = [];
    for (const from of frontier)
      for (const { next, use } of hops(from)) {
        const how = worse(from.how, use === "unknown" ? "unknown" : isDirect(use) ? "direct" : "indirect");
        const name = JSON.stringify([next.id, next.column]);
        const known = found.get(name);
        if (known !== undefined && ranks.indexOf(known.how) <= ranks.indexOf(how)) continue;
        const traced = { ...next, how, distance: known?.distance ?? from.distance + 1 };
        found.set(name, traced);
        following.push(traced);
      }
    frontier = following;
  }
  return [...found.values()].sort((a, b) => a.distance - b.distance);
}

function worse(a: TracedColumn["how"], b: TracedColumn["how"]): TracedColumn["how"] {
  return ranks[Math.max(ranks.indexOf(a), ranks.indexOf(b))] ?? "unknown";
}
