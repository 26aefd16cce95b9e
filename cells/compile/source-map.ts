/** A token of a generated line: the column it stands in, and its column in the original line of the same number. */
export interface Mapping {
  readonly column: number;
  readonly original: number;
}

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/**
 * Reads the `mappings` of a source map (base 64 VLQ, https://tc39.es/ecma426/) with one source: the tokens of each line,
 * in order. Tokens that came from another line are left out.
 */
export function readMappings(mappings: string): readonly (readonly Mapping[])[] {
  let line = 0;
  let original = 0;
  const lines: Mapping[][] = [];
  for (const [index, text] of mappings.split(";").entries()) {
    let column = 0;
    const tokens: Mapping[] = [];
    for (const segment of text === "" ? [] : text.split(",")) {
      const [moved = 0, , down = 0, across = 0] = readNumbers(segment);
      column += moved;
      line += down;
      original += across;
      if (line === index) tokens.push({ column, original });
    }
    lines.push(tokens);
  }
  return lines;
}

function readNumbers(segment: string): readonly number[] {
  const numbers: number[] = [];
  let value = 0;
  let shift = 0;
  for (const character of segment) {
    const digit = digits.indexOf(character);
    value += (digit & 31) << shift;
    if (digit & 32) shift += 5;
    else {
      numbers.push(value & 1 ? -(value >> 1) : value >> 1);
      value = 0;
      shift = 0;
    }
  }
  return numbers;
}
