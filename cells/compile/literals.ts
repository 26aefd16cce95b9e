import type { Expression, PrivateIdentifier, SpreadElement } from "./syntax.ts";

/** The string that an expression is, whatever happens: a literal, a template of such, a sum of such. Else null. */
export function staticString(node: Expression | SpreadElement | PrivateIdentifier): string | null {
  if (node.type === "Literal") return typeof node.value === "string" ? node.value : null;
  if (node.type === "ParenthesizedExpression") return staticString(node.expression);
  if (node.type === "BinaryExpression")
    return node.operator === "+" ? concat([staticString(node.left), staticString(node.right)]) : null;
  if (node.type !== "TemplateLiteral") return null;
  return concat(
    node.quasis.flatMap((quasi, i) => {
      const expression = node.expressions[i];
      return [quasi.value.cooked ?? null, ...(expression ? [staticString(expression)] : [])];
    }),
  );
}

function concat(parts: readonly (string | null)[]): string | null {
  return parts.includes(null) ? null : parts.join("");
}
