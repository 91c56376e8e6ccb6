export interface RestartBudget {
  /** Restarts that are allowed within `withinMs`. Whole number >= 0; 0 never restarts. */
  readonly most: number;
  readonly withinMs: number;
}

const firstDelayMs = 100;
const longestDelayMs = 5_000;

/**
 * How long to wait before the next restart, in milliseconds; undefined where the budget is used up. `restartedAtMs` are
 * the times of the restarts before. The delay doubles with each of them that the budget still remembers.
 */
export function nextRestartDelayMs(
  budget: RestartBudget,
  restartedAtMs: readonly number[],
  nowMs: number,
): number | undefined {
  const recent = restartedAtMs.filter((atMs) => nowMs - atMs < budget.withinMs).length;
  if (recent >= budget.most) return undefined;
  return Math.min(longestDelayMs, firstDelayMs * 2 ** recent);
}
