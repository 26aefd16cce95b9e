import { type ConfigProblem, readWorkspaceConfig, type WorkspaceConfig } from "./workspace-config.ts";

/** `cellar.json` as it is now: read again when it changes, so that what it says holds at once. */
export class LiveConfig {
  readonly #root: string;
  readonly #listeners = new Set<() => void>();
  #read: { readonly config: WorkspaceConfig; readonly problems: readonly ConfigProblem[] };

  private constructor(root: string, read: LiveConfig["now"]) {
    this.#root = root;
    this.#read = read;
  }

  static async open(root: string): Promise<LiveConfig> {
    return new LiveConfig(root, await readWorkspaceConfig(root));
  }

  get now(): { readonly config: WorkspaceConfig; readonly problems: readonly ConfigProblem[] } {
    return this.#read;
  }

  /** Reads the file again and tells listeners. Throws `config_invalid` where it cannot be read at all. */
  async reload(): Promise<void> {
    this.#read = await readWorkspaceConfig(this.#root);
    for (const listener of this.#listeners) listener();
  }

  /** Returns what unsubscribes. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
