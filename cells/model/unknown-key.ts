import { AppError } from "../errors.ts";
import { didYouMean } from "./nearest.ts";

/** The error where no asset has a key, with the nearest that one has. */
export function unknownAsset(key: string, keys: Iterable<string>): AppError {
  const close = didYouMean(key, [...keys]);
  return new AppError("asset_not_found", `no asset has the key ${key}; ${close}cellar list shows those there are`, {
    data: { asset: key },
  });
}
