declare module "virtual:cellar-libraries" {
  /** library name → address of its script */
  export const libraries: Readonly<Record<string, string>>;
}
