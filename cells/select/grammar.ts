/**
 * The selection language: text → `parse.ts` → Selection → `evaluate.ts` → assets. Dagster's grammar (AssetSelection.g4),
 * where a bare word is a key, `tag:foo` means "has the tag", and with `-`, `file:`, `changed:`, `key:/re/` added.
 *
 *     expr  := and (("or" | "OR") and)*
 *     and   := minus (("and" | "AND") minus)*
 *     minus := not ("-" not)*
 *     not   := ("not" | "NOT") not | trav
 *     trav  := "*" | [[N] "+"] prim ["+" [N]]
 *     prim  := attr | ("sinks" | "roots") "(" expr ")" | "(" expr ")"
 *     attr  := word | string | "key:" "/" regex "/" | NAME ":" value ["=" value]
 *     value := word | string | "<null>"
 */
export type Selection =
  | { readonly type: "all" }
  /** keys like the pattern, in which `*` stands for any text; without `/` it is also held against the name alone */
  | { readonly type: "key"; readonly pattern: string }
  /** keys in which the regular expression is found */
  | { readonly type: "regex"; readonly source: string }
  /** files like the pattern */
  | { readonly type: "file"; readonly pattern: string }
  /** `name` null: has no tag; `value` null: has the tag, whatever its value */
  | { readonly type: "tag"; readonly name: string | null; readonly value: string | null }
  | { readonly type: "column_tag"; readonly name: string | null; readonly value: string | null }
  /** `value` null: has none */
  | { readonly type: "attribute"; readonly name: AttributeName; readonly value: string | null }
  | { readonly type: "is"; readonly value: IsValue }
  | { readonly type: "not_materialized_in_hours"; readonly hours: number }
  /** the members of `of` from the first to the last: all of them, any of them, the first without the others */
  | { readonly type: "and" | "or" | "minus"; readonly of: readonly Selection[] }
  | { readonly type: "not" | "roots" | "sinks"; readonly of: Selection }
  /** with what is above and below, so many layers or (`Infinity`) all; null: not that way */
  | { readonly type: "traverse"; readonly of: Selection; readonly up: number | null; readonly down: number | null };

/** Attributes that are compared with one word. */
export const attributeNames = [
  "owner",
  "group",
  "kind",
  "status",
  "column",
  "table_name",
  "notebook",
  "code_location",
  "changed_in_branch",
  "changed",
  "partitions",
  "automation_type",
  "sensor",
  "schedule",
  "job",
] as const;
export type AttributeName = (typeof attributeNames)[number];

/** What `is:` may ask. */
export const isValues = [
  "virtual",
  "materialized",
  "fresh",
  "stale",
  "missing",
  "failed",
  "changed",
  "external",
  "materializable",
] as const;
export type IsValue = (typeof isValues)[number];

/** Words before a colon that are not in `attributeNames`. */
const otherAttributes = ["key", "file", "tag", "column_tag", "is", "not_materialized_in_hours"] as const;
/** Every word that may stand before a colon, the usual ones first. */
export const knownAttributes: readonly string[] = [...otherAttributes, ...attributeNames];

/** Words that mean something else than a key, so that a key of that name is written `key:owner` or `"and"`. */
export const reservedWords: ReadonlySet<string> = new Set([
  ...attributeNames,
  ...otherAttributes,
  ...["and", "AND", "or", "OR", "not", "NOT", "roots", "sinks"],
]);

/** Operators, which stand for themselves even as a value: as a value they are quoted. */
export const operatorWords: ReadonlySet<string> = new Set(["and", "AND", "or", "OR", "not", "NOT"]);

/** What may stand without quotes; Dagster's words, and letters of other alphabets, `.`, `-`, `$`, and `*` in patterns. */
export const wordPattern = /(?:[\p{ID_Start}_$*]|\d+[\p{ID_Start}_$*/.-])[\p{ID_Continue}$*/.-]*/uy;

/** A text of more characters than this is refused. */
export const maxLength = 65_536;
/** Parentheses, functions and `not` may nest this deep: each costs a stack frame in whoever walks the tree. */
export const maxNesting = 200;
