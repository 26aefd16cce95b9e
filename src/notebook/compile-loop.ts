import type { Notebook } from "../../cells/model/notebook.ts";
import { fetchNeeded } from "./late/needed.ts";
import { MissingPart } from "./late/part.ts";
import type { Program } from "./program.ts";

/** While the reader types, the text is compiled this often: for underlines, completion and what depends on a cell. */
const compileMs = 120;

export interface CompileLoopOptions {
  readonly program: Program;
  /** the program is compiled anew */
  readonly onCompiled: () => void;
  /** what compiles a cell could not be fetched */
  readonly onProblem: (error: unknown) => void;
}

/** Keeps a program compiled: a while after the last time where the reader types, at once where anything else happens. */
export class CompileLoop {
  readonly #options: CompileLoopOptions;
  #notebook: Notebook | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(options: CompileLoopOptions) {
    this.#options = options;
  }

  /** Takes in the text as it now is; new cells may `wait` until they are run. */
  take(notebook: Notebook, wait: boolean): void {
    this.#notebook = notebook;
    const { isTyping } = this.#options.program.take(notebook, wait);
    if (isTyping) this.#timer ??= setTimeout(() => this.#compile(), compileMs);
    else this.#compile();
  }

  /** The text of these cells, or of all for null, is what runs from now on. */
  commit(cells: Iterable<number> | null): void {
    this.#options.program.commit(cells);
    this.#compile();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #compile(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#closed) return;
    const { program, onCompiled, onProblem } = this.#options;
    const fetching = this.#notebook && fetchNeeded(this.#notebook);
    const again = (): void => this.#compile();
    if (fetching !== null) return void fetching.then(again, onProblem);
    try {
      program.compile();
    } catch (error) {
      if (!(error instanceof MissingPart) || error.part.isHere) throw error;
      return void error.part.fetch().then(again, onProblem);
    }
    onCompiled();
  }
}
