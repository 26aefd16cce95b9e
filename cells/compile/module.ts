import { argumentName } from "./compiled-cell.ts";
import { applyEdits, blank, type Edit } from "./edits.ts";
import { renderImported, rewriteImports } from "./import-code.ts";
import { isLocalModule, resolveBundledImport } from "./imports.ts";
import { staticString } from "./literals.ts";
import { analyse, boundNames, type Analysis } from "./scope.ts";
import {
  parseProgram,
  type ExportAllDeclaration,
  type ExportDefaultDeclaration,
  type ExportNamedDeclaration,
  type ModuleDeclaration,
  type Node,
  type Program,
  type Statement,
} from "./syntax.ts";

/** A JavaScript module of the workspace, as code without `import` and `export`. Nothing has run. */
export interface CompiledModule {
  /**
   * Source of an async function of two parameters: the gate, as cells have it, and a function that is told, before
   * anything else runs, what the module exports: a getter for each name, and the specifiers behind each `export *`.
   * Line n of the module is line n + bodyLineOffset of it, with the same columns.
   */
  readonly body: string;
  /** other files of the workspace that it imports, as written, with what it says they are (`json`) */
  readonly imports: readonly LocalImport[];
}

/** One import of a file of the workspace. */
export interface LocalImport {
  readonly specifier: string;
  /** the `type` attribute; null where the file is a module */
  readonly type: string | null;
  /** offset of the specifier in the text */
  readonly start: number;
  /** `import("./x.js")`, which runs only where the module comes to it */
  readonly dynamic: boolean;
}

/** What the exports of a module are told with; `stars` are namespaces. */
export type ExportNames = (
  names: Readonly<Record<string, () => unknown>>,
  stars: readonly Promise<Readonly<Record<string, unknown>>>[],
) => void;

const tell = "__export";
const anonymous = "$default";

/** Compiles the text of a module. Throws `SourceError` where it cannot be parsed. */
export function compileModule(text: string): CompiledModule {
  const program = parseProgram(text);
  const analysis = analyseModule(program);
  const { edits, statement } = rewriteImports(text, analysis, resolveBundledImport);
  const exported = program.body.flatMap((node) => readExport(text, node));
  const getters = exported.flatMap(({ names }) =>
    names.map(([name, value]) => `[${JSON.stringify(name)}]: () => ${value}`),
  );
  const stars = exported.flatMap((one) => one.stars);
  const sources = exported.flatMap((one) => one.bindings);
  const head =
    `async function (${argumentName("@import")}, ${tell}) { ${tell}({${getters.join(", ")}}, [${stars.join(", ")}]);` +
    `${sources.join("")}${statement}`;
  const inside = applyEdits(text, [...edits, ...exported.flatMap((one) => one.edits)]);
  return { body: `${head}\n${inside}\n}`, imports: localImports(program, analysis) };
}

/** The files of the workspace that a module imports; none where the text cannot be parsed. */
export function moduleImports(text: string): readonly LocalImport[] {
  try {
    const program = parseProgram(text);
    return localImports(program, analyseModule(program));
  } catch {
    return [];
  }
}

/** What a program says besides `export`, which has no place in a cell and is left out by the walk. */
function analyseModule(program: Program): Analysis {
  return analyse(
    program.body.flatMap((node): readonly Node[] => {
      if (node.type === "ExportDefaultDeclaration") return [node.declaration];
      if (node.type === "ExportNamedDeclaration") return node.declaration ? [node.declaration] : [];
      return [node];
    }),
  );
}

interface Exported {
  /** name outside → expression inside */
  readonly names: readonly (readonly [string, string])[];
  readonly stars: readonly string[];
  /** statements for the first line */
  readonly bindings: readonly string[];
  readonly edits: readonly Edit[];
}

const nothing: Exported = { names: [], stars: [], bindings: [], edits: [] };

function readExport(text: string, node: Statement | ModuleDeclaration): Exported {
  if (node.type === "ExportAllDeclaration") return readAll(text, node);
  if (node.type === "ExportNamedDeclaration") return readNamed(text, node);
  return node.type === "ExportDefaultDeclaration" ? readDefault(text, node) : nothing;
}

