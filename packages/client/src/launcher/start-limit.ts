/** How long a server may take to be ready. Times are of one clock that only goes on, in milliseconds. */
export interface StartLimit {
  /** What the server printed. */
  note(line: string, nowMs: number): void;
  isOver(nowMs: number): boolean;
}

/**
 * What `weir serve` logs while it makes and measures weights of another precision, as text or within JSON. It says so every
 * few seconds for as long as it gets on.
 */
const makingWeights =
  /\b(?:making int8\S* weights: |made int8\S* weights in |measuring int8\S* against fp32)/;

/**
 * Counts from the start, and anew from each sign that weights are being made: they take minutes once in a model's life, and
 * whoever ends a server at that begins again with nothing at the next start.
 */
export function createStartLimit(timeoutMs: number, startedMs: number): StartLimit {
  let fromMs = startedMs;
  return {
    note(line, nowMs) {
      if (makingWeights.test(line)) fromMs = nowMs;
    },
    isOver: (nowMs) => nowMs - fromMs > timeoutMs,
  };
}
