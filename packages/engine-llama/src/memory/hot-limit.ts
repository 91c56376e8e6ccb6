/** What decides how many sequences may hold conversations. */
export interface HotLimitSituation {
  /** The engine's sequences. Whole number >= 1. */
  readonly sequences: number;
  /** Memory of the KV cache of all of them. */
  readonly kvBytes: number;
  /** Most of it that may be used. Undefined: all. */
  readonly ramBytes: number | undefined;
  /** Memory of the machine, or of the container. */
  readonly totalBytes: number;
  /** The part of it that could be had now. */
  readonly availableBytes: number;
  /** How many hold conversations at most as yet. */
  readonly current: number;
}

/** Below this part of the memory the pool shrinks, above the second it grows again; between them it stays. */
const pressureShare = 0.05;
const reliefShare = 0.1;

/**
 * How many sequences may hold conversations: as many as the budget has room for, one fewer at each look while memory is short,
 * one more when it is not. One at least.
 */
export function chooseHotLimit(situation: HotLimitSituation): number {
  const { sequences, kvBytes, ramBytes, totalBytes, availableBytes, current } = situation;
  const affordable = ramBytes === undefined ? sequences : Math.floor((ramBytes * sequences) / kvBytes);
  const most = Math.max(1, Math.min(sequences, affordable));
  const share = availableBytes / totalBytes;
  const next = share < pressureShare ? current - 1 : share > reliefShare ? current + 1 : current;
  return Math.max(1, Math.min(most, next));
}
