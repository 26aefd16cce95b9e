// Long because it has a case for every operator of DuckDB's plans.
import type { Column } from "../model/materialization.ts";
import type { RelationColumns } from "./column-lineage.ts";
import { hashOf, readExpression, type PlanColumn, type ReadExpression } from "./plan-expression.ts";
import { childOf, listOf, numberOf, objectOf, objectsOf, textOf, UnreadPlan, type PlanObject } from "./plan-node.ts";
import { deciding, joinUses, noUses, useOf, usedAs, type Uses } from "./uses.ts";

/** What an operator gives: columns, what decides which rows there are, and how they are ordered. */
interface PlanRelation {
  readonly columns: readonly PlanColumn[];
  readonly rows: { readonly uses: Uses; readonly definition: string };
  /** hash of the order, "" where there is none: it matters to LIMIT, to windows and to some aggregates */
  readonly order: string;
}

/** What stands around an operator: common table expressions by number, and columns of the row that a subquery is about. */
interface Surroundings {
  readonly ctes: ReadonlyMap<number, PlanRelation>;
  readonly outer: PlanRelation | null;
}

/** Name of a table of a plan as the cell reads it; null for one that it does not read, as one that it made itself. */
type SourceOf = (schema: string, table: string) => string | null;

/**
 * Reads columns from DuckDB's bound, unoptimized plan (`json_serialize_plan` with nothing skipped). `outputs` are the names and
 * types that the query gives, in order. Throws `UnreadPlan` for an operator that is not known here, so that nothing is guessed.
 */
export function columnsOfPlan(plan: unknown, outputs: readonly Column[], sourceOf: SourceOf): RelationColumns {
  const reader = new PlanReader(sourceOf);
  const { columns, rows } = reader.read(objectOf(plan, "root"), { ctes: new Map(), outer: null });
  if (columns.length !== outputs.length)
    throw new UnreadPlan(`${columns.length} columns at its root in place of ${outputs.length}`);
  return {
    type: "known",
    columns: columns.map(({ uses, definition }, i) => ({
      name: outputs[i]?.name ?? "",
      type: outputs[i]?.type ?? "",
      from: [...uses.values()],
      definition: hashOf(outputs[i]?.type, definition),
    })),
    rows: { from: [...rows.uses.values()], definition: rows.definition },
  };
}

class PlanReader {
  readonly #sourceOf: SourceOf;

  constructor(sourceOf: SourceOf) {
    this.#sourceOf = sourceOf;
  }

  read(node: PlanObject, around: Surroundings): PlanRelation {
    const type = textOf(node, "type");
    switch (type) {
      case "LOGICAL_GET":
        return this.#get(node, around);
      case "LOGICAL_DUMMY_SCAN":
        return relation([column(node, 0, noUses, "dummy")], "dummy");
      case "LOGICAL_EMPTY_RESULT":
      case "LOGICAL_CHUNK_GET":
        return constants(node);
      case "LOGICAL_EXPRESSION_GET":
        return this.#expressionGet(node, around);
      case "LOGICAL_DELIM_GET":
        return delimGet(node, around);
      case "LOGICAL_PROJECTION": {
        const below = this.read(childOf(node, 0), around);
        const columns = expressionsOf(node, below.columns).map((read, i) =>
          column(node, i, read.uses, read.definition),
        );
        return { ...below, columns };
      }
      case "LOGICAL_FILTER":
        return this.#filter(node, around);
      case "LOGICAL_ORDER_BY": {
        const below = this.read(childOf(node, 0), around);
        const orders = ordersOf(node, below.columns);
        return { ...addRows(below, usedAs(orders.uses, "sort"), below.rows.definition), order: orders.definition };
      }
      case "LOGICAL_LIMIT":
      case "LOGICAL_SAMPLE": {
        const below = this.read(childOf(node, 0), around);
        const read = readExpression(without(node, ["children"]), below.columns);
        return addRows(
          below,
          usedAs(read.uses, "filter"),
          hashOf(type, below.rows.definition, below.order, read.definition),
        );
      }
      case "LOGICAL_DISTINCT":
        return this.#distinct(node, around);
      case "LOGICAL_AGGREGATE_AND_GROUP_BY":
        return this.#aggregate(node, around);
      case "LOGICAL_WINDOW":
      case "LOGICAL_UNNEST":
        return this.#appended(node, type, around);
      case "LOGICAL_PIVOT":
        return this.#pivot(node, around);
      case "LOGICAL_COMPARISON_JOIN":
      case "LOGICAL_ASOF_JOIN":
      case "LOGICAL_ANY_JOIN":
      case "LOGICAL_DELIM_JOIN":
      case "LOGICAL_CROSS_PRODUCT":
      case "LOGICAL_POSITIONAL_JOIN":
        return this.#join(node, type, around);
      case "LOGICAL_UNION":
      case "LOGICAL_EXCEPT":
      case "LOGICAL_INTERSECT":
        return this.#setOperation(node, type, around);
      case "LOGICAL_MATERIALIZED_CTE": {
        const definition = this.read(childOf(node, 0), around);
        const ctes = new Map([...around.ctes, [numberOf(node, "table_index"), definition]]);
        return this.read(childOf(node, 1), { ...around, ctes });
      }
      case "LOGICAL_RECURSIVE_CTE":
        return this.#recursive(node, around);
      case "LOGICAL_CTE_REF": {
        const found = around.ctes.get(numberOf(node, "cte_index"));
        if (found === undefined) throw new UnreadPlan("a WITH that is defined nowhere");
        return { ...found, columns: found.columns.map((own, i) => column(node, i, own.uses, own.definition)) };
      }
      default:
        throw new UnreadPlan(`the operator ${type}`);
    }
  }

