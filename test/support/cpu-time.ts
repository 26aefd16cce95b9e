/** Milliseconds of processor time that a function takes, once: what else runs here does not count. */
export function cpuMsOnce(action: () => unknown): number {
  const before = process.threadCpuUsage();
  action();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}

/** The best of four calls. */
export function cpuMs(action: () => unknown): number {
  return Math.min(...Array.from({ length: 4 }, () => cpuMsOnce(action)));
}
