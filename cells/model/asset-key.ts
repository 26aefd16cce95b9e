import { AppError } from "../errors.ts";

/** `notebook/name`, with the notebook's path before it: `sales/orders`, `team/sales/orders`. */
export type AssetKey = string & { readonly __brand: "AssetKey" };

/** Makes and takes apart asset keys. The notebook's path has no `.html`. */
export const AssetKey = {
  /** The key of `name` in the notebook at `path` (with or without `.html`). */
  of(path: string, name: string): AssetKey {
    return `${path.replace(/\.html$/, "")}/${name}` as AssetKey;
  },
  /** Reads a key that a person or another program wrote. Throws `usage`. */
  parse(text: string): AssetKey {
    const slash = text.lastIndexOf("/");
    if (
      slash <= 0 ||
      slash === text.length - 1 ||
      text.split("/").some((part) => part === "" || part === "." || part === "..")
    )
      throw new AppError(
        "usage",
        `invalid asset key: ${JSON.stringify(text)}; write notebook/name, as in sales/orders`,
      );
    return text as AssetKey;
  },
  notebook: (key: AssetKey): string => key.slice(0, key.lastIndexOf("/")),
  name: (key: AssetKey): string => key.slice(key.lastIndexOf("/") + 1),
};
