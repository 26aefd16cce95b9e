declare module "virtual:cellar-libraries" {
  /** library name → address of its script */
  export const libraries: Readonly<Record<string, string>>;
}

// packages under names of their own, since the page has stand-ins for them in `late/`

declare module "cellar:sucrase" {
  export { getFormattedTokens, transform } from "sucrase";
}

declare module "cellar:classic-parser" {
  export { parseCell } from "@observablehq/parser";
}

declare module "cellar:entities" {
  export interface EntityDecoder {
    startEntity(mode: number): void;
    write(text: string, offset: number): number;
    end(): number;
  }
  /** Tells each code point with the number of characters that it stood for. */
  export const HtmlEntityDecoder: new (
    emit: (codePoint: number, consumed: number) => void,
    errors?: Readonly<Record<string, unknown>>,
  ) => EntityDecoder;
}
