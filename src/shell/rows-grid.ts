import { CellarGrid } from "../frame/grid/grid-element.ts";
import { RowSource } from "../frame/grid/row-source.ts";
import type { Api } from "../remote/api.ts";
import type { Fact } from "./fact.ts";

/** A grid over a stored table whose pages and orders the server makes. */
export function makeGrid(api: Api, fact: Fact): CellarGrid {
  if (customElements.get("cellar-grid") === undefined) customElements.define("cellar-grid", CellarGrid);
  const grid = document.createElement("cellar-grid");
  const relation = { id: fact.asset, columns: fact.schema, rows: fact.rows ?? 0 };
  grid.source = RowSource.ofRelation(
    relation,
    async ({ relation: key, offset = 0, limit = 1000, orderBy = [] }, signal) => {
      const [order] = orderBy;
      const response = await api.open(
        "rows",
        {
          key,
          offset: String(offset),
          limit: String(limit),
          ...(order === undefined ? {} : { order: `${order.descending ? "-" : ""}${order.column}` }),
        },
        undefined,
        signal,
      );
      return new Uint8Array(await response.arrayBuffer());
    },
    null,
  );
  return grid;
}
