import type { ChatTiming } from "@weir/protocol";

/** When an answer's parts began and ended. */
export interface AnswerClock {
  /** Its sequence is there. */
  begin(): void;
  /** A token is there. */
  token(): void;
  read(): ChatTiming;
}

export function createAnswerClock(now: () => number = () => performance.now()): AnswerClock {
  const askedAtMs = now();
  let beginsAtMs = askedAtMs;
  let firstAtMs: number | undefined;
  let lastAtMs = askedAtMs;
  return {
    begin: () => {
      lastAtMs = beginsAtMs = now();
    },
    token: () => {
      lastAtMs = now();
      firstAtMs ??= lastAtMs;
    },
    read: () => ({
      totalMs: lastAtMs - askedAtMs,
      loadMs: 0,
      promptMs: (firstAtMs ?? lastAtMs) - beginsAtMs,
      generationMs: lastAtMs - (firstAtMs ?? lastAtMs),
    }),
  };
}