  #get(node: PlanObject, around: Surroundings): PlanRelation {
    const name = textOf(node, "name");
    const names = listOf(node, "names").map(String);
    const indexes = objectsOf(node, "column_indexes").map((index) => numberOf(index, "index"));
    const children = listOf(node, "children");
    if (listOf(node, "projection_ids").length > 0) throw new UnreadPlan("a scan that was optimized");
    if (children.length > 0) return this.#tableFunction(node, indexes.length, around);
    if (name !== "seq_scan") {
      const call = hashOf("call", name, node["parameters"], node["named_parameters"], node["function_data"]);
      return relation(
        indexes.map((index, i) => column(node, i, noUses, hashOf(call, index))),
        call,
      );
    }
    const table = objectOf(node["function_data"], "table");
    const source = this.#sourceOf(textOf(table, "schema"), textOf(table, "table"));
    if (source === null) throw new UnreadPlan(`the table ${textOf(table, "table")}, which the cell makes itself`);
    const columns = indexes.map((index, i) => {
      const of = names[index];
      // a virtual column, as rowid: which it is depends on the whole table
      if (of === undefined) return column(node, i, noUses, hashOf("rowid", source));
      return column(node, i, useOf({ source, column: of, use: "identity" }), hashOf("column", source, of));
    });
    return relation(columns, hashOf("table", source));
  }

  /** A table function over the rows of another table, as unnest. */
  #tableFunction(node: PlanObject, count: number, around: Surroundings): PlanRelation {
    const below = this.read(childOf(node, 0), around);
    const given = listOf(node, "input_table_names").length;
    const used = below.columns.slice(0, given === 0 ? undefined : given);
    const uses = joinUses(used.map((own) => own.uses));
    const call = hashOf(
      "call",
      node["name"],
      node["parameters"],
      node["named_parameters"],
      used.map((own) => own.definition),
    );
    const own = Array.from({ length: count }, (_, i) =>
      column(node, i, usedAs(uses, "transformation"), hashOf(call, i)),
    );
    const handedOn = listOf(node, "projected_input").map((index) => {
      const found = below.columns[Number(index)];
      if (found === undefined) throw new UnreadPlan("a table function over columns that it does not have");
      return found;
    });
    return {
      ...addRows(below, usedAs(uses, "join"), hashOf(below.rows.definition, call)),
      columns: [...own, ...handedOn],
    };
  }

  #expressionGet(node: PlanObject, around: Surroundings): PlanRelation {
    const below = this.read(childOf(node, 0), around);
    const rows = listOf(node, "expressions").map((row) =>
      (Array.isArray(row) ? row : []).map((item) => readExpression(objectOf(item, "expression"), below.columns)),
    );
    const columns = listOf(node, "expr_types").map((_, i) => {
      const read = rows.flatMap((row) => row[i] ?? []);
      return column(
        node,
        i,
        joinUses(read.map(({ uses }) => uses)),
        hashOf(
          "values",
          read.map(({ definition }) => definition),
        ),
      );
    });
    return {
      ...below,
      columns,
      rows: { uses: below.rows.uses, definition: hashOf(below.rows.definition, rows.length) },
    };
  }

  #filter(node: PlanObject, around: Surroundings): PlanRelation {
    const below = this.read(childOf(node, 0), around);
    const conditions = expressionsOf(node, below.columns);
    const uses = usedAs(joinUses(conditions.map((one) => one.uses)), "filter");
    const filtered = addRows(
      below,
      uses,
      hashOf("filter", below.rows.definition, conditions.map(({ definition }) => definition).sort()),
    );
    return { ...filtered, columns: mapped(filtered.columns, listOf(node, "projection_map")) };
  }

  #distinct(node: PlanObject, around: Surroundings): PlanRelation {
    const below = this.read(childOf(node, 0), around);
    const targets = objectsOf(node, "distinct_targets").map((target) => readExpression(target, below.columns));
    const order = readExpression({ order: node["order_by"] ?? null }, below.columns);
    const isOn = textOf(node, "distinct_type") === "DISTINCT_ON";
    const uses = joinUses([
      usedAs(joinUses(targets.map((target) => target.uses)), "group_by"),
      usedAs(order.uses, "sort"),
    ]);
    const definition = hashOf(
      "distinct",
      below.rows.definition,
      targets.map((target) => target.definition),
      isOn ? [below.order, order.definition] : null,
    );
    return addRows(below, uses, definition);
  }

  #aggregate(node: PlanObject, around: Surroundings): PlanRelation {
    const below = this.read(childOf(node, 0), around);
    const groups = objectsOf(node, "groups").map((group) => readExpression(group, below.columns));
    const sets = listOf(node, "grouping_sets");
    const context = hashOf(
      below.rows.definition,
      groups.map(({ definition }) => definition),
      sets.length > 1 ? sets : null,
    );
    const aggregates = expressionsOf(node, below.columns);
    const group = numberOf(node, "group_index");
    const aggregate = numberOf(node, "aggregate_index");
    const columns = [
      ...groups.map((read, i) =>
        bound(`${group}.${i}`, read.uses, sets.length > 1 ? hashOf(read.definition, sets) : read.definition),
      ),
      ...aggregates.map((read, i) =>
        bound(`${aggregate}.${i}`, read.uses, hashOf(context, below.order, read.definition)),
      ),
      ...listOf(node, "grouping_functions").map((of, i) =>
        bound(`${String(node["groupings_index"])}.${i}`, noUses, hashOf(context, of)),
      ),
    ];
    const uses = joinUses([below.rows.uses, usedAs(joinUses(groups.map((read) => read.uses)), "group_by")]);
    return { columns, rows: { uses, definition: hashOf("group", context) }, order: "" };
  }

  /** Columns with others behind them: of windows, or of lists that become rows. */
  #appended(node: PlanObject, type: string, around: Surroundings): PlanRelation {
    const below = this.read(childOf(node, 0), around);
    const read = expressionsOf(node, below.columns);
    const isWindow = type === "LOGICAL_WINDOW";
    const index = numberOf(node, isWindow ? "window_index" : "unnest_index");
    const context = isWindow ? hashOf(below.rows.definition, below.order) : null;
    const columns = [
      ...below.columns,
      ...read.map(({ uses, definition }, i) => bound(`${index}.${i}`, uses, hashOf(type, context, definition))),
    ];
    if (isWindow) return { ...below, columns };
    const definition = hashOf(
      type,
      below.rows.definition,
      read.map((one) => one.definition),
    );
    return { ...addRows(below, usedAs(joinUses(read.map(({ uses }) => uses)), "join"), definition), columns };
  }

  #pivot(node: PlanObject, around: Surroundings): PlanRelation {
    const below = this.read(childOf(node, 0), around);
    const pivot = objectOf(node["bound_pivot"], "pivot");
    const groups = numberOf(pivot, "group_count");
    const index = numberOf(node, "pivot_index");
    const values = listOf(pivot, "pivot_values");
    const rest = below.columns.slice(groups);
    const uses = usedAs(joinUses(rest.map((own) => own.uses)), "aggregation");
    const definition = hashOf(
      "pivot",
      below.rows.definition,
      rest.map((own) => own.definition),
    );
    const types = listOf(pivot, "types");
    const count =
      types.length > 0 ? types.length - groups : values.length * Math.max(1, listOf(pivot, "aggregates").length);
    return {
      ...below,
      columns: [
        ...below.columns.slice(0, groups).map((own, i) => ({ ...own, binding: `${index}.${i}` })),
        ...Array.from({ length: count }, (_, i) =>
          bound(`${index}.${groups + i}`, uses, hashOf(definition, values, i)),
        ),
      ],
    };
  }

  #join(node: PlanObject, type: string, around: Surroundings): PlanRelation {
    const isDelim = type === "LOGICAL_DELIM_JOIN";
    if (node["delim_flipped"] === true) throw new UnreadPlan("a join that was turned round");
    const left = this.read(childOf(node, 0), around);
    const outer = isDelim ? { ...left, columns: duplicatesOf(node, left.columns) } : around.outer;
    const right = this.read(childOf(node, 1), { ...around, outer });
    const both = [...left.columns, ...right.columns];
    const conditions = [
      ...objectsOf(node, "conditions").map((condition): ReadExpression => {
        const from = readExpression(objectOf(condition["left"], "left side"), left.columns);
        const to = readExpression(objectOf(condition["right"], "right side"), right.columns);
        return {
          uses: joinUses([from.uses, to.uses]),
          definition: hashOf(from.definition, condition["comparison"], to.definition),
        };
      }),
      ...["condition", "predicate"].flatMap((name) =>
        node[name] === undefined || node[name] === null ? [] : [readExpression(objectOf(node[name], name), both)],
      ),
    ];
    const joinType = textOf(node, "join_type");
    const on = usedAs(joinUses(conditions.map(({ uses }) => uses)), "join");
    const definition = hashOf(
      type,
      joinType,
      left.rows.definition,
      right.rows.definition,
      conditions.map((one) => one.definition).sort(),
    );
    const ofLeft = mapped(left.columns, listOf(node, "left_projection_map"));
    const ofRight = mapped(right.columns, listOf(node, "right_projection_map"));
    const decided = deciding(joinUses([on, right.rows.uses]));
    switch (joinType) {
      case "MARK": {
        const mark = bound(`${String(node["mark_index"])}.0`, decided, definition);
        return { ...left, columns: [...ofLeft, mark] };
      }
      case "SINGLE": {
        // each row of the left once, with at most one of the right
        const found = ofRight.map((own) => ({
          ...own,
          uses: joinUses([own.uses, decided]),
          definition: hashOf(definition, own.definition),
        }));
        return { ...left, columns: [...ofLeft, ...found] };
      }
      default: {
        const columns =
          joinType === "SEMI" || joinType === "ANTI"
            ? ofLeft
            : joinType === "RIGHT_SEMI" || joinType === "RIGHT_ANTI"
              ? ofRight
              : [...ofLeft, ...ofRight];
        return { columns, rows: { uses: joinUses([left.rows.uses, right.rows.uses, on]), definition }, order: "" };
      }
    }
  }

  #setOperation(node: PlanObject, type: string, around: Surroundings): PlanRelation {
    const parts = objectsOf(node, "children").map((child) => this.read(child, around));
    const [first, ...others] = parts;
    if (first === undefined) throw new UnreadPlan("a set operation over nothing");
    const isUnion = type === "LOGICAL_UNION";
    const compared = isUnion ? [] : parts.flatMap(({ columns }) => columns);
    const columns = first.columns.map((own, i) =>
      column(
        node,
        i,
        isUnion ? joinUses(parts.map((part) => part.columns[i]?.uses ?? noUses)) : own.uses,
        isUnion
          ? hashOf(
              type,
              parts.map((part) => part.columns[i]?.definition),
            )
          : own.definition,
      ),
    );
    const uses = joinUses([
      ...parts.map(({ rows }) => rows.uses),
      usedAs(joinUses(compared.map((own) => own.uses)), "filter"),
    ]);
    const definition = hashOf(
      type,
      node["setop_all"],
      [first, ...others].map(({ rows }) => rows.definition),
      compared.map((own) => own.definition),
    );
    return { columns, rows: { uses, definition }, order: "" };
  }

  /** Goes round until nothing new is found: the columns of a WITH RECURSIVE come from its beginning and from itself. */
  #recursive(node: PlanObject, around: Surroundings): PlanRelation {
    const begin = this.read(childOf(node, 0), around);
    const index = numberOf(node, "table_index");
    let known = {
      ...begin,
      columns: begin.columns.map((own, i) => ({ ...own, definition: hashOf("recursive", i) })),
      rows: { ...begin.rows, definition: "recursive" },
    };
    for (;;) {
      const step = this.read(childOf(node, 1), { ...around, ctes: new Map([...around.ctes, [index, known]]) });
      const columns = known.columns.map((own, i) => ({
        ...own,
        uses: joinUses([own.uses, step.columns[i]?.uses ?? noUses]),
      }));
      const rows = { ...known.rows, uses: joinUses([known.rows.uses, step.rows.uses]) };
      const isSettled =
        rows.uses.size === known.rows.uses.size &&
        columns.every((own, i) => own.uses.size === known.columns[i]?.uses.size);
      if (!isSettled) {
        known = { ...known, columns, rows };
        continue;
      }
      // which rows there are is decided by every column, since the step goes on from them
      const definition = hashOf(
        "recursive",
        node["union_all"],
        begin.rows.definition,
        begin.columns.map((own) => own.definition),
        step.rows.definition,
        step.columns.map((own) => own.definition),
      );
      return {
        columns: columns.map((own, i) => column(node, i, own.uses, hashOf(definition, i))),
        rows: { uses: rows.uses, definition },
        order: "",
      };
    }
  }
}

