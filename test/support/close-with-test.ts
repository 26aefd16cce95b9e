import { onTestFinished, TestRunner } from "vitest";

/** Closing takes less; a test whose parts wait for each other may never let it end. */
const patienceMs = 20_000;

/**
 * Has something closed when the test ends in which this is called, though the test hangs: what it leaves busy would break its next
 * try. Outside of a test, as in `beforeAll` or a bench, whoever opened it closes it. Returns what closes it once, whoever asks.
 */
export function closeWithTest(close: () => Promise<void>): () => Promise<void> {
  let closing: Promise<void> | null = null;
  const once = () => (closing ??= close());
  if (TestRunner.getCurrentTest() !== undefined) onTestFinished(once, patienceMs);
  return once;
}
