import type { KernelEnvironment } from "../../cells/kernel/environment.ts";
import { AppError } from "../../cells/errors.ts";
import { libraries, prepare } from "./libraries.ts";

/** What a kernel on the server has besides data: the libraries that the program brings, a DOM for cells that name one. */
export function environment(): KernelEnvironment {
  return { libraries, prepare, importModule: refuseModule };
}

/** A kernel child has neither network nor files to load a module from. */
function refuseModule(specifier: string): Promise<never> {
  const names = Object.keys(libraries).join(", ");
  return Promise.reject(
    new AppError(
      "cell_failed",
      `${specifier} is not fetched on the server; use what is built in (${names}), or run the cell in the browser`,
      {
        data: { specifier },
      },
    ),
  );
}
