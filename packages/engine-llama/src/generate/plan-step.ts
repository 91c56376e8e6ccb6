/** An answer under way, as far as planning goes. */
export interface PlannedAnswer {
  /** Lower ones are computed first. */
  readonly rank: number;
  /** Tokens in its sequence. */
  readonly position: number;
  /** Tokens of its prompt that are not in its sequence yet. 0 while it generates. */
  readonly promptLeft: number;
}

/** What the next batch computes: a part of one prompt, or the next token of all answers that generate. */
export type Step =
  | { readonly kind: "prompt"; readonly index: number; readonly count: number }
  | { readonly kind: "decode"; readonly indexes: readonly number[] };

/**
 * Prompts are cut at multiples of `chunkTokens` of their sequence, wherever reading begins, and each part has a batch of its
 * own. So what is computed of a prompt does not depend on what is computed beside it; and llama.cpp would take the batch
 * apart anyway: sequences have caches of their own, and those of one pass must be given equally many tokens.
 *
 * `sinceChunk` is the number of decoding steps since the last part of a prompt. Prompts of a better rank than everything that
 * generates are read in one go; otherwise answers go on in between, twice as often where they have the better rank.
 * Answers are given in the order in which they came.
 */
export function planStep(
  answers: readonly PlannedAnswer[],
  sinceChunk: number,
  chunkTokens: number,
): Step | undefined {
  let prompt: number | undefined;
  let bestDecoding = Number.POSITIVE_INFINITY;
  const decoding: number[] = [];
  for (const [index, { rank, promptLeft }] of answers.entries()) {
    if (promptLeft === 0) {
      decoding.push(index);
      bestDecoding = Math.min(bestDecoding, rank);
    } else if (prompt === undefined || rank < (answers[prompt]?.rank ?? 0)) prompt = index;
  }
  const next = prompt === undefined ? undefined : answers[prompt];
  if (prompt === undefined || next === undefined)
    return decoding.length === 0 ? undefined : { kind: "decode", indexes: decoding };
  const due = next.rank < bestDecoding ? 0 : next.rank === bestDecoding ? 1 : 2;
  if (decoding.length > 0 && sinceChunk < due) return { kind: "decode", indexes: decoding };
  const count = Math.min(next.promptLeft, chunkTokens - (next.position % chunkTokens));
  return { kind: "prompt", index: prompt, count };
}
