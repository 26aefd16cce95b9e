import { AppError, assertNever } from "../errors.ts";
import { didYouMean } from "../model/nearest.ts";
import { quote } from "../model/quote.ts";
import type { Workspace } from "../graph/workspace.ts";
import type { AssetKey } from "../model/asset-key.ts";
import type { Column } from "../model/materialization.ts";
import type { AttributeName, IsValue, Selection } from "./grammar.ts";
import { assetNodes, type SelectNode } from "./nodes.ts";
import { lookUp, namedSelections, namesIn, partsOf, type NamedJobs, type NamedSelections } from "./named.ts";
import { parseSelection } from "./parse.ts";
import { printSelection } from "./print.ts";
import { compileRegex } from "./regex.ts";
import { compileWildcard } from "./wildcard.ts";

/**
 * What is known beside the graph. What is left out cannot be asked: a selection that does is refused. `staleness` and
 * `facts` are those of the staleness folder, as far as they are needed here.
 */
export interface SelectContext {
  readonly staleness?: ReadonlyMap<AssetKey, KnownState>;
  readonly facts?: { readonly now: number };
  readonly columnTags?: (key: AssetKey) => readonly Readonly<Record<string, string>>[];
  /** how it differs from the state that it is compared with: `new`, `code`, `dependencies`, …; empty where it does not */
  readonly changes?: (key: AssetKey) => readonly string[];
  /** the assets that a column of an asset or file (`file:…`) goes into, or that it decides something of */
  readonly readers?: (asset: string, column: string) => readonly AssetKey[];
  /** the jobs of `cellar.json`, which `job:` and `schedule:` name */
  readonly jobs?: NamedJobs;
}

/** How an asset stands: fresh, stale, missing, failed or virtual, and what was materialized last. */
interface KnownState {
  readonly status: string;
  readonly latest: { readonly createdAt: number; readonly schema: readonly Column[] } | null;
}

/** What a selection takes. */
export interface Selected {
  readonly assets: readonly AssetKey[];
  /** paths or URLs of files */
  readonly files: readonly string[];
}

/** The assets that a selection takes, in order of `workspace.assets`. Throws `selection_invalid` where `context` lacks a fact. */
export function evaluateSelection(
  selection: Selection,
  workspace: Workspace,
  context: SelectContext = {},
): readonly AssetKey[] {
  return selectNodes(selection, workspace, context).assets;
}

/** Like `evaluateSelection`, with the files: they are nodes of the graph, so that `+orders` reaches them. */
export function selectNodes(selection: Selection, workspace: Workspace, context: SelectContext = {}): Selected {
  const named = namesIn(selection).length === 0 ? {} : namedSelections(workspace, context.jobs);
  return evaluateNodes(selection, assetNodes(workspace), context, named);
}

/** Evaluates over any graph; inputs that are no node of it are passed over. `named` is what `job:`, `sensor:` and `schedule:` name. */
export function evaluateNodes(
  selection: Selection,
  nodes: readonly SelectNode[],
  context: SelectContext = {},
  named: NamedSelections = {},
): Selected {
  const evaluator = new Evaluator(nodes, context, named);
  // what is named comes before what names it, so that no chain of names is a deep one, and none a circle
  for (const part of partsOf(selection, named)) evaluator.evaluatePart(part);
  const members = evaluator.evaluatePart(selection);
  const taken = nodes.filter((_, i) => members[i]);
  return {
    assets: taken.flatMap((node) => (node.type === "asset" ? node.key : [])),
    files: taken.flatMap((node) => (node.type === "file" ? node.file : [])),
  };
}

const statusWords = ["fresh", "stale", "missing", "failed", "virtual"];
const changeWords = ["any", "new", "removed", "code", "dependencies"];
const partitionsWords = ["none", "static", "dynamic", "time", "multipartitions"];

/** A value that is one of a few words, or null. Throws `selection_invalid` for another: it would never be met. */
function oneOf(name: AttributeName, value: string | null, words: readonly string[]): string | null {
  if (value === null || words.includes(value)) return value;
  const right = `${didYouMean(value, words)}it asks for ${words.join(", ")}`;
  throw new AppError("selection_invalid", `${name}: cannot be ${quote(value)}; ${right}`);
}

/** One byte a node: 1 where it is taken. */
type Members = Uint8Array;

class Evaluator {
  private readonly nodes: readonly SelectNode[];
  private readonly context: SelectContext;
  private readonly above: readonly (readonly number[])[];
  private readonly below: readonly (readonly number[])[];
  private readonly names: NamedSelections;
  /** of selections that have a name: several may name one */
  private readonly parts = new Map<string, Members>();

