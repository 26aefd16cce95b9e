import {
  autocompletion,
  completeFromList,
  type Completion,
  type CompletionContext,
  type CompletionResult,
} from "@codemirror/autocomplete";
import { schemaCompletionSource, PostgreSQL } from "@codemirror/lang-sql";
import type { CellKind } from "../../cells/model/cell.ts";

/** What an editor may offer, asked anew each time. */
export interface CompletionSource {
  /** names that cells of this kind may read */
  names(kind: CellKind): readonly Completion[];
  /** relation name → its columns */
  tables(): Readonly<Record<string, readonly string[]>>;
  /** properties of the value of a name, where it has been computed */
  members(name: string): readonly string[];
}

/** Completion with the names of other cells, of built-ins, and of the columns of relations. */
export function completionExtension(kind: CellKind, source: CompletionSource) {
  const own = kind === "sql" ? sqlSource(source) : scriptSource(kind, source);
  return autocompletion({ override: own, icons: false, maxRenderedOptions: 60 });
}

function sqlSource(source: CompletionSource) {
  return [
    (context: CompletionContext) => {
      const tables = source.tables();
      const schema = Object.fromEntries(Object.entries(tables).map(([name, columns]) => [name, [...columns]]));
      return schemaCompletionSource({ dialect: PostgreSQL, schema })(context);
    },
    (context: CompletionContext) => {
      const tables = source.tables();
      // a name that is a table too is offered as that
      const columns = [...new Set(Object.values(tables).flat())].filter((name) => !Object.hasOwn(tables, name));
      return completeFromList([
        ...columns.map((label) => ({ label, type: "property" })),
        ...sqlWords.map((label) => ({ label, type: "keyword", boost: -1 })),
      ])(context);
    },
  ];
}

function scriptSource(kind: CellKind, source: CompletionSource) {
  return [
    (context: CompletionContext): CompletionResult | null => {
      const member = context.matchBefore(/([\w$]+)\.([\w$]*)$/);
      if (member) {
        const dot = member.text.indexOf(".");
        const members = source.members(member.text.slice(0, dot));
        if (members.length === 0) return null;
        return {
          from: member.from + dot + 1,
          options: members.map((label) => ({ label, type: "property" })),
          validFor: /^[\w$]*$/,
        };
      }
      const word = context.matchBefore(/[\w$]+$/);
      if (word === null ? !context.explicit : word.from === word.to) return null;
      // in prose only where an expression stands
      if ((kind === "md" || kind === "html") && !insideTemplate(context)) return null;
      return { from: word?.from ?? context.pos, options: [...source.names(kind)], validFor: /^[\w$]*$/ };
    },
  ];
}

function insideTemplate(context: CompletionContext): boolean {
  const before = context.state.sliceDoc(Math.max(0, context.pos - 400), context.pos);
  return before.lastIndexOf("${") > before.lastIndexOf("}");
}

const sqlWords =
  "select from where group by order having limit offset join left right full inner cross on using as and or not in is null like ilike between exists case when then else end distinct union all intersect except with recursive qualify window over partition asc desc nulls first last summarize describe pivot unpivot values cast count sum avg min max median quantile_cont date_trunc strftime coalesce list_agg string_agg row_number rank lag lead".split(
    " ",
  );
