import { DuckDBInstance } from "@duckdb/node-api";
import { lowerAscii } from "../../../cells/compile/sql-tokens.ts";

/** Asks native DuckDB's own parser which relations a text reads; null where it answers nothing (only SELECT has an answer). */
export type SqlOracle = (text: string) => Promise<readonly string[] | null>;

/** Starts an oracle. Names are lower-cased, sorted and unique; files count as the relations they look like to DuckDB. */
export async function createOracle(): Promise<SqlOracle> {
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  return async (text) => {
    const reader = await connection.runAndReadAll("select json_serialize_sql($1::varchar)", [text]);
    const answer: unknown = JSON.parse(String(reader.getRows()[0]?.[0]));
    const tree = objectOf(answer);
    if (tree["error"] !== false) return null;
    const found = new Set<string>();
    walk(tree["statements"], new Set(), found);
    return [...found].sort();
  };
}

/** Rules of the walk: a common table expression sees earlier ones only, a recursive one itself; a name with a schema is never one. */
function walk(value: unknown, outer: ReadonlySet<string>, found: Set<string>): void {
  if (Array.isArray(value)) {
    for (const item of value) walk(item, outer, found);
    return;
  }
  if (value === null || typeof value !== "object") return;
  const node = objectOf(value);
  let scope = outer;
  const map = objectOf(node["cte_map"])["map"];
  for (const entry of Array.isArray(map) ? map : []) {
    const { key, value: cte } = objectOf(entry);
    const name = lowerAscii(String(key));
    const query = objectOf(cte)["query"];
    const isRecursive = objectOf(objectOf(query)["node"])["type"] === "RECURSIVE_CTE_NODE";
    walk(query, isRecursive ? new Set([...scope, name]) : scope, found);
    scope = new Set([...scope, name]);
  }
  if (node["type"] === "BASE_TABLE") {
    const table = String(node["table_name"]);
    const isQualified = node["schema_name"] !== "";
    const isCte = scope.has(lowerAscii(table)) && (!isQualified || node["schema_name"] === "recurring");
    const parts = [node["catalog_name"], node["schema_name"], table].filter(
      (part) => part !== "" && part !== undefined,
    );
    if (!isCte) found.add(lowerAscii(parts.join(".")));
  }
  for (const [key, inner] of Object.entries(node)) if (key !== "cte_map") walk(inner, scope, found);
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return value !== null && typeof value === "object" ? Object.fromEntries(Object.entries(value)) : {};
}
