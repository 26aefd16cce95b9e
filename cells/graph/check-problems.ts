import { AssetKey } from "../model/asset-key.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { didYouMean } from "../model/nearest.ts";
import { quote } from "../model/quote.ts";
import { checkedAsset, checkName } from "./check-nodes.ts";
import type { Edge, GraphCell } from "./graph.ts";

const checkKinds: ReadonlySet<string> = new Set(["sql", "js", "ts", "ojs"]);

/** What is wrong with the checks of the notebook at `path`, each with its cell and attribute. */
export function checkProblems(path: string, cells: readonly GraphCell[], edges: readonly Edge[]): Diagnostic[] {
  const definers = new Map<string, GraphCell>();
  for (const cell of cells) for (const { name } of cell.compiled.outputs) definers.set(name, cell);
  const problems = cells.flatMap((cell): Diagnostic[] => {
    const { id } = cell.cell;
    const found =
      cell.options.check === null ? expectProblem(path, cell, definers) : checkProblem(path, cell, definers);
    return [
      ...(found === null
        ? []
        : [
            {
              code: "attribute_invalid",
              severity: "error",
              message: `invalid ${found.attribute}: ${quote(cell.cell.attributes[found.attribute] ?? "")} (cell ${id}): ${found.why}`,
              cell: id,
              span: spanOf(cell.cell.attributes[found.attribute] ?? "", found.word),
              attribute: found.attribute,
            } as const,
          ]),
    ];
  });
  return [...problems, ...readsOfChecks(cells, edges)];
}

interface Found {
  readonly attribute: string;
  readonly why: string;
  /** the word of the value that is wrong, where it has several */
  readonly word?: string;
}

function checkProblem(path: string, cell: GraphCell, definers: ReadonlyMap<string, GraphCell>): Found | null {
  const { check, expect, sensor } = cell.options;
  if (check === null) return null;
  const wrong = (why: string): Found => ({ attribute: "check", why });
  const key = checkedAsset(path, check);
  const own = AssetKey.notebook(AssetKey.of(path, "x"));
  const name = AssetKey.name(key);
  if (AssetKey.notebook(key) !== own)
    return wrong(`a check stands in the notebook of its asset; move this cell to ${AssetKey.notebook(key)}`);
  const definer = definers.get(name);
  if (definer === undefined) {
    const names = [...definers].filter(([, { options }]) => options.check === null).map(([known]) => known);
    return wrong(`this notebook defines no asset ${name}; ${saySome(name, names)}`);
  }
  if (definer === cell) return wrong("a cell cannot check itself; name the asset that it reads");
  if (definer.options.check !== null) return wrong(`${name} is a check itself; name an asset`);
  if (definer.storage[name] === "virtual")
    return wrong(`${name} is never stored, so there is nothing to check before it is published; check what reads it`);
  if (!checkKinds.has(cell.cell.kind)) return wrong("only a SQL or JavaScript cell can be a check");
  if (expect.length > 0) return { attribute: "expect", why: "this cell is a check; write the rules on its asset" };
  if (sensor !== null) return { attribute: "sensor", why: "a cell is a check or a sensor, not both" };
  return null;
}

function expectProblem(path: string, cell: GraphCell, definers: ReadonlyMap<string, GraphCell>): Found | null {
  const { expect } = cell.options;
  if (expect.length === 0) return null;
  const wrong = (why: string, word?: string): Found => ({
    attribute: "expect",
    why,
    ...(word === undefined ? {} : { word }),
  });
  const names = cell.compiled.outputs.map(({ name }) => name);
  const [only] = names;
  if (only === undefined || names.length > 1)
    return wrong(
      only === undefined
        ? "this cell defines no asset; give it an output"
        : `this cell defines ${names.length} assets; put the one that the rules are about into a cell of its own`,
    );
  if (cell.storage[only] === "virtual") return wrong(`${only} is never stored, so that its rows cannot be checked`);
  for (const { rule } of expect) {
    if (rule.type !== "relationship") continue;
    const { schema, name } = rule.to;
    if (schema !== null && AssetKey.of(schema, name) !== AssetKey.of(path, name)) continue;
    const target = definers.get(name);
    if (target === undefined)
      return wrong(
        `this notebook defines no asset ${name}; ${didYouMean(name, [...definers.keys()])}another's is written notebook.${name}`,
        name,
      );
    if (target.options.check !== null || target.storage[name] === "virtual")
      return wrong(`${name} is never stored, so that no rule can read it; name a stored table`, name);
  }
  return null;
}

function spanOf(text: string, word: string | undefined): Diagnostic["span"] {
  const start = word === undefined ? -1 : text.lastIndexOf(word);
  return word === undefined || start < 0 ? null : { start, end: start + word.length };
}

/** `did you mean orders? there are orders, totals`, of the names that a notebook defines. */
export function saySome(name: string, names: readonly string[]): string {
  if (names.length === 0) return "it defines none yet";
  const more = names.length > 12 ? ` and ${names.length - 12} more` : "";
  return `${didYouMean(name, names)}there are ${names.slice(0, 12).join(", ")}${more}`;
}

/** Assets that read a check: it is no asset, so there is nothing to read in a run. */
function readsOfChecks(cells: readonly GraphCell[], edges: readonly Edge[]): Diagnostic[] {
  const byId = new Map(cells.map((cell) => [cell.cell.id, cell]));
  return edges.flatMap((edge): Diagnostic[] => {
    if (edge.type !== "cell") return [];
    const [check, reader] = [byId.get(edge.from), byId.get(edge.to)];
    if (!check || !reader || check.options.check === null || reader.compiled.outputs.length === 0) return [];
    if (reader.options.check !== null) return [];
    return [
      {
        code: "asset_not_found",
        severity: "error",
        message: `${edge.name} is the check ${checkName(check)} of ${check.options.check} and no asset; read ${check.options.check} itself`,
        cell: edge.to,
        span: edge.spans[0] ?? null,
        attribute: null,
      },
    ];
  });
}
