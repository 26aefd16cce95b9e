import { readTokens, type SqlToken } from "../../cells/compile/sql-tokens.ts";
import { ident } from "./sql.ts";

/** Name of the table of windows within a statement that computes all of them. */
export const window = "cellar_window";

/** What a window binds, and the type of its column in the table of windows. */
export const windowTypes: Readonly<Record<string, string>> = {
  key: "VARCHAR",
  start: "TIMESTAMPTZ",
  end: "TIMESTAMPTZ",
};

/** What gives other rows, or the same in another order, where many windows are computed together. */
const ordered = new Set(
  `order limit offset fetch sample tablesample recursive positional asof pivot unpivot pivot_wider list array_agg
  string_agg group_concat listagg first last first_value last_value any_value arbitrary arg_min arg_max min_by max_by mode
  row_number ntile lag lead approx_quantile reservoir_quantile median_approx over qualify window on_conflict`.split(
    /\s+/,
  ),
);

/** Sums of floating-point numbers depend on the order of what is added. */
export const summing =
  /\b(?:sum|fsum|kahan_sum|sumkahan|avg|mean|favg|std\w*|var\w*|corr|covar\w*|regr_\w+|product|geomean|skewness|kurtosis\w*|entropy)\s*\(/i;

/** Why a SELECT may give other rows where many windows are computed together; null where nothing in its text does. */
export function problemOf(body: string): string | null {
  const { tokens } = readTokens(body);
  for (const { type, value } of tokens) {
    if (type === "word" && ordered.has(value)) return `what ${value.toUpperCase()} gives depends on the order of rows`;
    if ((type === "word" || type === "name") && value.toLowerCase().startsWith("cellar_"))
      return "it has names that begin with cellar_";
  }
  // DuckDB 1.5.5 gives a WITH of all windows where IN (SELECT …) or EXISTS reads it, without an error
  if (tokens.some(({ type, value }) => type === "word" && value === "with") && hasSubqueryInExpression(tokens))
    return "it has a WITH, and a subquery in an expression";
  return null;
}

/** Whether a SELECT in parentheses stands anywhere but in a FROM, a WITH or a UNION. */
function hasSubqueryInExpression(tokens: readonly SqlToken[]): boolean {
  return tokens.some(({ type, value }, at) => {
    if (type !== "word" || !/^(?:select|from|with|values)$/.test(value)) return false;
    const [open, before] = [tokens[at - 1], tokens[at - 2]];
    if (open?.value !== "(" || before === undefined) return false;
    return !(
      before.type === "word" &&
      /^(?:as|materialized|from|join|lateral|union|except|intersect|all|by|name)$/.test(before.value)
    );
  });
}

/** The text with the columns of its window in place of `$1`, `$2`, …. */
export function inWindow(body: string, names: readonly string[]): string {
  let out = "";
  let at = 0;
  for (const { type, value, start, end } of readTokens(body).tokens) {
    if (type !== "parameter") continue;
    out += `${body.slice(at, start)}${window}.${ident(names[Number(value.slice(1)) - 1] ?? "")}`;
    at = end;
  }
  return out + body.slice(at);
}
