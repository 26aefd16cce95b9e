const key = "cellar-token";

/** The part of `localStorage` that a session needs. */
export interface TokenStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** The login of this browser: a bearer token of the server at this origin. */
export class Session {
  readonly #storage: TokenStorage | null;
  readonly #listeners = new Set<() => void>();
  #token: string | null;

  /** With null the token lives as long as the page. */
  constructor(storage: TokenStorage | null) {
    this.#storage = storage;
    this.#token = read(storage);
  }

  get token(): string | null {
    return this.#token;
  }

  /** Keeps a token, or forgets the one there is. */
  set(token: string | null): void {
    this.#token = token;
    try {
      if (token === null) this.#storage?.removeItem(key);
      else this.#storage?.setItem(key, token);
    } catch {
      // storage is full or closed to this page: the login then ends with the page
    }
    for (const listener of this.#listeners) listener();
  }

  /** Takes over what another tab stored. */
  reload(): void {
    const stored = read(this.#storage);
    if (stored === this.#token || this.#storage === null) return;
    this.#token = stored;
    for (const listener of this.#listeners) listener();
  }

  /** Calls `listener` on each change; returns what ends it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** The one-time code of a login link (`…/#login=CODE`), of its fragment, or of the code alone; null where there is none. */
export function loginCodeIn(text: string): string | null {
  const code = text.includes("#")
    ? /#login=([\w-]{20,200})$/.exec(text.trim())?.[1]
    : /^[\w-]{20,200}$/.exec(text.trim())?.[0];
  return code ?? null;
}

function read(storage: TokenStorage | null): string | null {
  try {
    const token = storage?.getItem(key) ?? null;
    return token !== null && /^[\w-]{20,200}$/.test(token) ? token : null;
  } catch {
    return null;
  }
}
