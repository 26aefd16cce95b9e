/** DuckDB passes its own limit by 200 to 350 MB, and by any amount for one long text; Node has its part too. */
const besideBytes = 512 * 1024 * 1024;
const everyMs = 50;

/** What an engine may have in RAM when DuckDB may have `memoryBytes`. */
function residentCap(memoryBytes: number): number {
  return memoryBytes + besideBytes;
}

/** Ends the process when it has more in RAM than it may: queries run beside this thread, so that the timer is heard. */
export function watchMemory(memoryBytes: number, die: (reason: string) => void): void {
  const cap = residentCap(memoryBytes);
  const timer = setInterval(() => {
    if (process.memoryUsage.rss() <= cap) return;
    clearInterval(timer);
    die(`it used more than ${Math.round(cap / 2 ** 20)} MB of memory`);
  }, everyMs);
  timer.unref();
}
