import type { TableReference } from "../compile/compiled-cell.ts";
import { findBuiltin } from "../compile/builtin-names.ts";
import { globalNames, platformNames } from "../compile/global-names.ts";
import { insteadOfNetwork } from "../compile/network-names.ts";
import { AssetKey } from "../model/asset-key.ts";
import type { Diagnostic, Span } from "../model/diagnostic.ts";
import type { Edge, GraphCell } from "./graph.ts";
import { relationNames, type Names } from "./names.ts";
import { isNotebookImport, isUrl, resolveAsset, resolveFile } from "./reference.ts";

/** What a cell reads, resolved. */
export interface Connections {
  readonly edges: readonly Edge[];
  readonly problems: readonly Diagnostic[];
}

/** DuckDB's schema of the notebook's own relations; a name in it is as good as a bare one. */
const ownSchemas = new Set(["main", "memory"]);
/** DuckDB's schemas that hold no asset of anyone's. */
const engineSchemas = new Set(["temp", "system", "information_schema", "pg_catalog"]);
/** Relations that DuckDB has without being asked. */
const engineTables = /^(duckdb_|pragma_|sqlite_|pg_)/i;

/** Resolves everything that one cell of the notebook at `path` reads to edges, and says which names mean nothing. */
export function connectCell(path: string, { cell, compiled }: GraphCell, names: Names): Connections {
  const to = cell.id;
  const edges: Edge[] = [];
  const problems: Diagnostic[] = [];
  const complain = (code: Diagnostic["code"], severity: Diagnostic["severity"], message: string, span: Span | null) =>
    problems.push({ code, severity, message, cell: to, span, attribute: null });

  const addCells = (name: string, as: "value" | "relation", spans: readonly Span[]) => {
    const definers = names.exact.get(name) ?? [];
    for (const { id } of definers) edges.push({ type: "cell", from: id, to, name, as, spans });
    return definers.length > 0;
  };
  const addAsset = (key: AssetKey | null, name: string, as: "value" | "relation", spans: readonly Span[]) => {
    if (key === null) {
      complain("path_invalid", "error", `${name} leaves the workspace; write a path inside it`, spans[0] ?? null);
    } else if (AssetKey.notebook(key) !== path.replace(/\.html$/, "")) {
      edges.push({ type: "asset", asset: key, to, name, as, spans });
    } else if (!addCells(AssetKey.name(key), as, spans)) {
      const message = `${AssetKey.name(key)} is not defined in this notebook; define it in a cell`;
      complain("name_missing", "warning", message, spans[0] ?? null);
    }
  };
  const addTable = ({ schema, name, spans }: TableReference) => {
    const qualified = schema !== null && !ownSchemas.has(schema.toLowerCase());
    if (qualified) {
      if (!engineSchemas.has(schema.toLowerCase()))
        addAsset(resolveAsset(path, schema, name), `${schema}.${name}`, "relation", spans);
      return;
    }
    const meant = relationNames(names, name);
    const [only] = meant;
    if (only === undefined) {
      if (!engineTables.test(name))
        complain("name_missing", "warning", `table ${name} is not defined; define it in a cell`, spans[0] ?? null);
    } else if (meant.length > 1) {
      const message = `table ${name} may mean ${meant.join(" or ")}; write it as it is defined`;
      complain("name_duplicate", "error", message, spans[0] ?? null);
    } else addCells(only, "relation", spans);
  };
  const addFile = (name: string, spans: readonly Span[]) => {
    const file = resolveFile(path, name);
    if (file !== null) edges.push({ type: "file", file, to, spans });
    else {
      const message = `file ${name} leaves the workspace; write a path inside it`;
      complain("path_invalid", "error", message, spans[0] ?? null);
    }
  };

  for (const { name, spans } of compiled.inputs) {
    if (addCells(name, "value", spans) || isSupplied(name)) continue;
    const instead = insteadOfNetwork(name) ?? "define it in a cell or import it";
    complain("name_missing", "warning", `${name} is not defined; ${instead}`, spans[0] ?? null);
  }
  // another database has tables of its own, which no cell defines
  if (cell.database === null) for (const table of compiled.tables) addTable(table);
  for (const { name, spans } of compiled.assets) {
    const slash = name.lastIndexOf("/");
    const key =
      slash < 0 ? AssetKey.of(path, name) : resolveAsset(path, name.slice(0, slash) || "/", name.slice(slash + 1));
    addAsset(key, name, "value", spans);
  }
  for (const { specifier, names: imported, span } of compiled.imports) {
    if (isNotebookImport(specifier))
      for (const [name, local] of Object.entries(imported))
        addAsset(resolveAsset(path, specifier, name), local, "value", [span]);
  }
  for (const { name, spans } of compiled.files) if (!isUrl(name) || /^https?:/i.test(name)) addFile(name, spans);
  return { edges, problems };
}

/** Whether Cellar or the platform has this name. A browser's `name`, `status` or `length` is nobody's intention. */
function isSupplied(name: string): boolean {
  return findBuiltin(name) !== null || globalNames.has(name) || platformNames.has(name);
}
