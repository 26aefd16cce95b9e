import { AssetKey } from "../model/asset-key.ts";
import type { Diagnostic, Span } from "../model/diagnostic.ts";
import { quote } from "../model/quote.ts";
import { parsePartitions } from "../partition/parse.ts";
import { queriedIn } from "../partition/queried.ts";
import { definersOf, sayUndefined } from "./definers.ts";
import type { GraphCell } from "./graph.ts";
import { resolveAsset } from "./reference.ts";

/** A `partitions` attribute whose columns are said from the root of the workspace, and the assets whose values are its keys. */
interface RootedPartitions {
  readonly text: string;
  readonly keysFrom: readonly AssetKey[];
}

/** One `static from …` as it stands in a text. */
const written = /\bstatic\s+from\s+((?:"[^"]*"|'[^']*'|[^\s;"'])+)/g;

/** The partitions of a cell in the notebook at `path`, so that they mean the same wherever they are read. */
export function rootedPartitions(path: string, text: string): RootedPartitions {
  if (!/\bfrom\b/.test(text) || queriedIn(parsePartitions(text)).length === 0) return { text, keysFrom: [] };
  const keysFrom = new Set<AssetKey>();
  const rooted = text.replace(written, (whole: string) => {
    const [definition] = queriedIn(parsePartitions(whole));
    const key = definition === undefined ? null : keyOf(path, definition);
    if (definition === undefined || key === null) return whole;
    keysFrom.add(key);
    return `static from ${[`/${AssetKey.notebook(key)}`, AssetKey.name(key), definition.column].map(quoted).join(".")}`;
  });
  return { text: rooted, keysFrom: [...keysFrom] };
}

/** What is wrong with the assets of this notebook whose values are partitions of others, each with its place in the attribute. */
export function keySourceProblems(path: string, cells: readonly GraphCell[]): Diagnostic[] {
  const definers = definersOf(cells);
  return cells.flatMap(({ cell, compiled, options }): Diagnostic[] => {
    if (options.partitions === null || !/\bfrom\b/.test(options.partitions)) return [];
    return queriedIn(parsePartitions(options.partitions)).flatMap((definition): Diagnostic[] => {
      const key = keyOf(path, definition);
      const { asset, column, notebook } = definition;
      const isOwn = compiled.outputs.some(({ name }) => name === asset);
      const why =
        key === null
          ? `${notebook ?? ""} leaves the workspace; write a path inside it`
          : AssetKey.notebook(key) !== path.replace(/\.html$/, "")
            ? null
            : problemOf(asset, column, definers, isOwn);
      if (why === null) return [];
      const text = cell.attributes["partitions"] ?? "";
      const message = `invalid partitions: ${quote(text)} (cell ${cell.id}): ${why}`;
      const place = { cell: cell.id, span: spanOf(text, asset, column), attribute: "partitions" };
      return [{ code: "attribute_invalid", severity: "error", message, ...place }];
    });
  });
}

function problemOf(
  asset: string,
  column: string,
  definers: ReadonlyMap<string, GraphCell>,
  isOwn: boolean,
): string | null {
  const definer = definers.get(asset);
  if (definer === undefined) return sayUndefined(asset, definers);
  if (isOwn) return `the keys of ${asset} cannot be its own values; name an asset that is made before it`;
  if (definer.storage[asset] === "virtual")
    return `${asset} is never stored, so its column ${column} has no values to take; store it`;
  if (definer.options.partitions !== null)
    return `${asset} has partitions itself, and which of them give the keys is not said; name an asset without`;
  return null;
}

function keyOf(
  path: string,
  { notebook, asset }: { readonly notebook: string | null; readonly asset: string },
): AssetKey | null {
  return notebook === null ? AssetKey.of(path, asset) : resolveAsset(path, notebook, asset);
}

function spanOf(text: string, asset: string, column: string): Span | null {
  for (const match of text.matchAll(written)) {
    const [whole, reference = ""] = match;
    const end = match.index + whole.length;
    if (reference.includes(asset) && reference.includes(column)) return { start: end - reference.length, end };
  }
  return null;
}

function quoted(part: string): string {
  return /[\s.;"']/.test(part) ? `"${part}"` : part;
}
