import { lstat, realpath } from "node:fs/promises";
import { isAbsolute, join, relative, sep } from "node:path";
import { AppError } from "../../cells/errors.ts";
import { hasControlCharacter } from "../../cells/model/control-character.ts";

// bidirectional overrides, and what Windows refuses
const forbidden = /[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\\:*?"<>|]/u;
const reserved = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i;

/**
 * Checks a name that came from outside: a relative path with `/`, in NFC, at most 200 bytes, that stays in the workspace and
 * is a legal name on every system. Returns it unchanged. Throws `path_invalid`.
 */
export function checkName(name: string): string {
  const refuse = (why: string) =>
    new AppError(
      "path_invalid",
      `not a usable path: ${JSON.stringify(name.slice(0, 200))} ${why}; use a relative path inside the workspace`,
    );
  if (name === "" || Buffer.byteLength(name) > 200) throw refuse("is empty or longer than 200 bytes");
  if (!name.isWellFormed() || name.normalize("NFC") !== name) throw refuse("is not in Unicode's normal form C");
  if (isAbsolute(name) || hasControlCharacter(name) || forbidden.test(name))
    throw refuse("is absolute or has a character that is not allowed");
  for (const part of name.split("/")) {
    if (part === "" || part === "." || part === "..") throw refuse("leaves the workspace or has an empty part");
    if (part.startsWith(".") || part.startsWith("~")) throw refuse("has a hidden part");
    if (/[. ]$/.test(part) || reserved.test(part)) throw refuse("has a part that some systems cannot store");
  }
  return name;
}

/**
 * The absolute path of a name in the workspace. Follows links and refuses those that lead out, by whole components.
 * The file itself need not exist. Throws `path_invalid`.
 */
export async function resolveName(root: string, name: string): Promise<string> {
  const target = join(root, checkName(name));
  const base = await realpath(root);
  let existing = target;
  for (;;) {
    const real = await realpath(existing).catch(() => null);
    if (real !== null) {
      if (!isInside(base, real))
        throw new AppError(
          "path_invalid",
          `not a usable path: ${JSON.stringify(name)} is a link that leads out of the workspace`,
        );
      return join(real, relative(existing, target));
    }
    // a link to nothing: nobody knows where it will lead
    if (await lstat(existing).catch(() => null))
      throw new AppError("path_invalid", `not a usable path: ${JSON.stringify(name)} is a link that leads nowhere`);
    existing = join(existing, "..");
  }
}

/** Whether `path` is `base` or below it, by whole components. */
export function isInside(base: string, path: string): boolean {
  const way = relative(base, path);
  return way === "" || (!way.startsWith(`..${sep}`) && way !== ".." && !isAbsolute(way));
}
