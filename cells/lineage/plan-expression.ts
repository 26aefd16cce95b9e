import { sha256Hex } from "../data/sha256.ts";
import type { ColumnUse } from "./column-lineage.ts";
import { isPlanObject, UnreadPlan, type PlanObject } from "./plan-node.ts";
import { joinUses, noUses, usedAs, type Uses } from "./uses.ts";

/** A column of an operator: where its values come from, and a hash of how they are made. */
export interface PlanColumn {
  /** table and column index, by which an expression may name it in place of its position */
  readonly binding: string;
  readonly uses: Uses;
  readonly definition: string;
}

/** Where the values of an expression come from, and a hash of how they are made. */
export interface ReadExpression {
  readonly uses: Uses;
  readonly definition: string;
}

/** Members in which an expression keeps operands that decide which value it is, and are none of it. */
const deciding: Readonly<Record<string, Readonly<Record<string, ColumnUse>>>> = {
  BOUND_CASE: { when_expr: "conditional" },
  BOUND_AGGREGATE: { filter: "conditional", order_bys: "sort" },
  BOUND_WINDOW: {
    partitions: "window",
    orders: "window",
    arg_orders: "window",
    filter_expr: "window",
    start_expr: "window",
    end_expr: "window",
    offset_expr: "window",
  },
};

/** Operands of these give a truth value or a position, and no value of theirs. */
const windowAggregate = "WINDOW_AGGREGATE";

/** Members that say nothing of the result, or hold expressions over something else than the operator's rows. */
const passedOver: ReadonlySet<string> = new Set(["query_location", "alias"]);
const opaque: ReadonlySet<string> = new Set([
  "function_data",
  "return_type",
  "arguments",
  "original_arguments",
  "value",
]);

/**
 * Reads an expression of a plan over the columns below it (and, where it names one by its binding, by that). Throws
 * `UnreadPlan` for what is not resolved.
 */
export function readExpression(expression: PlanObject, columns: readonly PlanColumn[]): ReadExpression {
  const reader = new ExpressionReader(columns);
  const uses = reader.read(expression);
  const isPlain =
    expression["expression_class"] === "BOUND_REF" || expression["expression_class"] === "BOUND_COLUMN_REF";
  return isPlain
    ? { uses, definition: reader.columnOf(expression).definition }
    : { uses, definition: hashOf("expression", reader.canonical(expression)) };
}

/** A hash over texts, so that definitions stay short however deep they nest. */
export function hashOf(...parts: readonly unknown[]): string {
  return sha256Hex(JSON.stringify(parts));
}

class ExpressionReader {
  readonly #columns: readonly PlanColumn[];

  constructor(columns: readonly PlanColumn[]) {
    this.#columns = columns;
  }

  read(expression: PlanObject): Uses {
    const kind = String(expression["expression_class"]);
    if (kind === "BOUND_REF" || kind === "BOUND_COLUMN_REF") return this.columnOf(expression).uses;
    if (kind === "BOUND_SUBQUERY") throw new UnreadPlan("a subquery that is not unnested");
    const own = deciding[kind] ?? {};
    const direct: ColumnUse =
      kind === "BOUND_AGGREGATE" || expression["type"] === windowAggregate ? "aggregation" : "transformation";
    const parts: Uses[] = [];
    const walk = (value: unknown, use: ColumnUse): void => {
      if (Array.isArray(value)) for (const item of value) walk(item, use);
      else if (isPlanObject(value)) {
        if ("expression_class" in value) parts.push(usedAs(this.read(value), use));
        else for (const [name, item] of Object.entries(value)) walk(item, own[name] ?? use);
      }
    };
    for (const [name, value] of Object.entries(expression)) if (!opaque.has(name)) walk(value, own[name] ?? direct);
    return parts.length === 0 ? noUses : joinUses(parts);
  }

  /** The column that a reference means. */
  columnOf(reference: PlanObject): PlanColumn {
    const { index, binding } = reference;
    const column =
      reference["expression_class"] === "BOUND_REF"
        ? this.#columns[typeof index === "number" ? index : -1]
        : this.#columns.find((candidate) => candidate.binding === bindingOf(binding));
    if (column === undefined) throw new UnreadPlan("a reference to a column that it does not have");
    return column;
  }

  /** The expression with definitions in place of references, and without what does not change its result. */
  canonical(value: unknown, isOpaque = false): unknown {
    if (Array.isArray(value)) return value.map((item) => this.canonical(item, isOpaque));
    if (!isPlanObject(value)) return value;
    const kind = value["expression_class"];
    if (!isOpaque && (kind === "BOUND_REF" || kind === "BOUND_COLUMN_REF")) return this.columnOf(value).definition;
    return Object.entries(value).flatMap(([name, item]) =>
      passedOver.has(name) ? [] : [[name, this.canonical(item, isOpaque || opaque.has(name))]],
    );
  }
}

function bindingOf(binding: unknown): string {
  if (!isPlanObject(binding)) return "";
  return `${String(binding["table_index"])}.${String(binding["column_index"])}`;
}
