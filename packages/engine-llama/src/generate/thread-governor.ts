/** What one batch took. */
export interface BatchTime {
  /** By the clock. */
  readonly wallMs: number;
  /** By the processor, of the whole process. */
  readonly cpuMs: number;
}

/** Decides how many threads compute, from what they get of the cores. */
export interface ThreadGovernor {
  readonly threads: number;
  /** To be told of each batch. Returns whether `threads` has changed. */
  note(batch: BatchTime, nowMs: number): boolean;
}

/** Too short a time says nothing: clocks of processor time tick by some milliseconds, and others come and go. */
const windowMs = 100;
/** After a change one slow batch says enough. */
const trialMs = 20;
/** Part of a core that is missed where somebody else computes on it. A server and its clients take less beside an answer. */
const missedCores = 0.25;
const firstPauseMs = 2_000;
const mostPauseMs = 60_000;

/**
 * llama.cpp's threads meet at a barrier several hundred times a token and wait for each other by spinning. Where another
 * process has one of their cores, all of them wait until the system lets the last one run again: two threads on two busy cores
 * were found to be twenty times slower than one. Spinning threads use all of the processor time that they are given, so
 * `threads * wallMs - cpuMs` is what somebody else has had: from a quarter of a core on there are as many threads fewer, one
 * at least. Whether more would do again can only be tried: after a pause, which doubles with each trial that fails.
 */
export function createThreadGovernor(most: number, first: number = most): ThreadGovernor {
  let threads = first;
  let wallMs = 0;
  let cpuMs = 0;
  let onTrial = true;
  let pauseMs = firstPauseMs;
  let triesAgainAtMs: number | undefined;

  function change(to: number): boolean {
    wallMs = cpuMs = 0;
    onTrial = true;
    threads = to;
    return true;
  }

  return {
    get threads() {
      return threads;
    },
    note(batch, nowMs) {
      triesAgainAtMs ??= nowMs + pauseMs;
      wallMs += batch.wallMs;
      cpuMs += batch.cpuMs;
      if (wallMs < (onTrial ? trialMs : windowMs)) return false;
      const missed = threads - cpuMs / wallMs;
      if (threads > 1 && missed >= missedCores) {
        // What held for a while was no failed trial: somebody has come.
        pauseMs = onTrial && threads > 1 ? Math.min(mostPauseMs, pauseMs * 2) : firstPauseMs;
        triesAgainAtMs = nowMs + pauseMs;
        return change(Math.max(1, threads - Math.max(1, Math.round(missed))));
      }
      wallMs = cpuMs = 0;
      onTrial = false;
      if (threads === most || nowMs < triesAgainAtMs) return false;
      triesAgainAtMs = nowMs + pauseMs;
      return change(threads + 1);
    },
  };
}
