import { AppError } from "../../../cells/errors.ts";
import type { AssetKey } from "../../../cells/model/asset-key.ts";
import { evaluateNodes } from "../../../cells/select/evaluate.ts";
import type { Selection } from "../../../cells/select/grammar.ts";
import type { NamedSelections } from "../../../cells/select/named.ts";
import { wholeCells, type PartitionsKind, type SelectNode } from "../../../cells/select/nodes.ts";
import { parseSelection } from "../../../cells/select/parse.ts";
import { printSelection } from "../../../cells/select/print.ts";
import { same, type VectorResult, type VectorSuite } from "../suite.ts";

interface Asset {
  readonly key: string;
  readonly deps?: readonly string[];
  readonly external?: boolean;
  readonly tags?: Readonly<Record<string, string>>;
  readonly owners?: readonly string[];
  readonly kinds?: readonly string[];
  readonly group?: string | null;
  readonly code_location?: string | null;
  readonly partitions?: string | null;
  readonly automation_types?: readonly string[];
  readonly schedules?: readonly string[];
  readonly sensors?: readonly string[];
  readonly multi_asset?: string;
}

interface Graph {
  readonly assets: readonly Asset[];
  readonly multi_assets?: Readonly<Record<string, { readonly can_subset: boolean }>>;
}

type Expression = Readonly<Record<string, unknown>>;

interface Case {
  readonly id: string;
  readonly kind: "resolve" | "resolve_expr" | "parse_error" | "parse_tree" | "to_string";
  readonly graph?: string;
  readonly selection?: string;
  readonly expr?: Expression;
  readonly expect?: readonly string[];
  readonly expect_tree?: unknown;
  readonly expect_string?: string;
}

interface Document {
  readonly graphs: Readonly<Record<string, Graph>>;
  readonly cases: readonly Case[];
}

/** Dagster's asset selections: its external assets are our files, its multi-assets without subsets our cells. */
export const suite: VectorSuite = {
  name: "dagster-selection",
  run: async (document) => {
    const { graphs, cases } = document as Document;
    return cases.map((one) => {
      try {
        return runCase(one, graphs[one.graph ?? ""] ?? { assets: [] });
      } catch (error) {
        return { id: one.id, passed: false, expected: one, got: String(error) };
      }
    });
  },
};

function runCase(one: Case, graph: Graph): VectorResult {
  const result = (expected: unknown, got: unknown): VectorResult => ({
    id: one.id,
    passed: same(expected, got),
    expected,
    got,
  });
  const text = one.selection ?? "";
  switch (one.kind) {
    case "resolve":
      return result(
        one.expect,
        evaluateNodes(parseSelection(text), toNodes(graph), {}, named(graph)).assets.toSorted(),
      );
    case "resolve_expr":
      return result(one.expect, resolve(one.expr ?? {}, graph).toSorted());
    case "parse_error":
      try {
        return result("selection_invalid", printSelection(parseSelection(text)));
      } catch (error) {
        return result("selection_invalid", error instanceof AppError ? error.code : String(error));
      }
    case "parse_tree":
      return result(normalTree(one.expect_tree), normalTree(toTree(parseSelection(text))));
    case "to_string":
      return result(one.expect_string, printSelection(toSelection(one.expr ?? {})));
  }
}

function toNodes({ assets, multi_assets: multi = {} }: Graph): readonly SelectNode[] {
  const external = new Set(assets.filter((asset) => asset.external).map(({ key }) => key));
  const id = (key: string) => (external.has(key) ? `file:${key}` : key);
  return assets.map((asset, index): SelectNode => {
    if (asset.external) return { type: "file", id: id(asset.key), file: asset.key, inputs: [] };
    const group = asset.multi_asset === undefined ? undefined : Object.keys(multi).indexOf(asset.multi_asset);
    const isWhole = asset.multi_asset !== undefined && multi[asset.multi_asset]?.can_subset === false;
    return {
      type: "asset",
      id: asset.key,
      key: asset.key as AssetKey,
      name: asset.key.slice(asset.key.lastIndexOf("/") + 1),
      inputs: (asset.deps ?? []).map(id),
      storage: "stored",
      notebook: asset.code_location ?? null,
      cell: isWhole ? -1 - (group ?? 0) : index,
      tags: asset.tags ?? {},
      owners: asset.owners ?? [],
      group: asset.group ?? null,
      kinds: asset.kinds ?? [],
      partitions: partitionsKind(asset.partitions ?? null),
      automations: asset.automation_types ?? ["none"],
    };
  });
}

/** What runs an asset selects it by key. */
function named({ assets }: Graph): NamedSelections {
  const by = (namesOf: (asset: Asset) => readonly string[]) => {
    const keys = Map.groupBy(
      assets.flatMap((asset) => namesOf(asset).map((name) => ({ name, key: asset.key }))),
      ({ name }) => name,
    );
    return new Map(Array.from(keys, ([name, own]) => [name, own.map(({ key }) => `key:"${key}"`).join(" or ")]));
  };
  return { schedule: by(({ schedules = [] }) => schedules), sensor: by(({ sensors = [] }) => sensors) };
}

function partitionsKind(text: string | null): PartitionsKind {
  if (text === null) return "none";
  if (text.startsWith("multi")) return "multipartitions";
  return text === "static" || text === "dynamic" ? text : "time";
}

