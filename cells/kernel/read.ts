import type { Reactor } from "./define.ts";

/** The next settled value of a runtime name, which computes it. Rejects with its error, or with the signal's reason. */
export function readOnce(reactor: Reactor, name: string, signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    // a deleted variable is computed once more, and tells its observer
    let ended = false;
    const end = (give: () => void): void => {
      if (ended) return;
      ended = true;
      signal.removeEventListener("abort", abort);
      variable.delete();
      give();
    };
    const abort = (): void => end(() => reject(signal.reason));
    const variable = reactor.variable({
      fulfilled: (box) => end(() => resolve(Reflect.get(Object(box), "value"))),
      rejected: (error) => end(() => reject(error)),
    });
    signal.addEventListener("abort", abort, { once: true });
    // in a box, so that a stream or promise inside a value is not taken apart
    variable.define(null, [name], (value) => ({ value }));
  });
}
