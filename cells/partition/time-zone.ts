import { AppError } from "../errors.ts";

/** Reads the IANA name of a time zone, as `Europe/Berlin` or `UTC`. Throws `attribute_invalid`. */
export function parseTimeZone(text: string): string {
  const name = text.trim();
  if (/^[A-Za-z][\w+\-/]*$/.test(name)) {
    try {
      new Intl.DateTimeFormat("en", { timeZone: name });
      return name;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
  throw new AppError(
    "attribute_invalid",
    `${JSON.stringify(name)} is no time zone; write an IANA name, as Europe/Berlin or UTC`,
  );
}
