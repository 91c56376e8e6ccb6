/** When a replica that works is replaced by a new one, against what leaks in native libraries. */
export interface RecycleLimits {
  /** After about so many jobs; infinite for never. @default 10000 */
  readonly jobs: number;
  /** Spread around it, so that replicas started together are not replaced together. @default a tenth of `jobs` */
  readonly jobsJitter: number;
  /** Above so much resident memory. @default the larger of 800 MB and 2.5 times the weights */
  readonly rssBytes: number;
  /** After so long, less up to a tenth; infinite for never. @default 24 hours */
  readonly ageMs: number;
}

export type RecycleReason = "jobs" | "memory" | "age";

/** The limits of one process: those of its pool, with the dice thrown. */
export type RecyclePoint = Readonly<Record<"jobs" | "rssBytes" | "ageMs", number>>;

const megabyte = 1_000_000;

export function resolveRecycleLimits(given: Partial<RecycleLimits>, weightBytes: number): RecycleLimits {
  const jobs = given.jobs ?? 10_000;
  return {
    jobs,
    jobsJitter: given.jobsJitter ?? Math.floor(Math.min(jobs, 1e9) / 10),
    rssBytes: given.rssBytes ?? Math.max(800 * megabyte, 2.5 * weightBytes),
    ageMs: given.ageMs ?? 24 * 3_600_000,
  };
}

/**
 * `random` gives numbers from 0 to 1. `idleRssBytes` is what the process holds when it is ready: a limit that this
 * nearly reaches would replace it again and again, so the limit is then half above it.
 */
export function toRecyclePoint(
  limits: RecycleLimits,
  idleRssBytes: number,
  random: () => number,
): RecyclePoint {
  return {
    jobs: Math.max(1, Math.round(limits.jobs + (2 * random() - 1) * limits.jobsJitter)),
    rssBytes: limits.rssBytes > 1.1 * idleRssBytes ? limits.rssBytes : 1.5 * idleRssBytes,
    ageMs: limits.ageMs * (1 - 0.1 * random()),
  };
}

export function findRecycleReason(used: RecyclePoint, point: RecyclePoint): RecycleReason | undefined {
  if (used.rssBytes > point.rssBytes) return "memory";
  if (used.jobs >= point.jobs) return "jobs";
  return used.ageMs >= point.ageMs ? "age" : undefined;
}
