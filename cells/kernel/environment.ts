import type { CompiledCell } from "../compile/compiled-cell.ts";
import type { CompiledModule } from "../compile/module.ts";
import type { LogLevel } from "../protocol/host.ts";

/** What a kernel gets from the place it runs in besides data: libraries, live built-ins, a sense of what is on screen. */
export interface KernelEnvironment {
  /**
   * Built-in libraries by the name that cells use (`Plot`, `d3`, `md`), loaded when a cell first reads the name. The
   * frame loads them from blobs of the shell, a Node child imports packages.
   */
  readonly libraries: Readonly<Record<string, () => unknown>>;
  /** Built-ins that differ by host (`width`, `dark`), each a function giving the value, a promise of it or a stream. */
  readonly builtins?: Readonly<Record<string, () => unknown>>;
  /** The compiler of the workspace's modules, loaded when a cell first imports one. Without it such an import fails. */
  readonly compileModule?: () => Promise<(text: string) => CompiledModule>;
  /** Called before code first runs, so that a headless host installs a DOM only for cells and modules that name it. */
  readonly prepare?: (code: Pick<CompiledCell, "body">) => Promise<void> | null;
  /** Resolves when the output of a cell is on screen. Without it every cell counts as visible. */
  readonly whenVisible?: (cell: number, signal: AbortSignal) => Promise<void>;
  /**
   * Where what a cell prints to its `console` is shown, asked once a definition of a cell. The host hears of it as text, of
   * all without this, and with it of the first thousand lines of a run.
   */
  readonly console?: (cell: number) => CellLog;
  /** how many queries of one kernel may run at once; 4 unless told */
  readonly queriesAtOnce?: number;
  /** the kernel's clock in milliseconds; `Date.now` unless told, since `performance.now` takes 0.1 µs of a cell's 1 µs */
  readonly now?: () => number;
  /** resolves when generators may advance; `nextFrame` unless told */
  readonly frame?: () => Promise<void>;
}

/** One call of a method of a cell's `console`, with its values as they are. */
export interface ConsoleCall {
  readonly level: LogLevel;
  readonly values: readonly unknown[];
  readonly as: "line" | "table";
  /** how many groups it stands in */
  readonly depth: number;
}

/** Shows what one cell prints. */
export interface CellLog {
  /** A run begins: what earlier ones printed goes with its first line, or soon. */
  begin(): void;
  print(call: ConsoleCall): void;
  clear(): void;
}

/** Where one cell's output goes. A headless host keeps nothing; the frame inserts DOM. */
export interface CellDisplay {
  /** Removes everything that the cell shows. */
  clear(): void;
  /** Shows one more value: a DOM node as it is, a `Relation` as a grid, anything else inspected, under `name` if any. */
  append(value: unknown, options: { readonly name: string | null }): void;
  /** Shows an error; `clear` came before. */
  error(error: unknown): void;
  /** The value of a check, whether or not it is shown; undefined where it has none any more. Told of checks alone. */
  said?(value: unknown): void;
}

/** Gives each cell its output place, asked once a cell. */
export type DisplayFactory = (cell: number) => CellDisplay;

/** A display that keeps nothing. */
export const noDisplay: DisplayFactory = () => ({ clear() {}, append() {}, error() {} });
