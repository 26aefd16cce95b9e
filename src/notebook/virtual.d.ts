declare module "virtual:cellar-libraries" {
  /** library name → address of its script */
  export const libraries: Readonly<Record<string, string>>;
}

declare module "cellar:sucrase" {
  export { getFormattedTokens, transform } from "sucrase";
}
