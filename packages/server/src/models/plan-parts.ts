/** Neighbouring inputs of a request, from `from` up to but not including `to`. */
export interface Part {
  readonly from: number;
  readonly to: number;
  readonly cost: number;
}

/** What a text costs beside its own tokens: its special tokens, and its share of a batch. */
const costOfAText = 8;
/** Characters of a token, for an estimate made before anything is counted. */
const charactersPerToken = 4;
/** Work below this is not worth two processes' attention, in estimated tokens. */
export const leastPartCost = 128;

/** Estimated tokens of a text of so many characters, as far as the model looks at it. */
export function estimateTextCost(characters: number, maxTokens: number): number {
  return costOfAText + Math.min(maxTokens, characters / charactersPerToken);
}

/** How many parts of a request of such a cost would be worth sending to replicas of their own. */
export function countUsefulParts(costs: readonly number[]): number {
  const total = costs.reduce((sum, cost) => sum + cost, 0);
  return Math.max(1, Math.min(costs.length, Math.floor(total / leastPartCost)));
}

/** Cuts a list into at most `most` parts of like cost, in order, none empty. At least one part for at least one input. */
export function planParts(costs: readonly number[], most: number): Part[] {
  const total = costs.reduce((sum, cost) => sum + cost, 0);
  const parts: Part[] = [];
  let from = 0;
  let cost = 0;
  let done = 0;
  costs.forEach((next, index) => {
    cost += next;
    const isLast = index === costs.length - 1;
    // A part ends where its share is full; half of the text that crosses the line decides to which side it goes.
    const following = costs[index + 1] ?? 0;
    const full = done + cost + following / 2 >= ((parts.length + 1) * total) / most;
    if (!isLast && (!full || parts.length + 1 >= most)) return;
    parts.push({ from, to: index + 1, cost });
    from = index + 1;
    done += cost;
    cost = 0;
  });
  return parts;
}
