/** Text of a JSON column. */
export function toJson(value: unknown): string {
  return JSON.stringify(value);
}

/** Value of a JSON column that this program wrote: its type is what was written there. */
export function parseJson<T>(text: string): T {
  return JSON.parse(text) as T;
}

/** Like `parseJson`, for a column that may be empty. */
export function parseNullableJson<T>(text: string | null): T | null {
  return text === null ? null : parseJson<T>(text);
}

/** Parts of at most `size`, so that a statement stays under the databases' limits of bound values. */
export function* chunks<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let i = 0; i < items.length; i += size) yield items.slice(i, i + size);
}
