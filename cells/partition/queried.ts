import type { Partitions, QueriedPartitions } from "./definition.ts";

/** At most so many different values of a column are partitions. */
export const mostQueriedKeys = 100_000;

/** The definitions by values of a column that stand in one. */
export function queriedIn(definition: Partitions | null): readonly QueriedPartitions[] {
  if (definition === null) return [];
  const parts = definition.type === "multi" ? definition.dimensions.map(({ partitions }) => partitions) : [definition];
  return parts.filter((part) => part.type === "queried");
}

/** Under which name the keys of a definition are given (`SpaceContext.dynamic`): the column, with the key of its asset. */
export function queriedName({ notebook, asset, column }: QueriedPartitions): string {
  return `${notebook === null ? "" : `${notebook.replace(/^\//, "")}/`}${asset}.${column}`;
}
