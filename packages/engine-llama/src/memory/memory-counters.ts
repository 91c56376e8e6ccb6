/** What happened since the model was loaded. */
export interface MemoryCounters {
  reusedTokens: number;
  evaluatedTokens: number;
  saves: number;
  saveFailures: number;
  saveSeconds: number;
  restores: number;
  restoreFailures: number;
  restoreSeconds: number;
  evictions: number;
  early: number;
  middle: number;
  late: number;
}

export function createMemoryCounters(): MemoryCounters {
  return {
    reusedTokens: 0,
    evaluatedTokens: 0,
    saves: 0,
    saveFailures: 0,
    saveSeconds: 0,
    restores: 0,
    restoreFailures: 0,
    restoreSeconds: 0,
    evictions: 0,
    early: 0,
    middle: 0,
    late: 0,
  };
}

export function countDivergence(counters: MemoryCounters, tokens: number): void {
  if (tokens < 100) counters.early++;
  else if (tokens < 1_000) counters.middle++;
  else counters.late++;
}
