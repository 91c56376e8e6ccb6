/** Shorter spans than this say nothing: the same answer is given again. */
const shortestMs = 1_000;

/**
 * Cores that this process used on average since the meter was asked last (1 is one core), the first time since it was
 * made.
 */
export type CpuMeter = () => number;

export function createCpuMeter(
  nowMs: () => number = () => performance.now(),
  usage: () => NodeJS.CpuUsage = () => process.cpuUsage(),
): CpuMeter {
  let since = { atMs: nowMs(), usedMs: toMs(usage()) };
  let cores = 0;
  return () => {
    const atMs = nowMs();
    if (atMs - since.atMs < shortestMs) return cores;
    const usedMs = toMs(usage());
    cores = (usedMs - since.usedMs) / (atMs - since.atMs);
    since = { atMs, usedMs };
    return cores;
  };
}

function toMs({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1_000;
}
