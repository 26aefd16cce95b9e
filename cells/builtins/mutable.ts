import { observe, type Change } from "./generators.ts";

/** A stream whose latest value is `value`; setting it makes the readers of the stream run again. */
export interface Mutable extends AsyncGenerator<unknown> {
  value: unknown;
}

/** `Mutable(value)` of cells: only the cell that defines it sees the stream, others see its latest value. */
export function Mutable(value: unknown): Mutable {
  let latest = value;
  let change: Change = (next) => (latest = next);
  const stream = observe((report) => {
    change = report;
    if (latest !== undefined) report(latest);
  });
  return Object.defineProperty(Object.assign(stream, { value }), "value", {
    get: () => latest,
    set: (next: unknown) => void change((latest = next)),
    enumerable: true,
    configurable: true,
  });
}