function relation(columns: readonly PlanColumn[], definition: string): PlanRelation {
  return { columns, rows: { uses: noUses, definition }, order: "" };
}

function bound(binding: string, uses: Uses, definition: string): PlanColumn {
  return { binding, uses, definition };
}

function column(node: PlanObject, index: number, uses: Uses, definition: string): PlanColumn {
  return bound(`${String(node["table_index"])}.${index}`, uses, definition);
}

function addRows(below: PlanRelation, uses: Uses, definition: string): PlanRelation {
  return { ...below, rows: { uses: joinUses([below.rows.uses, uses]), definition } };
}

function expressionsOf(node: PlanObject, columns: readonly PlanColumn[]): readonly ReadExpression[] {
  return objectsOf(node, "expressions").map((expression) => readExpression(expression, columns));
}

function ordersOf(node: PlanObject, columns: readonly PlanColumn[]): ReadExpression {
  return readExpression({ orders: node["orders"] }, columns);
}

function duplicatesOf(node: PlanObject, columns: readonly PlanColumn[]): readonly PlanColumn[] {
  return objectsOf(node, "duplicate_eliminated_columns").map((expression) => {
    const read = readExpression(expression, columns);
    return bound("", read.uses, read.definition);
  });
}

/** The distinct values of the outer row that a subquery looks at: which there are adds nothing to the subquery's rows. */
function delimGet(node: PlanObject, { outer }: Surroundings): PlanRelation {
  if (outer === null || outer.columns.length !== listOf(node, "chunk_types").length)
    throw new UnreadPlan("a subquery about another row than the one around it");
  return relation(
    outer.columns.map((own, i) => column(node, i, own.uses, own.definition)),
    hashOf("outer", outer.rows.definition),
  );
}

function constants(node: PlanObject): PlanRelation {
  const definition = hashOf("constants", without(node, ["table_index"]));
  const types = listOf(node, "chunk_types");
  const collection = node["collection"];
  const count =
    types.length > 0
      ? types.length
      : collection === undefined
        ? -1
        : listOf(objectOf(collection, "rows"), "values").length;
  if (count < 0) throw new UnreadPlan("rows without columns");
  return relation(
    Array.from({ length: count }, (_, i) => column(node, i, noUses, hashOf(definition, i))),
    definition,
  );
}

/** The columns that a map of positions keeps; all of them where it is empty. */
function mapped(columns: readonly PlanColumn[], map: readonly unknown[]): readonly PlanColumn[] {
  return map.length === 0 ? columns : map.flatMap((index) => columns[Number(index)] ?? []);
}

function without(node: PlanObject, names: readonly string[]): PlanObject {
  return Object.fromEntries(Object.entries(node).filter(([name]) => !names.includes(name)));
}
