import type { KernelEnvironment } from "../../cells/kernel/environment.ts";

/** What a kernel on the server has besides data. */
export function environment(): KernelEnvironment {
  return { libraries: {} };
}
