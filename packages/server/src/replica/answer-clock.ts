/**
 * How long the answers under way have stood still, and how long that should be at most: what the heartbeat judges a chat
 * model by. Only reading a prompt takes long without a sign of life, and how long is known from the prompts before it.
 */
export interface AnswerClock {
  add(jobId: number): void;
  /** Its prompt is being read: so many tokens of it. */
  start(jobId: number, promptTokens: number, nowMs: number): void;
  /** Something came of it. */
  note(jobId: number, nowMs: number): void;
  remove(jobId: number, nowMs: number): void;
  read(nowMs: number): { readonly busyMs: number; readonly expectedMs: number | undefined };
}

interface Reading {
  tokens: number;
  sinceMs: number;
}

/** Before anything was read: as slow as a large model on a small machine. */
const assumedMsPerToken = 100;

export function createAnswerClock(): AnswerClock {
  const jobs = new Map<number, Reading | undefined>();
  let movedMs = 0;
  let msPerToken: number | undefined;

  return {
    add(jobId) {
      if (jobs.size === 0) movedMs = performance.now();
      jobs.set(jobId, undefined);
    },
    start(jobId, tokens, nowMs) {
      if (jobs.has(jobId)) jobs.set(jobId, { tokens, sinceMs: nowMs });
      movedMs = nowMs;
    },
    note(jobId, nowMs) {
      movedMs = nowMs;
      const reading = jobs.get(jobId);
      if (reading === undefined) return;
      jobs.set(jobId, undefined);
      if (reading.tokens === 0) return;
      const took = (nowMs - reading.sinceMs) / reading.tokens;
      // The slowest until now, as prompts are read beside other work.
      msPerToken = Math.max(took, msPerToken ?? 0);
    },
    remove(jobId, nowMs) {
      movedMs = nowMs;
      jobs.delete(jobId);
    },
    read(nowMs) {
      if (jobs.size === 0) return { busyMs: 0, expectedMs: undefined };
      let tokens = 0;
      for (const reading of jobs.values()) tokens += reading?.tokens ?? 0;
      return { busyMs: nowMs - movedMs, expectedMs: tokens * (msPerToken ?? assumedMsPerToken) };
    },
  };
}
