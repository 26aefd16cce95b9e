import { observe } from "./generators.ts";

/** Period of `now`. Observable's ticks at every frame, which would rerun a query with `${now}` sixty times a second. */
const periodMs = 1000;

/** The stream `now` of cells: milliseconds since 1970, once a second while somebody reads it. */
export function now(clock: () => number = Date.now): AsyncGenerator<unknown> {
  return observe((change) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tick = (): void => {
      change(clock());
      timer = setTimeout(tick, periodMs);
    };
    tick();
    return () => clearTimeout(timer);
  });
}