function readAll(text: string, node: ExportAllDeclaration): Exported {
  const edits = [remove(text, node)];
  const whole = renderImported(node.source, node.attributes, resolveBundledImport, null);
  if (!node.exported) return { ...nothing, stars: [whole], edits };
  const name = `$star_${node.start}`;
  return { ...nothing, names: [[nameOf(node.exported), name]], bindings: [` const ${name} = await ${whole};`], edits };
}

function readNamed(text: string, node: ExportNamedDeclaration): Exported {
  if (node.declaration) {
    const names = declaredBy(node.declaration).map((name) => [name, name] as const);
    return { ...nothing, names, edits: [erase(text, node.start, node.declaration.start)] };
  }
  const edits = [remove(text, node)];
  const pairs = node.specifiers.map(({ local, exported }) => [nameOf(exported), nameOf(local)] as const);
  if (!node.source) return { ...nothing, names: pairs, edits };
  const from = `$from_${node.start}`;
  const needed = pairs.map(([, there]) => there);
  const whole = renderImported(node.source, node.attributes, resolveBundledImport, needed);
  return {
    ...nothing,
    names: pairs.map(([outside, there]) => [outside, `${from}[${JSON.stringify(there)}]`]),
    bindings: [` const ${from} = await ${whole};`],
    edits,
  };
}

function readDefault(text: string, { declaration, start }: ExportDefaultDeclaration): Exported {
  const named = (name: string, edit: Edit): Exported => ({ ...nothing, names: [["default", name]], edits: [edit] });
  const replace = (end: number, replacement: string): Exported =>
    named(anonymous, { start, end, text: fit(replacement, text.slice(start, end)) });
  if (declaration.type !== "FunctionDeclaration" && declaration.type !== "ClassDeclaration")
    return replace(declaration.start, `const ${anonymous}=`);
  if (declaration.id) return named(declaration.id.name, erase(text, start, declaration.start));
  // a function is there before the module's first line: it gets a name, in the room of `export default`
  const end = headEnd(text, declaration);
  return replace(end, `${text.slice(declaration.start, end).trimEnd()} ${anonymous}`);
}

/** Takes a statement out; a semicolon stands in its place, since the lines around it may not be one statement. */
function remove(text: string, { start, end }: Node): Edit {
  return { start, end, text: `;${blank(text.slice(start + 1, end))}` };
}

function erase(text: string, start: number, end: number): Edit {
  return { start, end, text: blank(text.slice(start, end)) };
}

/** Where `async function *` or `class` of an anonymous declaration ends. */
function headEnd(text: string, node: Node): number {
  const head = /^(?:class|(?:async\s+)?function\s*\*?)\s*/.exec(text.slice(node.start));
  return node.start + (head?.[0].length ?? 0);
}

/** A replacement with the line breaks of what it replaces, and where it is short enough its length. */
function fit(replacement: string, replaced: string): string {
  const lines = replaced.split("\n");
  if (lines.length === 1) return replacement.padEnd(replaced.length);
  return `${replacement}${"\n".repeat(lines.length - 1)}${" ".repeat(lines.at(-1)?.length ?? 0)}`;
}

function declaredBy(declaration: NonNullable<ExportNamedDeclaration["declaration"]>): readonly string[] {
  if (declaration.type === "VariableDeclaration")
    return declaration.declarations.flatMap(({ id }) => boundNames(id).map(({ name }) => name));
  return [declaration.id.name];
}

function nameOf(
  node: { readonly type: "Identifier"; readonly name: string } | { readonly type: "Literal"; readonly value?: unknown },
): string {
  return node.type === "Identifier" ? node.name : String(node.value);
}

function localImports(program: Program, { dynamicImports }: Analysis): readonly LocalImport[] {
  const found: LocalImport[] = [];
  for (const node of program.body) {
    const from =
      node.type === "ImportDeclaration" ||
      node.type === "ExportAllDeclaration" ||
      node.type === "ExportNamedDeclaration"
        ? node
        : null;
    if (!from?.source) continue;
    const type = from.attributes.find(({ key }) => nameOf(key) === "type")?.value.value;
    found.push({
      specifier: String(from.source.value),
      type: typeof type === "string" ? type : null,
      start: from.source.start,
      dynamic: false,
    });
  }
  for (const { source } of dynamicImports) {
    const specifier = staticString(source);
    if (specifier !== null)
      found.push({ specifier, type: /\.json$/.test(specifier) ? "json" : null, start: source.start, dynamic: true });
  }
  return found.filter(({ specifier }) => isLocalModule(specifier));
}
