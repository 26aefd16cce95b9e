import { argumentName } from "./compiled-cell.ts";
import type { Problem } from "./draft.ts";
import { globalNames } from "./global-names.ts";
import type { Analysis } from "./scope.ts";

/**
 * What JavaScript would allow and a cell may not do: export, assign or define what is not its own. The sentences are
 * Observable's. `gates` are the inputs that imports add.
 */
export function findProblems(analysis: Analysis, gates: readonly string[] = []): readonly Problem[] {
  const { exports, references, globals, assigned, declarations, declared } = analysis;
  const problems: Problem[] = [];
  const complain = (message: string, { start, end }: { readonly start: number; readonly end: number }): void => {
    problems.push({ severity: "error", message, span: { start, end } });
  };

  for (const { start } of exports) complain("Unexpected token 'export'", { start, end: start + "export".length });
  const external = new Set(references);
  const global = new Set(globals);
  for (const node of assigned) {
    if (external.has(node)) complain(`Assignment to external variable '${node.name}'`, node);
    else if (global.has(node)) complain(`Assignment to global '${node.name}'`, node);
  }
  for (const node of declarations) {
    if (globalNames.has(node.name)) complain(`Global '${node.name}' cannot be redefined`, node);
  }
  // parameters that the compiler adds would mask the author's names
  const reserved = new Set(gates.map(argumentName));
  for (const node of references) if (reserved.has(node.name)) complain(`Identifier '${node.name}' is reserved`, node);
  for (const name of reserved)
    if (declared.has(name)) complain(`Identifier '${name}' is reserved`, { start: 0, end: 0 });
  return problems;
}