  constructor(nodes: readonly SelectNode[], context: SelectContext, names: NamedSelections) {
    this.names = names;
    this.nodes = nodes;
    this.context = context;
    const index = new Map(nodes.map((node, i) => [node.id, i]));
    this.above = nodes.map((node) => node.inputs.flatMap((id) => index.get(id) ?? []));
    const below: number[][] = nodes.map(() => []);
    this.above.forEach((inputs, i) => inputs.forEach((from) => below[from]?.push(i)));
    this.below = below;
  }

  /** Like `evaluate`, once for each text. */
  evaluatePart(selection: Selection): Members {
    const text = printSelection(selection);
    const members = this.parts.get(text) ?? this.evaluate(selection);
    this.parts.set(text, members);
    return members;
  }

  private evaluate(selection: Selection): Members {
    switch (selection.type) {
      case "all":
        return this.where(() => true);
      case "key": {
        const matches = compileWildcard(selection.pattern);
        const byName = !selection.pattern.includes("/");
        return this.where((node) => node.type === "asset" && (matches(node.key) || (byName && matches(node.name))));
      }
      case "regex": {
        const regex = compileRegex(selection.source);
        if ("problem" in regex) throw new AppError("selection_invalid", regex.problem);
        return this.where((node) => node.type === "asset" && regex.test(node.key));
      }
      case "file": {
        const matches = compileWildcard(selection.pattern);
        return this.where((node) => node.type === "file" && matches(node.file));
      }
      case "tag":
        return this.assets((node) => hasTag(node.tags, selection.name, selection.value));
      case "column_tag": {
        const tags = this.fact("columnTags", "column_tag:");
        return this.assets(({ key }) => {
          const columns = tags(key);
          return selection.name === null
            ? columns.every((own) => Object.keys(own).length === 0)
            : columns.some((own) => hasTag(own, selection.name, selection.value));
        });
      }
      case "attribute":
        return this.attribute(selection.name, selection.value);
      case "is":
        return this.is(selection.value);
      case "not_materialized_in_hours": {
        const states = this.fact("staleness", "not_materialized_in_hours:");
        const since = this.fact("facts", "not_materialized_in_hours:").now - selection.hours * 3_600_000;
        return this.assets(
          ({ key, storage }) => storage !== "virtual" && (states.get(key)?.latest?.createdAt ?? -Infinity) < since,
        );
      }
      case "and":
      case "or":
      case "minus":
        return this.combine(selection.type, selection.of);
      case "not": {
        const without = this.evaluate(selection.of);
        return this.where((_, i) => !without[i]);
      }
      case "roots":
        return this.ends(this.evaluate(selection.of), this.below);
      case "sinks":
        return this.ends(this.evaluate(selection.of), this.above);
      case "traverse": {
        const of = this.evaluate(selection.of);
        const up = selection.up === null ? of : this.spread(of, this.above, selection.up);
        const down = selection.down === null ? of : this.spread(of, this.below, selection.down);
        return this.where((_, i) => Boolean(up[i] || down[i]));
      }
      default:
        return assertNever(selection);
    }
  }

  private where(test: (node: SelectNode, index: number) => boolean): Members {
    return Uint8Array.from(this.nodes, (node, i) => (test(node, i) ? 1 : 0));
  }

  private assets(test: (node: Extract<SelectNode, { type: "asset" }>) => boolean): Members {
    return this.where((node) => node.type === "asset" && test(node));
  }

  private combine(type: "and" | "or" | "minus", of: readonly Selection[]): Members {
    const [first, ...rest] = of;
    const members = first ? this.evaluate(first) : this.where(() => type === "and");
    for (const operand of rest) {
      const other = this.evaluate(operand);
      for (let i = 0; i < members.length; i++) {
        const has = other[i] === 1;
        if (type === "or" ? has : type === "and" ? !has : has) members[i] = type === "or" ? 1 : 0;
      }
    }
    return members;
  }

  /** The members with what lies that many layers from them. */
  private spread(members: Members, next: readonly (readonly number[])[], layers: number): Members {
    const reached = members.slice();
    let frontier = [...members.keys()].filter((i) => members[i]);
    for (let layer = 0; layer < layers && frontier.length > 0; layer++) {
      const following: number[] = [];
      for (const from of frontier)
        for (const to of next[from] ?? [])
          if (!reached[to]) {
            reached[to] = 1;
            following.push(to);
          }
      frontier = following;
    }
    return reached;
  }

