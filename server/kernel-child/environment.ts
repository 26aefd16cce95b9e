import { askMapping, askMappingName } from "../../cells/builtins/ask-mapping.ts";
import type { KernelEnvironment } from "../../cells/kernel/environment.ts";
import { libraries, prepare } from "./libraries.ts";

/** What a kernel on the server has besides data: the libraries that the program brings, a DOM for code that names one. */
export function environment(): KernelEnvironment {
  return {
    libraries,
    builtins: { [askMappingName]: () => askMapping },
    prepare,
    compileModule: async () => (await import("../../cells/compile/module.ts")).compileModule,
  };
}
