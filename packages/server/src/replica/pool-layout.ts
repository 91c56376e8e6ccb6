/** One way to put a model on the machine's cores. */
export interface LayoutPoint {
  /** Whole number >= 1. */
  readonly replicas: number;
  /** Threads of each replica's engine. Whole number >= 1. */
  readonly threads: number;
}

export interface MeasuredPoint extends LayoutPoint {
  readonly jobsPerSecond: number;
}

/** How a model is laid out, and how that was decided. */
export interface PoolLayout extends LayoutPoint {
  /** `given`: there was nothing to choose; `remembered`: measured at an earlier start. */
  readonly chosenBy: "given" | "measured" | "remembered";
  /** What was tried, in that order. Empty where nothing was measured. */
  readonly measured: readonly MeasuredPoint[];
}

/**
 * The layouts that are worth trying on so many cores, fewest replicas first: more replicas share no weights and need
 * memory, so they have to earn it. `given` numbers are kept; "auto" ones are filled so that all cores have work.
 */
export function listLayouts(
  given: { readonly replicas: number | "auto"; readonly threads: number | "auto" },
  cores: number,
  mostReplicas: number,
): LayoutPoint[] {
  const { replicas, threads } = given;
  if (replicas !== "auto") {
    return [{ replicas, threads: threads === "auto" ? Math.max(1, Math.floor(cores / replicas)) : threads }];
  }
  if (threads !== "auto") {
    const full = Math.max(1, Math.floor(cores / threads));
    return doublings(Math.min(full, mostReplicas)).map((count) => ({ replicas: count, threads }));
  }
  return doublings(Math.min(cores, mostReplicas)).map((count) => ({
    replicas: count,
    threads: Math.max(1, Math.floor(cores / count)),
  }));
}

/** 1, 2, 4 and so on, and `most` itself. */
function doublings(most: number): number[] {
  const counts: number[] = [];
  for (let count = 1; count < most; count *= 2) counts.push(count);
  return [...counts, Math.max(1, most)];
}
