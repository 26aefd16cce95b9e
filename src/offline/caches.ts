/** Answers of the API, the last of each address. */
export const apiCache = "cellar-api";
/** Files of the lake, by version. */
export const lakeCache = "cellar-lake";

/** What the page tells the service worker. */
export type WorkerMessage =
  /** end the wait: the reader wants the newer build */
  { readonly type: "take-over" };
