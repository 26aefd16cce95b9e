import type { Partitions } from "./definition.ts";

/** Names of the dynamic definitions that stand in one, each once. */
export function dynamicNames(definition: Partitions | null): readonly string[] {
  if (definition === null) return [];
  const parts = definition.type === "multi" ? definition.dimensions.map(({ partitions }) => partitions) : [definition];
  return [...new Set(parts.flatMap((part) => (part.type === "dynamic" ? [part.name] : [])))];
}
