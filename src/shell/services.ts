import type { Api } from "../remote/api.ts";
import type { Connection } from "../remote/connection.ts";
import type { FeedMessage } from "../remote/event-feed.ts";
import type { Navigation } from "./navigation.ts";
import type { Theme } from "./theme.ts";

/** A short message at the foot of the page, with at most one thing to do about it. */
export interface Toast {
  readonly text: string;
  readonly tone: "plain" | "bad";
  readonly action?: { readonly label: string; readonly act: () => void };
}

/** What pages may do beyond drawing. Composed in `main.ts`. */
export interface Services {
  readonly api: Api;
  readonly navigation: Navigation;
  readonly theme: Theme;
  readonly feed: {
    readonly connection: Connection;
    subscribe(listener: (message: FeedMessage) => void): () => void;
    onConnection(listener: () => void): () => void;
    retry(): void;
  };
  /** the login of this browser; null: there is none */
  readonly token: () => string | null;
  readonly login: (code: string) => Promise<void>;
  readonly logout: () => void;
  /** Adds a data file to the workspace. Resolves to its name there. */
  readonly upload: (file: File, signal: AbortSignal) => Promise<string>;
  /** Gives the reader an answer of the API as a file. */
  readonly download: (response: Response, name: string) => Promise<void>;
  readonly toast: (toast: Toast) => void;
}
