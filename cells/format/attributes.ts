import { typeOfKind, type Cell, type CellKind } from "../model/cell.ts";
import type { Notebook } from "../model/notebook.ts";
import { formatTheme, parseTheme } from "./theme.ts";

/** Attributes by name, as an HTML tag has them: decoded values, names in lower case. */
export type Attributes = Readonly<Record<string, string>>;

/** Fields of a cell that are texts and bear the name of their attribute. */
const textFields = ["database", "output", "format", "since"] as const;
/** Names of a cell's attributes that are fields of `Cell`, or a matter of the file alone. */
const cellFields = new Set<string>(["id", "type", "pinned", "hidden", "escaped", ...textFields]);
const notebookFields = new Set(["id", "theme", "readonly"]);

const kinds = ["js", "ts", "ojs", "md", "html", "sql", "tex", "dot", "node", "python", "r"] as const;
const kindOf = new Map<string, CellKind>(kinds.map((kind) => [typeOfKind[kind], kind]));

/** The value of an attribute, or null where it is absent. Safe for names that objects inherit. */
export function attribute(attributes: Attributes, name: string): string | null {
  return Object.hasOwn(attributes, name) ? (attributes[name] ?? null) : null;
}

/** What a `type` attribute means: absent or empty is js, and only the eleven exact spellings are known. */
function kindOfType(type: string | null): CellKind {
  return type === null || type === "" ? "js" : (kindOf.get(type) ?? "unknown");
}

/** A valid cell id: the integer part of a number of at least 1 (`9.7` is 9, `0x10` is 16), or null. */
export function parseCellId(text: string | null): number | null {
  const id = text === null ? NaN : Math.floor(Number(text));
  // room is left above for the ids that are assigned
  return id > 0 && id <= 2 ** 52 ? id : null;
}

/** A cell from its tag and source. */
export function readCell(id: number, tag: Attributes, source: string): Cell {
  const { escaped: _, ...attributes } = tag;
  const type = attribute(attributes, "type");
  return {
    id,
    kind: kindOfType(type),
    type,
    source,
    pinned: Object.hasOwn(attributes, "pinned"),
    hidden: Object.hasOwn(attributes, "hidden"),
    output: filled(attribute(attributes, "output")),
    database: filled(attribute(attributes, "database")),
    format: filled(attribute(attributes, "format")),
    since: filled(attribute(attributes, "since")),
    attributes,
  };
}

/**
 * The attributes that the tag of a cell has, `id` left out. Where a field of the cell and its `attributes` disagree, the
 * field holds; where they agree, the attribute stays as it was written.
 */
export function cellAttributes(cell: Cell): Attributes {
  const result: [string, string | null][] = [["type", typeOf(cell)]];
  for (const name of ["pinned", "hidden"] as const) {
    const written = attribute(cell.attributes, name);
    result.push([name, (written !== null) === cell[name] ? written : cell[name] ? "" : null]);
  }
  for (const name of textFields) {
    const written = attribute(cell.attributes, name);
    const value = filled(cell[name]);
    result.push([name, filled(written) === value ? written : value]);
  }
  for (const [name, value] of Object.entries(cell.attributes)) if (!cellFields.has(name)) result.push([name, value]);
  return present(result);
}

/** The attributes that the tag of a notebook has, by the same rule. */
export function notebookAttributes(notebook: Notebook): Attributes {
  const id = attribute(notebook.attributes, "id");
  const theme = attribute(notebook.attributes, "theme");
  const readOnly = attribute(notebook.attributes, "readonly");
  const same = formatTheme(parseTheme(theme)) === formatTheme(notebook.theme);
  return present([
    ["id", filled(id) === notebook.id ? id : notebook.id],
    ["theme", same ? theme : formatTheme(notebook.theme)],
    ["readonly", (readOnly !== null) === notebook.readOnly ? readOnly : notebook.readOnly ? "" : null],
    ...Object.entries(notebook.attributes).filter(([name]) => !notebookFields.has(name)),
  ]);
}

/** The fields of a notebook that its tag gives. */
export function readNotebookTag(attributes: Attributes): Pick<Notebook, "id" | "theme" | "readOnly" | "attributes"> {
  return {
    id: filled(attribute(attributes, "id")),
    theme: parseTheme(attribute(attributes, "theme")),
    readOnly: Object.hasOwn(attributes, "readonly"),
    attributes,
  };
}

/** The cell with one attribute set, or removed where `value` is null; the field of that name follows. */
export function withAttribute(cell: Cell, name: string, value: string | null): Cell {
  const id = attribute(cell.attributes, "id");
  const { [name]: _, ...others }: Attributes = { ...(id === null ? {} : { id }), ...cellAttributes(cell) };
  const attributes = value === null ? others : { ...others, [name]: value };
  return readCell(cell.id, attributes, cell.source);
}

/** What changed from one set of attributes to another: new values, null for those that are gone. */
export function changedAttributes(before: Attributes, after: Attributes): ReadonlyMap<string, string | null> {
  const changes = new Map<string, string | null>();
  for (const name of Object.keys(before)) if (!Object.hasOwn(after, name)) changes.set(name, null);
  for (const [name, value] of Object.entries(after)) if (attribute(before, name) !== value) changes.set(name, value);
  return changes;
}

function typeOf(cell: Cell): string | null {
  if (kindOfType(cell.type) === cell.kind) return cell.type;
  // a type that no reader knows, lest the cell be executed
  return cell.kind === "unknown" ? "unknown" : typeOfKind[cell.kind];
}

/** A text, or null where it is empty. */
function filled(text: string | null): string | null {
  return text === null || text.trim() === "" ? null : text;
}

function present(entries: readonly (readonly [string, string | null])[]): Attributes {
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== null));
}
