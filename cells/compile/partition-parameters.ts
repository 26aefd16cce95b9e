import type { SqlTemplate } from "./compiled-cell.ts";

/**
 * What of the built-in `partition` each `${}` of a SQL text binds (`start` of `${partition.start}`); empty for a text without, null
 * where one is any other expression. Such a text can be computed without JavaScript.
 */
export function partitionParameters({ expressions }: SqlTemplate): readonly string[] | null {
  const names: string[] = [];
  for (const expression of expressions) {
    const name = /^partition\.([A-Za-z_$][\w$]*)$/.exec(expression)?.[1];
    if (name === undefined) return null;
    names.push(name);
  }
  return names;
}
