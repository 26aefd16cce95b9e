import type { EntityDecoder, HtmlEntityDecoder as Decoder } from "cellar:entities";
import { LatePart } from "./part.ts";

/**
 * Stands in for the package in the page (see vite.config.ts): 15 kB that parse5 needs once a `&` stands in a title or an
 * attribute. In the source of a cell it means itself.
 */
const entities = new LatePart("the table of HTML's characters", () => import("cellar:entities"));

/** As the package has it. */
export const DecodingMode = { Legacy: 0, Strict: 1, Attribute: 2 };

/** Decodes character references for parse5's tokenizer. Throws `MissingPart` at the first one before the table is here. */
export class HtmlEntityDecoder implements EntityDecoder {
  readonly #options: ConstructorParameters<typeof Decoder>;
  #real: EntityDecoder | null = null;

  constructor(...options: ConstructorParameters<typeof Decoder>) {
    this.#options = options;
  }

  startEntity(mode: number): void {
    this.#decoder().startEntity(mode);
  }

  write(text: string, offset: number): number {
    return this.#decoder().write(text, offset);
  }

  end(): number {
    return this.#decoder().end();
  }

  #decoder(): EntityDecoder {
    return (this.#real ??= new entities.value.HtmlEntityDecoder(...this.#options));
  }
}
