import type { Limits } from "./messages.ts";

const mebi = 1024 * 1024;

/** What an engine and its kernel child may use where nobody says otherwise. */
export const defaultLimits: Limits = {
  memoryBytes: 2048 * mebi,
  threads: 2,
  temporaryBytes: 20_480 * mebi,
  kernelHeapBytes: 512 * mebi,
};
