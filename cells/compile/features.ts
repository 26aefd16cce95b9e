import type { Span } from "../model/diagnostic.ts";
import type { Name } from "./compiled-cell.ts";
import { groupNames, type Problem } from "./draft.ts";
import { isLocalModule } from "./imports.ts";
import { staticString } from "./literals.ts";
import type { Analysis } from "./scope.ts";
import type { CallExpression, MemberExpression } from "./syntax.ts";

/** What a cell reads besides names, as far as its text tells. */
export interface Features {
  readonly files: readonly Name[];
  readonly databases: readonly string[];
  readonly secrets: readonly string[];
  readonly assets: readonly Name[];
  readonly partitionNames: readonly Name[];
  readonly problems: readonly Problem[];
}

type Collection = "files" | "databases" | "secrets" | "assets";

/** Built-ins whose first argument names something outside, and must be a literal so that nothing need run to know it. */
const collectors: ReadonlyMap<string, Collection> = new Map([
  ["FileAttachment", "files"],
  ["DatabaseClient", "databases"],
  ["resource", "databases"],
  ["Secret", "secrets"],
  ["secret", "secrets"],
  ["asset", "assets"],
]);

/**
 * Reads the literal arguments of `FileAttachment`, `asset` and the like, and the modules of the workspace that are
 * imported. A name that the cell declares itself is ignored.
 */
export function findFeatures({ calls, references, members, imports, dynamicImports }: Analysis): Features {
  const found: Record<Collection, (Span & { readonly name: string })[]> = {
    files: [],
    databases: [],
    secrets: [],
    assets: [],
  };
  for (const { source } of [...imports, ...dynamicImports]) {
    const name = staticString(source);
    if (name !== null && isLocalModule(name)) found.files.push({ name, start: source.start, end: source.end });
  }
  const problems: Problem[] = [];
  const external = new Set<unknown>(references);
  for (const call of calls) {
    const callee = unwrap(call.callee);
    if (callee.type !== "Identifier" || !external.has(callee)) continue;
    const collection = collectors.get(callee.name);
    if (collection === undefined) continue;
    const argument = call.arguments[0];
    const name = argument ? staticString(argument) : null;
    if (argument && name !== null) found[collection].push({ name, start: argument.start, end: argument.end });
    else problems.push(dynamicProblem(callee.name, call));
  }
  return {
    files: groupNames(found.files),
    databases: [...new Set(found.databases.map(({ name }) => name))],
    secrets: [...new Set(found.secrets.map(({ name }) => name))],
    assets: groupNames(found.assets),
    partitionNames: groupNames(partitionNames(members, external)),
    problems,
  };
}

/** Members of the built-in `partition`, each with its place. Of a member's own only `start` and `end` count: a key is a text, and has others. */
function partitionNames(
  members: readonly MemberExpression[],
  external: ReadonlySet<unknown>,
): readonly (Span & { readonly name: string })[] {
  const names = new Map<unknown, string>();
  const spans = new Map<unknown, Span>();
  // outer members come first
  for (const member of members.toReversed()) {
    const { object, property, computed, start, end } = member;
    if (computed || property.type !== "Identifier") continue;
    const inner = names.get(object);
    if (object.type === "Identifier" && object.name === "partition" && external.has(object))
      names.set(member, property.name);
    else if (inner !== undefined && !inner.includes(".") && windowNames.has(property.name)) {
      names.set(member, `${inner}.${property.name}`);
      spans.delete(object);
    } else continue;
    spans.set(member, { start, end });
  }
  return [...spans].map(([member, span]) => ({ ...span, name: names.get(member) ?? "" })).toReversed();
}

const windowNames: ReadonlySet<string> = new Set(["start", "end"]);

function unwrap(node: CallExpression["callee"]): CallExpression["callee"] {
  return node.type === "ParenthesizedExpression" ? unwrap(node.expression) : node;
}

function dynamicProblem(name: string, { start, end }: Span): Problem {
  const span = { start, end };
  if (name !== "asset") return { severity: "error", message: `${name} requires a literal string argument`, span };
  const message = `asset(…) without a literal key is no edge of the graph; write asset("notebook/name") where the key is known`;
  return { severity: "warning", message, span };
}
