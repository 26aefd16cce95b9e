import type { KernelEnvironment } from "../../cells/kernel/environment.ts";
import { libraries, prepare } from "./libraries.ts";

// a page of usual width: charts that nobody sees still want one
const widthPx = 928;

/** What a kernel on the server has besides data. */
export function environment(): KernelEnvironment {
  return { libraries, prepare, builtins: { width: () => widthPx, dark: () => false } };
}
