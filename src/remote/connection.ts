/** How this browser stands with the server. */
export type Connection =
  | { readonly type: "connecting" }
  | { readonly type: "online" }
  /** it does not answer; `reason` where something did, and wrongly */
  | { readonly type: "stopped"; readonly reason: string | null; readonly retryAt: number }
  /** the token is not valid, or no longer */
  | { readonly type: "refused" }
  /** the server is another version than this page: reload */
  | { readonly type: "outdated"; readonly server: string };

/** The connection in a word or two, and what it means. */
export function sayConnection(
  connection: Connection,
  hasNetwork: boolean,
): { readonly label: string; readonly meaning: string } {
  switch (connection.type) {
    case "connecting":
      return { label: "Connecting", meaning: "Asking the server for what has changed." };
    case "online":
      return { label: "Online", meaning: "Connected to the server; changes appear as they happen." };
    case "stopped":
      return hasNetwork || connection.reason !== null
        ? {
            label: "Server stopped",
            meaning:
              connection.reason ??
              "The server does not answer. You can go on working: edits are kept in this browser and saved when it is back.",
          }
        : {
            label: "Offline",
            meaning:
              "There is no network. You can go on working: edits are kept in this browser and saved when it is back.",
          };
    case "refused":
      return { label: "Logged out", meaning: "The server refuses this browser's login." };
    case "outdated":
      return { label: "New version", meaning: `The server is now version ${connection.server}; reload the page.` };
  }
}
