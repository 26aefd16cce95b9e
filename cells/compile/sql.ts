import type { Cell } from "../model/cell.ts";
import { renderBody } from "./body.ts";
import { canonicalTree } from "./canonical-tree.ts";
import { findProblems } from "./checks.ts";
import { argumentName, type CompiledCell } from "./compiled-cell.ts";
import { groupNames, problemOf, toCompiled, type Draft, type Problem } from "./draft.ts";
import { applyEdits, blank, type Edit } from "./edits.ts";
import { findFeatures } from "./features.ts";
import { rewriteImports } from "./import-code.ts";
import { resolveBundledImport, type ImportResolver } from "./imports.ts";
import { analyse } from "./scope.ts";
import { canonicalTokens } from "./sql-canonical.ts";
import { findTablesOf, type SqlReferences } from "./sql-references.ts";
import { databaseOf } from "./sql-database.ts";
import { cutSql, type SqlCut } from "./sql-template.ts";
import { findVolatile } from "./volatile.ts";

/** The first parameter of the body of a SQL cell. The kernel supplies it; it is not among `inputs`. */
const gate = "__sql";

/**
 * Compiles a SQL cell. Its inputs are the names in its `${}`; its tables are the relations that the text reads. The body
 * evaluates the parameters and hands them, in an array, to the kernel's function, whose result is the cell's:
 *
 *     (__sql, x) => __sql([
 *                             (x)
 *     ])
 *
 * A text without a statement gives undefined. In a cell with a `database`, names of tables and files are that database's:
 * none is an edge. `var:NAME` asks the client that the notebook has under that name, which is then an input, and called
 * as a tag; `var:db` is the notebook's own engine.
 */
export function compileSql(cell: Cell, resolve: ImportResolver = resolveBundledImport): CompiledCell {
  try {
    return toCompiled(cell, draftSql(cell, resolve));
  } catch (error) {
    return toCompiled(cell, { problems: [problemOf(error)] });
  }
}

/**
 * The same text for every source of a SQL cell that differs in white space, comments, and the case of keywords, functions
 * and types alone, in its `${}` too. Never throws.
 */
export function canonicalSql(source: string): string {
  const { tokens, parameters } = cutSql(source);
  const trees = new Map(parameters.map(({ start, expression }) => [start, `\${${canonicalTree(expression)}}`]));
  return canonicalTokens(tokens.map((token) => ({ ...token, text: trees.get(token.start) ?? token.text })));
}

function draftSql(cell: Cell, resolve: ImportResolver): Draft {
  const { source, output, hidden } = cell;
  const cut = cutSql(source);
  const references = findTablesOf(cut.tokens);
  const { client, connection } = databaseOf(cell);
  const isOwn = client === null && connection === null;

  const analysis = analyse(cut.parameters.map(({ expression }) => expression));
  const { inputs: gates, edits, problems: refused } = rewriteImports(source, analysis, resolve);
  const { problems, files, databases, ...features } = findFeatures(analysis);
  const read = groupNames(analysis.references);
  const inputs = [
    ...(client === null || read.some(({ name }) => name === client) ? [] : [{ name: client, spans: [] }]),
    ...read,
    ...gates.map((name) => ({ name, spans: [] })),
  ];
  const hasQuery = references.statements.length > 0;
  return {
    inputs,
    tables: isOwn ? references.tables : [],
    outputs: output === null ? [] : [{ name: output, spans: [] }],
    output,
    body: renderBody(
      analysis.async ? "async " : "",
      [gate, ...inputs.map(({ name }) => name)],
      ...(hasQuery ? renderCall(cut, client, source, edits) : ([" => (", "undefined", ")"] as const)),
    ),
    sql: hasQuery ? cut.template : null,
    autodisplay: !hidden && hasQuery,
    async: analysis.async,
    ...features,
    files: isOwn ? [...references.files, ...files] : files,
    databases: [...new Set([...(connection === null ? [] : [connection]), ...databases])],
    volatile: [
      ...(connection === null ? [] : [`database ${connection}`]),
      ...references.volatile,
      ...findVolatile(analysis, resolve),
    ],
    problems: [
      ...cut.problems,
      // another engine's strings and comments may end elsewhere
      ...(isOwn ? cut.unclosed : cut.unclosed.map((problem): Problem => ({ ...problem, severity: "warning" }))),
      ...(isOwn ? findForeignParameters(cut, references) : []),
      ...findProblems(analysis, [...gates, gate]),
      ...refused,
      ...problems,
    ],
  };
}

/** Parameters that the author wrote as the engine does, for which there is no value, and those in place of a table. */
function findForeignParameters({ tokens, parameters }: SqlCut, references: SqlReferences): readonly Problem[] {
  const own = new Set(parameters.map(({ start }) => start));
  const written = tokens.filter(({ type, start, value }) => type === "parameter" && value !== "${}" && !own.has(start));
  return [
    ...written.map(({ text, start, end }): Problem => ({
      severity: "warning",
      message: `no value is bound to ${text}; write \${…} with an expression in it`,
      span: { start, end },
    })),
    ...references.tableParameters.map((span): Problem => ({
      severity: "warning",
      message: "a parameter cannot stand for a table; write the name of the table",
      span,
    })),
  ];
}

/** The parameters stand where they stand in the source. */
function renderCall(
  { template, parameters }: SqlCut,
  client: string | null,
  source: string,
  edits: readonly Edit[],
): readonly [open: string, text: string, close: string] {
  const starts = [0, ...parameters.map(({ end }) => end)];
  const ends = [...parameters.map(({ start }) => start), source.length];
  const texts = starts.map((start, i): Edit => {
    const end = ends[i] ?? source.length;
    return { start, end, text: blank(source.slice(start, end)) };
  });
  const holes = parameters.flatMap(({ start, end }, i): readonly Edit[] => [
    { start, end: start + 2, text: i === 0 && client === null ? " (" : ",(" },
    { start: end - 1, end, text: ")" },
  ]);
  const text = applyEdits(source, [...texts, ...holes, ...edits]);
  if (client === null) return [` => ${gate}([`, text, "])"];
  const strings = JSON.stringify(template.strings);
  return [` => ${argumentName(client)}.sql(...[Object.assign(${strings}, {raw: ${strings}})`, text, "])"];
}
