/** Milliseconds of processor time that a function takes, the best of four calls: what else runs here does not count. */
export function cpuMs(action: () => unknown): number {
  const times = Array.from({ length: 4 }, () => {
    const before = process.threadCpuUsage();
    action();
    const { user, system } = process.threadCpuUsage(before);
    return (user + system) / 1000;
  });
  return Math.min(...times);
}
