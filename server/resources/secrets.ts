import { createCipheriv, createDecipheriv, randomBytes, scrypt } from "node:crypto";
import { chmod, mkdir, readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { AppError } from "../../cells/errors.ts";
import { writeWhole } from "../workspace/write-whole.ts";

/** Where secrets come from, by name. Their values never leave the server but to what they are for. */
export interface SecretSource {
  /** Null where nobody gave it. Throws `secret_unreadable`. */
  value(name: string): Promise<string | null>;
}

/** A secret that is there, without its value. */
export interface SecretName {
  readonly name: string;
  readonly from: "environment" | "file";
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** A shorter one cannot be told from other text, so that it could not be kept out of messages. */
const shortestSecret = 8;
const longestSecret = 65_536;
const prefix = "CELLAR_SECRET_";
const keyVariable = `${prefix}KEY`;
const algorithm = "aes-256-gcm";
/** 60 ms and 32 MB. The key file has 256 random bits; who sets a phrase in its place chooses a long one. */
const cost = { N: 2 ** 15, r: 8, p: 1, maxmem: 128 * 2 ** 20 };

export function isSecretName(name: string): boolean {
  return /^[A-Z][A-Z0-9_]{0,63}$/.test(name);
}

/** Throws `usage` for a value that could not be kept or protected. */
export function checkSecret(name: string, value: string): void {
  if (!isSecretName(name))
    throw new AppError("usage", `not a name of a secret: ${JSON.stringify(name)}; use capital letters, digits and _`);
  if (prefix + name === keyVariable)
    throw new AppError("usage", "KEY is the name of the key itself, CELLAR_SECRET_KEY; choose another");
  if (value.length < shortestSecret || value.length > longestSecret)
    throw new AppError(
      "usage",
      `the value of ${name} has ${value.length} characters; it needs ${shortestSecret} to ${longestSecret}, since a shorter one could not be found and kept out of messages`,
    );
}

/**
 * The secrets of a workspace: `CELLAR_SECRET_NAME` of the environment, and behind it an encrypted file (AES-256-GCM, its key by scrypt
 * from `CELLAR_SECRET_KEY`, or from a key file of this user's, outside the workspace, made at first use).
 */
export class Secrets implements SecretSource {
  readonly #file: string;
  readonly #environment: Environment;
  #known: { readonly stamp: string; readonly values: ReadonlyMap<string, string> } | null = null;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(home: string, environment: Environment = process.env) {
    this.#file = join(home, "secrets.json");
    this.#environment = environment;
  }

  async value(name: string): Promise<string | null> {
    if (prefix + name === keyVariable) return null;
    return this.#environment[prefix + name] ?? (await this.#read()).get(name) ?? null;
  }

  async list(): Promise<readonly SecretName[]> {
    const own = Object.keys(this.#environment).filter(
      (key) => key.startsWith(prefix) && key !== keyVariable && isSecretName(key.slice(prefix.length)),
    );
    const given = own.map((key): SecretName => ({ name: key.slice(prefix.length), from: "environment" }));
    const kept = Array.from((await this.#read()).keys(), (name): SecretName => ({ name, from: "file" }));
    return [...given, ...kept.filter(({ name }) => !given.some((other) => other.name === name))].sort((a, b) =>
      a.name < b.name ? -1 : 1,
    );
  }

  /** Keeps a secret in the file. Throws `usage`, `secret_unreadable`, `storage_full`, `storage_failed`. */
  async set(name: string, value: string): Promise<void> {
    checkSecret(name, value);
    await this.#change((values) => values.set(name, value));
  }

  /** Whether it was in the file. */
  async remove(name: string): Promise<boolean> {
    let was = false;
    await this.#change((values) => (was = values.delete(name)));
    return was;
  }

  #change(change: (values: Map<string, string>) => unknown): Promise<void> {
    const changed = this.#writing.then(async () => {
      const values = new Map(await this.#read());
      change(values);
      await mkdir(dirname(this.#file), { recursive: true, mode: 0o700 });
      await writeWhole(this.#file, await this.#encrypt(values), undefined, 0o600);
      this.#known = null;
    });
    this.#writing = changed.catch(() => undefined);
    return changed;
  }

  async #read(): Promise<ReadonlyMap<string, string>> {
    const found = await stat(this.#file).catch(() => null);
    if (found === null) return new Map();
    const stamp = `${found.ino} ${found.mtimeMs} ${found.size}`;
    if (this.#known?.stamp === stamp) return this.#known.values;
    const values = await this.#decrypt(await readFile(this.#file, "utf8"));
    this.#known = { stamp, values };
    return values;
  }

  async #encrypt(values: ReadonlyMap<string, string>): Promise<string> {
    const salt = randomBytes(16);
    const iv = randomBytes(12);
    const cipher = createCipheriv(algorithm, await this.#key(salt, true), iv).setAAD(Buffer.from(header));
    const text = JSON.stringify(Object.fromEntries(values));
    const data = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
    const [saltText, ivText, tag, dataText] = [salt, iv, cipher.getAuthTag(), data].map((part) =>
      part.toString("base64"),
    );
    return `${JSON.stringify({ format: header, salt: saltText, iv: ivText, tag, data: dataText })}\n`;
  }

  async #decrypt(text: string): Promise<ReadonlyMap<string, string>> {
    const parts = readParts(text);
    const key = parts === null ? null : await this.#key(parts.salt, false);
    try {
      if (parts === null || key === null) throw unreadable("it is damaged");
      const decipher = createDecipheriv(algorithm, key, parts.iv).setAAD(Buffer.from(header)).setAuthTag(parts.tag);
      const values: unknown = JSON.parse(
        Buffer.concat([decipher.update(parts.data), decipher.final()]).toString("utf8"),
      );
      return new Map(Object.entries(Object(values)).map(([name, value]) => [name, String(value)]));
    } catch (error) {
      throw error instanceof AppError ? error : unreadable("its key is another, or it was changed");
    }
  }

  /** A fresh salt a write, so that a key is used for one text. */
  async #key(salt: Buffer, mayMake: boolean): Promise<Buffer> {
    const phrase = this.#environment[keyVariable] ?? (await this.#keyFile(mayMake));
    return new Promise((resolve, reject) =>
      scrypt(phrase, salt, 32, cost, (error, key) => (error ? reject(error) : resolve(key))),
    );
  }

  async #keyFile(mayMake: boolean): Promise<string> {
    const folder = this.#environment["XDG_CONFIG_HOME"] ?? join(this.#environment["HOME"] ?? homedir(), ".config");
    const file = join(folder, "cellar/secret.key");
    const known = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return null;
      throw unreadable(`the key file of this user cannot be read (${error.code ?? "unknown"})`);
    });
    if (known !== null && known.trim().length >= 32) return known.trim();
    if (!mayMake) throw unreadable("this user has no key file, and CELLAR_SECRET_KEY is not set");
    const made = randomBytes(32).toString("base64url");
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeWhole(file, `${made}\n`, undefined, 0o600);
    await chmod(file, 0o600);
    return made;
  }
}

const header = "cellar-secrets-1";

function unreadable(why: string): AppError {
  return new AppError(
    "secret_unreadable",
    `the file of secrets of this workspace cannot be read: ${why}; start Cellar with the key that it was written with, or remove .cellar/secrets.json and set the secrets again`,
  );
}

interface Parts {
  readonly salt: Buffer;
  readonly iv: Buffer;
  readonly tag: Buffer;
  readonly data: Buffer;
}

function readParts(text: string): Parts | null {
  try {
    const parsed: unknown = JSON.parse(text);
    const part = (name: string): Buffer => Buffer.from(String(Reflect.get(Object(parsed), name)), "base64");
    const parts = { salt: part("salt"), iv: part("iv"), tag: part("tag"), data: part("data") };
    const isWhole = parts.salt.length === 16 && parts.iv.length === 12 && parts.tag.length === 16;
    return Reflect.get(Object(parsed), "format") === header && isWhole ? parts : null;
  } catch {
    return null;
  }
}
