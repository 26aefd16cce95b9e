import { AppError } from "../../cells/errors.ts";
import { observe } from "../../cells/builtins/generators.ts";
import type { CompiledModule } from "../../cells/compile/module.ts";
import type { KernelEnvironment } from "../../cells/kernel/environment.ts";
import type { DocumentTheme } from "../../cells/protocol/document.ts";
import type { Logs } from "./console/logs.ts";
import type { Libraries } from "./libraries.ts";
import type { Media } from "./media/media.ts";
import type { Outputs } from "./outputs.ts";

/** Listens for the theme of the document. */
export interface ThemeSource {
  readonly theme: DocumentTheme;
  onTheme(listener: () => void): () => void;
}

/** What the kernel in a frame gets besides data: libraries as blobs of the shell, the width and theme of the document. */
export function frameEnvironment(options: {
  readonly libraries: Libraries;
  readonly media: Media;
  readonly outputs: Outputs;
  readonly logs: Logs;
  readonly theme: ThemeSource;
}): KernelEnvironment {
  const { outputs, logs } = options;
  return {
    ...trialEnvironment(options),
    console: (cell) => logs.get(cell),
    whenVisible: (cell, signal) =>
      whenVisible(outputs.get(cell).element.closest(".cell") ?? outputs.get(cell).element, signal),
  };
}

/** The same for cells that are computed apart from the document: nothing of them is on the screen. */
export function trialEnvironment(options: {
  readonly libraries: Libraries;
  readonly media: Media;
  readonly theme: ThemeSource;
}): KernelEnvironment {
  const { libraries, media, theme } = options;
  return {
    libraries: libraries.builtins(media),
    builtins: { ...libraries.tags(media), width: () => widths(), dark: () => darkness(theme) },
    compileModule: async () => {
      const { compileModule } = await libraries.load("module-compiler");
      if (!isCompiler(compileModule)) throw new AppError("internal", "the compiler of modules is no function");
      return compileModule;
    },
  };
}

function isCompiler(value: unknown): value is (text: string) => CompiledModule {
  return typeof value === "function";
}

/** The width that an output has, in pixels: now and whenever it changes. */
function widths(): AsyncGenerator<unknown> {
  return observe((change) => {
    let last = -1;
    const measure = (): void => {
      const width = contentWidth();
      if (width !== last) change((last = width));
    };
    const observer = new ResizeObserver(measure);
    observer.observe(document.documentElement);
    measure();
    return () => observer.disconnect();
  });
}

function contentWidth(): number {
  const output = document.querySelector(".cell-body");
  const width = output?.clientWidth ?? document.documentElement.clientWidth;
  return Math.max(1, Math.round(width));
}

function darkness(theme: ThemeSource): AsyncGenerator<unknown> {
  return observe((change) => {
    const tell = (): unknown => change(theme.theme.scheme === "dark");
    tell();
    return theme.onTheme(tell);
  });
}

function whenVisible(element: Element, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      observer.disconnect();
      resolve();
    });
    observer.observe(element);
    signal.addEventListener(
      "abort",
      () => {
        observer.disconnect();
        reject(signal.reason);
      },
      { once: true },
    );
  });
}
