import type { Diagnostic } from "../model/diagnostic.ts";
import { quote } from "../model/quote.ts";
import { saySome } from "./check-problems.ts";
import { definersOf } from "./definers.ts";
import type { GraphCell } from "./graph.ts";

const testKinds: ReadonlySet<string> = new Set(["sql", "js", "ts"]);

/** What is wrong with the tests of a notebook, each with its cell. */
export function testProblems(cells: readonly GraphCell[]): Diagnostic[] {
  const definers = definersOf(cells);
  return cells.flatMap((cell): Diagnostic[] => {
    const why = problemOf(cell, definers);
    if (why === null) return [];
    const { id, attributes } = cell.cell;
    const message = `invalid test: ${quote(attributes["test"] ?? "")} (cell ${id}): ${why}`;
    return [{ code: "attribute_invalid", severity: "error", message, cell: id, span: null, attribute: "test" }];
  });
}

function problemOf({ cell, compiled, options }: GraphCell, definers: ReadonlyMap<string, GraphCell>): string | null {
  const { test, check, sensor } = options;
  if (test === null) return null;
  if (!definers.has(test)) {
    return `this notebook defines no asset ${test}; ${saySome(test, [...definers.keys()])}`;
  }
  if (!testKinds.has(cell.kind)) return "only a SQL or JavaScript cell can be a test";
  if (check !== null || sensor !== null) return "a cell is a test, a check or a sensor, not two of them";
  if (compiled.sql !== null && compiled.sql.expressions.length > 0)
    return "a SQL test has its values written out; take the ${} out, or write the test in JavaScript";
  return null;
}
