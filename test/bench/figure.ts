/** One measured figure beside what it is compared with in the same run. `goal` is the bound of `ours` or of `ratio`, as text. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  /** the bare engine, runtime or library doing the same; null where the figure stands for itself */
  readonly bare: number | null;
  readonly goal: string;
  readonly isReached: boolean;
}

/** The median of some measurements. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

/** How long something takes, in milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
