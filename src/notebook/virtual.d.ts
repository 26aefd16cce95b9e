declare module "virtual:cellar-libraries" {
  /** library name → address of its script */
  export const libraries: Readonly<Record<string, string>>;
}

/** `entities/decode` as parse5 has it; under that name the page has a stand-in, `late/entities.ts`. */
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
