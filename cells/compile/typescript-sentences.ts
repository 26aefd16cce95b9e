/**
 * What the TypeScript compiler would say about an error at this offset, where that can be told from what stands before
 * it; else null. The stripper's own sentences name no cause.
 */
export function typescriptSentence(source: string, offset: number, message: string): string | null {
  const before = withoutLiterals(source.slice(0, offset)).trimEnd();
  const rest = withoutLiterals(source.slice(offset)).trim();
  const open = openBrackets(before).at(-1);
  if (rest === "" && open !== undefined) return `'${open}' expected.`;
  if (/(\bas|\bsatisfies|[\w$\])?!]\s*:)$/.test(before) && !/\?[^:]*:$/.test(before)) return "Type expected.";
  if (/([=+\-*/%&|^<>!~?:,(]|\b(return|await|typeof|void|delete|new|in|of))$/.test(before))
    return "Expression expected.";
  return message.endsWith('expected ";"') ? "Unexpected keyword or identifier." : null;
}

const closers: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

/** The closing brackets that a text still owes, the innermost last. */
function openBrackets(text: string): readonly string[] {
  const owed: string[] = [];
  for (const character of text) {
    const closer = closers[character];
    if (closer !== undefined) owed.push(closer);
    else if (character === owed.at(-1)) owed.pop();
  }
  return owed;
}

function withoutLiterals(text: string): string {
  return text.replace(
    /\/\/[^\n]*|\/\*[^]*?\*\/|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\[^])*`/g,
    (literal) => (literal.startsWith("/") ? " " : '""'),
  );
}