function resolve(expression: Expression, graph: Graph): readonly string[] {
  const nodes = toNodes(graph);
  const neighbours = expression["required_multi_asset_neighbors"];
  if (neighbours) return wholeCells(nodes, evaluateNodes(toSelection(neighbours as Expression), nodes).assets);
  const { assets, files } = evaluateNodes(toSelection(expression), nodes);
  return expression["include_sources"] ? [...assets, ...files] : assets;
}

/** One of Dagster's programmatic selections in our words. */
function toSelection(expression: Expression): Selection {
  const [name = "", ...others] = Object.keys(expression).filter((key) => key !== "include_sources");
  const operand = expression[name];
  const inner = () => toSelection(operand as Expression);
  const list = () => operand as readonly string[];
  const any = (of: readonly Selection[]): Selection =>
    of.length === 1 && of[0]
      ? of[0]
      : of.length === 0
        ? { type: "minus", of: [{ type: "all" }, { type: "all" }] }
        : { type: "or", of };
  const files = (pattern: string): Selection[] => (expression["include_sources"] ? [{ type: "file", pattern }] : []);
  switch (name) {
    case "all":
      return { type: "all" };
    case "keys":
    case "assets":
      return any(list().flatMap((pattern) => [{ type: "key", pattern }, ...files(pattern)]));
    case "groups":
      return any(list().map((value) => ({ type: "attribute", name: "group", value })));
    case "key_prefixes":
      return any(list().flatMap((prefix) => [{ type: "key", pattern: `${prefix}/*` }, ...files(`${prefix}/*`)]));
    case "key_substring":
      return { type: "key", pattern: `*${String(operand)}*` };
    case "key_wildcard":
      return { type: "key", pattern: String(operand) };
    case "and":
    case "or":
      return { type: name, of: (operand as readonly Expression[]).map(toSelection) };
    case "subtract":
      return { type: "minus", of: (operand as readonly Expression[]).map(toSelection) };
    case "upstream":
    case "downstream": {
      const of = inner();
      const depth = others.includes("depth") && expression["depth"] !== null ? Number(expression["depth"]) : Infinity;
      const spread: Selection = {
        type: "traverse",
        of,
        up: name === "upstream" ? depth : null,
        down: name === "upstream" ? null : depth,
      };
      return expression["include_self"] === false ? { type: "minus", of: [spread, of] } : spread;
    }
    case "roots":
    case "sinks":
    case "not":
      return { type: name, of: inner() };
    case "materializable":
      return { type: "and", of: [inner(), { type: "is", value: "materializable" }] };
    case "upstream_source_assets":
    case "upstream_sources":
      return {
        type: "and",
        of: [
          { type: "traverse", of: inner(), up: Infinity, down: null },
          { type: "is", value: "external" },
        ],
      };
    case "tag": {
      const [tag = "", value = ""] = list();
      return { type: "tag", name: tag, value };
    }
    case "tag_string": {
      const [tag = "", value = ""] = String(operand).split("=");
      return { type: "tag", name: tag, value };
    }
    case "owner":
    case "kind":
    case "group":
    case "code_location":
      return { type: "attribute", name, value: operand === null ? null : String(operand) };
    default:
      throw new Error(`the suite knows no expression ${name}`);
  }
}

/** Our tree as Dagster's. */
function toTree(selection: Selection): unknown {
  switch (selection.type) {
    case "all":
      return { all: {} };
    case "key":
      return { key_wildcard: selection.pattern };
    case "tag":
    case "column_tag":
      return { [selection.type]: selection.name === null ? null : [selection.name, selection.value] };
    case "attribute":
      return { [selection.name]: selection.value };
    case "is":
      return { is: selection.value };
    case "and":
    case "or":
      return { [selection.type]: selection.of.map(toTree) };
    case "minus":
      return { subtract: selection.of.map(toTree) };
    case "not":
    case "roots":
    case "sinks":
      return { [selection.type]: toTree(selection.of) };
    case "traverse": {
      const side = (name: string, depth: number) => ({
        [name]: toTree(selection.of),
        ...(depth === Infinity ? {} : { depth }),
      });
      const up = selection.up === null ? null : side("upstream", selection.up);
      const down = selection.down === null ? null : side("downstream", selection.down);
      return up && down ? { or: [down, up] } : (up ?? down);
    }
    case "regex":
    case "file":
    case "not_materialized_in_hours":
      return selection;
  }
}

/** A tree with the spellings that mean the same made one: "all without x" is "not x", the order in "or" is free. */
function normalTree(tree: unknown): unknown {
  if (Array.isArray(tree)) return tree.map(normalTree);
  if (tree === null || typeof tree !== "object") return tree;
  const [[name, value] = ["", null], ...rest] = Object.entries(tree).filter(([key]) => key !== "include_sources");
  if (name === "all") return { all: {} };
  if (name === "subtract" && Array.isArray(value) && value.length === 2 && same(normalTree(value[0]), { all: {} }))
    return { not: normalTree(value[1]) };
  if (name === "or" && Array.isArray(value)) return { or: value.map((one) => JSON.stringify(normalTree(one))).sort() };
  if ((name === "tag" || name === "column_tag") && Array.isArray(value) && (value[0] ?? "") === "")
    return { [name]: null };
  return { [name]: normalTree(value), ...Object.fromEntries(rest.map(([key, other]) => [key, normalTree(other)])) };
}
