/** How many of some ascending numbers are below a bound. */
export function countBelow(numbers: readonly number[], bound: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? Infinity) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The smallest whole number in [low, high) for which a condition, false and then true, holds; `high` where it never does. */
export function firstWhere(low: number, high: number, condition: (at: number) => boolean): number {
  let [from, to] = [low, high];
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    if (condition(middle)) to = middle;
    else from = middle + 1;
  }
  return from;
}