  /** The members that no other member leads to, even by way of something that is not selected (Dagster's S2). */
  private ends(members: Members, next: readonly (readonly number[])[]): Members {
    const reached = new Uint8Array(members.length);
    const queue = [...members.keys()].filter((i) => members[i]);
    const seen = members.slice();
    for (const from of queue)
      for (const to of next[from] ?? []) {
        if (to !== from) reached[to] = 1;
        if (seen[to]) continue;
        seen[to] = 1;
        queue.push(to);
      }
    return this.where((_, i) => members[i] === 1 && reached[i] !== 1);
  }

  private attribute(name: AttributeName, value: string | null): Members {
    const among = (values: readonly string[]) => (value === null ? values.length === 0 : values.includes(value));
    switch (name) {
      case "owner":
        return this.assets((node) => among(node.owners));
      case "kind":
        return this.assets((node) => among(node.kinds));
      case "group": {
        const matches = value === null ? null : compileWildcard(value);
        return this.assets(({ group }) => (group === null || matches === null ? group === value : matches(group)));
      }
      // Dagster's word for where code comes from
      case "code_location":
      case "notebook":
        return this.assets((node) => node.notebook === (value === null ? null : value.replace(/\.html$/, "")));
      case "table_name":
        return this.assets((node) => node.storage === "stored" && node.name === value);
      case "partitions":
        return this.assets((node) => node.partitions === (oneOf(name, value, partitionsWords) ?? "none"));
      case "automation_type":
        return this.assets((node) =>
          value === null ? node.automations.includes("none") : node.automations.includes(value),
        );
      case "sensor":
      case "schedule":
      case "job": {
        const named = lookUp(this.names, name, value).map(([, select]) => this.evaluatePart(parseSelection(select)));
        return this.where(
          (node, i) => node.type === "asset" && named.some((members) => members[i] === 1) === (value !== null),
        );
      }
      case "status": {
        const states = this.fact("staleness", "status:");
        const wanted = oneOf(name, value?.toLowerCase() ?? null, statusWords);
        return this.assets(({ key }) => states.get(key)?.status === wanted);
      }
      case "column": {
        const dot = value?.lastIndexOf(".") ?? -1;
        if (value?.includes("/") && dot > value.lastIndexOf("/")) {
          const [asset, column] = [value.slice(0, dot), value.slice(dot + 1)];
          const having = new Set<string>(this.fact("readers", "column:")(asset, column));
          return this.assets(({ key }) => key === asset || having.has(key));
        }
        const states = this.fact("staleness", "column:");
        return this.assets(({ key }) => among((states.get(key)?.latest?.schema ?? []).map((column) => column.name)));
      }
      case "changed":
      case "changed_in_branch": {
        const changes = this.fact("changes", `${name}:`);
        const wanted = oneOf(name, value?.toLowerCase() ?? null, changeWords);
        return this.assets((node) => {
          const own = changes(node.key);
          return wanted === null ? own.length === 0 : wanted === "any" ? own.length > 0 : own.includes(wanted);
        });
      }
      default:
        return assertNever(name);
    }
  }

  private is(value: IsValue): Members {
    switch (value) {
      case "external":
        return this.where((node) => node.type === "file");
      case "materializable":
        return this.assets((node) => node.storage !== "virtual");
      case "virtual":
        return this.assets((node) => node.storage === "virtual");
      case "materialized": {
        const states = this.fact("staleness", "is:materialized");
        return this.assets(({ key }) => (states.get(key)?.latest ?? null) !== null);
      }
      case "changed": {
        const changes = this.fact("changes", "is:changed");
        return this.assets((node) => changes(node.key).length > 0);
      }
      case "fresh":
      case "stale":
      case "missing":
      case "failed": {
        const states = this.fact("staleness", `is:${value}`);
        return this.assets(({ key }) => states.get(key)?.status === value);
      }
      default:
        return assertNever(value);
    }
  }

  private fact<K extends keyof SelectContext>(name: K, asked: string): NonNullable<SelectContext[K]> {
    const fact = this.context[name];
    if (fact === undefined)
      throw new AppError(
        "selection_invalid",
        `${asked} cannot be asked here: nothing is recorded that answers it; leave it out`,
      );
    return fact;
  }
}

function hasTag(tags: Readonly<Record<string, string>>, name: string | null, value: string | null): boolean {
  if (name === null) return Object.keys(tags).length === 0;
  return Object.hasOwn(tags, name) && (value === null || tags[name] === value);
}
