import { isLocalModule, isRemote } from "./imports.ts";
import { staticString } from "./literals.ts";
import type { Analysis } from "./scope.ts";

/** Names and members whose value differs from run to run, or comes from the network. */
const volatileGlobals = new Set(["fetch", "WebSocket", "Worker"]);
const volatileReferences = new Set(["now", "resource", "DatabaseClient", "XMLHttpRequest", "EventSource"]);
const volatileMembers = new Set([
  "Math.random",
  "Date.now",
  "performance.now",
  "performance.timeOrigin",
  "crypto.randomUUID",
  "crypto.getRandomValues",
  "Generators.now",
  "Temporal.Now",
  "window.fetch",
  "globalThis.fetch",
]);

/** Why the result of a cell may differ from run to run, as the author wrote it; empty where it may not. */
export function findVolatile(analysis: Analysis, resolve: (specifier: string) => string): readonly string[] {
  const reasons = new Set<string>();
  const free = new Set<unknown>([...analysis.references, ...analysis.globals]);
  const isDate = (callee: { readonly type: string }): boolean =>
    free.has(callee) && "name" in callee && callee.name === "Date";

  for (const { name } of analysis.references) if (volatileReferences.has(name)) reasons.add(name);
  for (const { name } of analysis.globals) if (volatileGlobals.has(name)) reasons.add(name);
  for (const { object, property, computed } of analysis.members) {
    if (object.type !== "Identifier" || !free.has(object)) continue;
    const key = property.type === "Identifier" && !computed ? property.name : staticString(property);
    const member = `${object.name}.${key}`;
    if (volatileMembers.has(member)) reasons.add(member);
  }
  for (const { callee, arguments: given } of analysis.constructions)
    if (given.length === 0 && isDate(callee)) reasons.add("new Date()");
  for (const { callee } of analysis.calls) if (isDate(callee)) reasons.add("Date()");
  for (const { source } of analysis.imports)
    if (isRemote(resolve(String(source.value)))) reasons.add(`import "${String(source.value)}"`);
  for (const { source } of analysis.dynamicImports) {
    const specifier = staticString(source);
    // a file of the workspace has a version
    if (specifier === null || !isLocalModule(specifier))
      reasons.add(`import(${specifier === null ? "…" : JSON.stringify(specifier)})`);
  }
  return [...reasons];
}
