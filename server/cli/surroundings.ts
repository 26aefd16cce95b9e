import type { Environment } from "../resources/secrets.ts";

/** What the command line has around it: a process's own, or what a caller gives in its place. */
export interface Surroundings {
  readonly stdin: NodeJS.ReadableStream & Partial<Pick<NodeJS.ReadStream, "isTTY" | "setRawMode">>;
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream;
  readonly env: Environment;
  /** absolute; paths of the command line begin here */
  readonly cwd: string;
  /**
   * Calls back with the name of the signal that asks to stop. From this call on such a signal does not end the process, until what
   * this returns is called.
   */
  onStop(listener: (signal: string) => void): () => void;
}

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Those of this process. */
export function processSurroundings(): Surroundings {
  for (const stream of [process.stdout, process.stderr])
    stream.on("error", (error: NodeJS.ErrnoException) => {
      // whoever read it has gone, as head does: the command goes on to its end, unheard
      if (error.code !== "EPIPE") throw error;
    });
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    onStop(listener) {
      for (const name of signals) process.once(name, listener);
      return () => {
        for (const name of signals) process.off(name, listener);
      };
    },
  };
}
