/** Guesses how one answer goes on, so that several of its tokens can be computed in one pass. It never changes the answer. */
export interface Guesser {
  /** Tokens that may come next, at most so many. Fewer, or none, where guessing does not pay. */
  guess(most: number): readonly number[] | Promise<readonly number[]>;
  /** What the model wrote since the last guess: as many tokens of it as were right, and one more. */
  add(tokens: readonly number[]): void;
}

/** How many tokens to guess, by how the last guesses went. */
export interface GuessWidth {
  readonly tokens: number;
  /** `guessed` of which `right` were what the model wrote. */
  record(guessed: number, right: number): void;
}

/** After so many misses in a row it rests for as many answers of nothing. */
const restAfterMisses = 3;
const restSteps = 12;

export function createGuessWidth(): GuessWidth {
  let width = 3;
  let misses = 0;
  let rest = 0;
  return {
    get tokens() {
      if (rest === 0) return width;
      rest -= 1;
      return 0;
    },
    record: (guessed, right) => {
      if (guessed === 0) return;
      width = right === guessed ? width + 2 : Math.max(1, right + 1);
      misses = right === 0 ? misses + 1 : 0;
      if (misses < restAfterMisses) return;
      misses = 0;
      rest = restSteps;
    },
  };
}
