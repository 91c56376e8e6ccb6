import { createGuessWidth, type Guesser } from "./guesser.ts";

/** Tokens that have to be the same before what followed them is guessed again. */
const patternTokens = 3;

/**
 * Guesses from the conversation itself: what followed the last tokens when they stood there before. It pays where answers
 * repeat what they were given, as with code and documents.
 */
export function createLookupGuesser(prompt: Uint32Array): Guesser {
  const tokens: number[] = [];
  /** Where what follows a pattern begins, for its last occurrence. */
  const followers = new Map<string, number>();
  const width = createGuessWidth();
  let guessed = 0;

  function push(token: number): void {
    // The pattern that ends here is entered when something follows it.
    if (tokens.length >= patternTokens) followers.set(patternAt(tokens.length), tokens.length);
    tokens.push(token);
  }

  function patternAt(end: number): string {
    return tokens.slice(end - patternTokens, end).join();
  }

  for (const token of prompt) push(token);

  return {
    guess: (most) => {
      const from = tokens.length < patternTokens ? undefined : followers.get(patternAt(tokens.length));
      const count = from === undefined ? 0 : Math.min(most, width.tokens);
      const guesses = from === undefined ? [] : tokens.slice(from, from + count);
      guessed = guesses.length;
      return guesses;
    },
    add: (added) => {
      width.record(guessed, Math.min(guessed, added.length - 1));
      guessed = 0;
      for (const token of added) push(token);
    },
  };
}
