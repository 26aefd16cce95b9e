/** A typed value that a cell, or a check, tells of its result. */
export type MetadataValue =
  | { readonly type: "number"; readonly value: number }
  | { readonly type: "text"; readonly value: string }
  | { readonly type: "markdown"; readonly value: string }
  | { readonly type: "url"; readonly value: string }
  | { readonly type: "json"; readonly value: unknown }
  | {
      readonly type: "table";
      readonly columns: readonly string[];
      readonly rows: readonly (readonly (string | number | boolean | null)[])[];
    }
  /** a `data:` URL of a picture */
  | { readonly type: "image"; readonly value: string };

export type Metadata = Readonly<Record<string, MetadataValue>>;
