import { cpus } from "node:os";

/** Shorter times say nothing: the system counts in hundredths of a second. */
const leastMs = 60;

/**
 * Watches how many of the machine's cores this process could have: those that were idle, and what it used itself. Gives that
 * number, or undefined where not enough time has passed or the system does not say.
 */
export function watchFreeCores(): () => number | undefined {
  const startedAtMs = performance.now();
  const idleBeforeMs = countIdleMs();
  const ownBefore = process.cpuUsage();
  return () => {
    const wallMs = performance.now() - startedAtMs;
    const idleMs = countIdleMs() - idleBeforeMs;
    const { user, system } = process.cpuUsage(ownBefore);
    if (wallMs < leastMs || !(idleMs >= 0)) return undefined;
    return (idleMs + (user + system) / 1_000) / wallMs;
  };
}

function countIdleMs(): number {
  const cores = cpus();
  return cores.length === 0 ? Number.NaN : cores.reduce((sum, { times }) => sum + times.idle, 0);
}
