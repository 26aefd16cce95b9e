/** Where a lineage is looked at: the graph's point in the middle of the view, and pixels for each of its units. */
export interface View {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

/** What the page shows. Everything that a reader would want to send to someone else is in here, and so in the address. */
export type Route =
  | { readonly type: "home" }
  /** `path` ends in `.html` */
  | { readonly type: "notebook"; readonly path: string; readonly cell: number | null }
  | {
      readonly type: "lineage";
      readonly select: string;
      /** a past run, or null for now */
      readonly run: string | null;
      /** id of a node, or null */
      readonly focus: string | null;
      /** null shows all of it */
      readonly view: View | null;
      readonly as: "graph" | "list";
    }
  | { readonly type: "runs"; readonly before: number | null }
  | { readonly type: "run"; readonly id: string; readonly step: string | null }
  | { readonly type: "asset"; readonly key: string; readonly partition: string | null }
  | { readonly type: "shares" }
  /** a link of someone else's; its token is no part of the state */
  | {
      readonly type: "shared";
      readonly focus: string | null;
      readonly view: View | null;
      readonly as: "graph" | "list";
    }
  | { readonly type: "invalid"; readonly url: string; readonly column: number; readonly problem: string };

/** The lineage of everything. */
export const allLineage = {
  type: "lineage",
  select: "",
  run: null,
  focus: null,
  view: null,
  as: "graph",
} as const satisfies Route;

/** The selection that takes one key and nothing else. */
export function selectKey(key: string): string {
  return /^[\p{ID_Start}_$][\p{ID_Continue}$/.]*$/u.test(key) ? key : `key:"${key.replace(/(["\\])/g, "\\$1")}"`;
}

/** The assets of a notebook, as a selection. */
export function selectNotebook(path: string): string {
  return `notebook:"${path.replace(/\.html$/, "").replace(/(["\\])/g, "\\$1")}"`;
}
