import { AppError } from "../errors.ts";
import { didYouMean } from "../model/nearest.ts";
import { quote } from "../model/quote.ts";

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
    `${quote(name)} is no time zone; ${suggestion(name)}write an IANA name, as Europe/Berlin or UTC`,
  );
}

/** The zone of a city that is named alone, or one that is spelt nearly so. */
function suggestion(name: string): string {
  const zones = Intl.supportedValuesOf("timeZone");
  const city = zones.find((zone) => name !== "" && zone.toLowerCase().endsWith(`/${name.toLowerCase()}`));
  return city === undefined ? didYouMean(name, zones) : `did you mean ${city}? `;
}
