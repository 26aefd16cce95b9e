import { AppError } from "../errors.ts";
import { didYouMean } from "./nearest.ts";
import { quote } from "./quote.ts";

/** The error where no asset has a key, with the nearest that one has. */
export function unknownAsset(key: string, keys: Iterable<string>): AppError {
  const close = didYouMean(key, [...keys]);
  return new AppError("asset_not_found", `no asset has the key ${key}; ${close}cellar list shows those there are`, {
    data: { asset: key },
  });
}

/** The error where a selection takes no asset: of a lone key, with the nearest that there is. */
export function nothingSelected(selection: string, keys: Iterable<string>): AppError {
  const close = didYouMean(selection.trim(), [...keys]);
  return new AppError(
    "usage",
    `nothing is selected by ${quote(selection)}; ${close}cellar list shows the keys there are`,
  );
}
