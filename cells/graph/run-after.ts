import { AssetKey } from "../model/asset-key.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { quote } from "../model/quote.ts";
import { definersOf, sayUndefined } from "./definers.ts";
import type { GraphCell } from "./graph.ts";
import { resolveAsset } from "./reference.ts";

/** The assets that `after` names in the notebook at `path`: `load` of its own, `sales/load` of another. */
export function assetsBefore(path: string, names: readonly string[]): readonly AssetKey[] {
  return names.flatMap((name) => keyOf(path, name) ?? []);
}

/** What is wrong with the names in `after` that mean this notebook, or none at all, each with its place in the attribute. */
export function runAfterProblems(path: string, cells: readonly GraphCell[]): Diagnostic[] {
  const definers = definersOf(cells);
  return cells.flatMap(({ cell, compiled, options }) =>
    options.after.flatMap((name): Diagnostic[] => {
      const key = keyOf(path, name);
      const own = key !== null && AssetKey.notebook(key) === path.replace(/\.html$/, "") ? AssetKey.name(key) : null;
      const why =
        key === null
          ? `${quote(name)} leaves the workspace; write a path inside it`
          : own === null
            ? null
            : compiled.outputs.some((output) => output.name === own)
              ? `nothing comes after itself; take ${own} out`
              : problemOf(own, definers);
      if (why === null) return [];
      const text = cell.attributes["after"] ?? "";
      const start = text.indexOf(name);
      return [
        {
          ...{ code: "attribute_invalid", severity: "error", cell: cell.id, attribute: "after" },
          message: `invalid after: ${quote(text)} (cell ${cell.id}): ${why}`,
          span: start < 0 ? null : { start, end: start + name.length },
        },
      ];
    }),
  );
}

function problemOf(name: string, definers: ReadonlyMap<string, GraphCell>): string | null {
  const definer = definers.get(name);
  if (definer === undefined) return sayUndefined(name, definers);
  return definer.storage[name] === "virtual"
    ? `${name} is never stored, so no run carries it out by itself; name what it reads, or store it`
    : null;
}

function keyOf(path: string, name: string): AssetKey | null {
  const slash = name.lastIndexOf("/");
  return slash < 0 ? AssetKey.of(path, name) : resolveAsset(path, name.slice(0, slash), name.slice(slash + 1));
}
