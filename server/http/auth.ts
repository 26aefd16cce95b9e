import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { open, readFile } from "node:fs/promises";
import { AppError } from "../../cells/errors.ts";
import type { Clock } from "../clock.ts";
import type { Share, Store } from "../store/store.ts";

/** Who asks. */
export type Principal = { readonly type: "owner" } | { readonly type: "share"; readonly share: Share };

const codeLifeMs = 10 * 60_000;
// wrong guesses a minute before all further wrong ones are answered 429; the right token is never locked out
const guessesPerMinute = 60;

/** A fresh secret of 256 bits, as URL-safe text. */
export function newSecret(): string {
  return randomBytes(32).toString("base64url");
}

/** What is stored of a secret. */
export function hashSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** The session token of a workspace, from a file that only its owner may read; made at first use. */
export async function sessionToken(file: string): Promise<string> {
  const known = await readFile(file, "utf8").catch(() => null);
  if (known !== null && /^[\w-]{43}$/.test(known.trim())) return known.trim();
  const token = newSecret();
  const handle = await open(file, "w", 0o600);
  try {
    await handle.chmod(0o600);
    await handle.writeFile(token);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return token;
}

/** Decides who asks: one session token for the owner, got by one-time codes; share tokens for others. */
export class Auth {
  readonly #tokenHash: Buffer;
  readonly #token: string;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #codes = new Map<string, number>();
  #wrong: number[] = [];

  constructor(token: string, store: Store, clock: Clock) {
    this.#token = token;
    this.#tokenHash = Buffer.from(hashSecret(token), "hex");
    this.#store = store;
    this.#clock = clock;
  }

  /** A code that logs in once, within ten minutes. */
  issueCode(): string {
    const code = newSecret();
    this.#codes.set(hashSecret(code), this.#clock.now() + codeLifeMs);
    return code;
  }

  /** The session token for a code. Throws `unauthorized`. */
  login(code: string): string {
    const hash = hashSecret(code);
    const until = this.#codes.get(hash);
    this.#codes.delete(hash);
    if (until === undefined || until < this.#clock.now()) {
      this.#miss();
      throw new AppError(
        "unauthorized",
        "this login link was used before or is too old; run cellar login (or start the server again) for a new one",
      );
    }
    return this.#token;
  }

  /** Who a request's `Authorization` header says is asking. Throws `unauthorized`. */
  async identify(header: string | undefined): Promise<Principal> {
    const secret = /^Bearer ([\w-]{20,200})$/.exec(header ?? "")?.[1];
    if (secret === undefined)
      throw new AppError("unauthorized", "log in first: open the login link that the server printed");
    if (timingSafeEqual(Buffer.from(hashSecret(secret), "hex"), this.#tokenHash)) return { type: "owner" };
    const share = await this.#store.shareByTokenHash(hashSecret(secret));
    if (share !== null && share.revokedAt === null && (share.expiresAt === null || share.expiresAt > this.#clock.now()))
      return { type: "share", share };
    this.#miss();
    throw new AppError("unauthorized", "the token is not valid, or no longer: log in again, or ask for a new link");
  }

  #miss(): void {
    const now = this.#clock.now();
    this.#wrong = this.#wrong.filter((at) => at > now - 60_000);
    this.#wrong.push(now);
    if (this.#wrong.length > guessesPerMinute)
      throw new AppError("forbidden", "too many wrong tokens in the last minute; wait a minute", {
        data: { status: 429 },
      });
  }
}
