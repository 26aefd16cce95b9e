import type { Environment } from "../resources/secrets.ts";

/** What the command line has around it: a process's own, or what a caller gives in its place. */
export interface Surroundings {
  readonly stdin: NodeJS.ReadableStream & Partial<Pick<NodeJS.ReadStream, "isTTY" | "setRawMode">>;
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream;
  readonly env: Environment;
  /** absolute; paths of the command line begin here */
  readonly cwd: string;
  /** Resolves with the name of the signal that asks to stop. From this call on such a signal does not end the process. */
  stopped(): Promise<string>;
}

/** Those of this process. */
export function processSurroundings(): Surroundings {
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    stopped: () =>
      new Promise((resolve) => {
        for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, () => resolve(name));
      }),
  };
}
