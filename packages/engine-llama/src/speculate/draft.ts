import type { Native, NativeContext, NativeSampler } from "../llama/addon.ts";
import { createGuessWidth, type Guesser } from "./guesser.ts";

/** A smaller model that writes ahead of the one that answers. */
export interface Draft {
  /** For one answer in the sequence of that number. */
  createGuesser(sequence: number, prompt: Uint32Array, signal: AbortSignal): Guesser;
}

/** `native` has as many sequences as the context that answers, each as long, and reads `chunkTokens` at once. */
export function createDraft(native: Native, sequences: number, chunkTokens: number): Draft {
  const { context } = native;
  const sampler = native.createSampler();
  sampler.applyConfig({ temperature: 0, seed: 0 });
  /** What each sequence holds. */
  const held: number[][] = Array.from({ length: sequences }, () => []);

  function createGuesser(sequence: number, prompt: Uint32Array, signal: AbortSignal): Guesser {
    const tokens = Array.from(prompt);
    const width = createGuessWidth();
    let guessed = 0;

    async function guess(most: number): Promise<readonly number[]> {
      const count = Math.min(most, width.tokens);
      guessed = 0;
      if (count === 0) return [];
      const cells = held[sequence] ?? [];
      keepCommon(context, sequence, cells, tokens);
      let logits: number | undefined;
      while (cells.length < tokens.length) {
        if (signal.aborted) return [];
        logits = await evaluate(
          context,
          sequence,
          cells,
          tokens.slice(cells.length, cells.length + chunkTokens),
        );
      }
      const guesses: number[] = [];
      while (logits !== undefined) {
        const token = await sampleGreedily(context, logits, sampler);
        if (token === undefined) break;
        guesses.push(token);
        if (guesses.length === count) break;
        logits = await evaluate(context, sequence, cells, [token]);
      }
      guessed = guesses.length;
      return guesses;
    }

    return {
      guess,
      add: (added) => {
        width.record(guessed, Math.min(guessed, added.length - 1));
        guessed = 0;
        for (const token of added) tokens.push(token);
      },
    };
  }

  return { createGuesser };
}

/** Takes back what the answer did not become; its last token is always read again, for what follows it. */
function keepCommon(
  context: NativeContext,
  sequence: number,
  cells: number[],
  tokens: readonly number[],
): void {
  let common = 0;
  const most = Math.min(cells.length, tokens.length - 1);
  while (common < most && cells[common] === tokens[common]) common += 1;
  if (common === cells.length) return;
  if (context.removeTokenCellsFromSequence(sequence, common, -1)) cells.length = common;
  else {
    context.disposeSequence(sequence);
    cells.length = 0;
  }
}

/** Returns where the logits of the last token are. */
async function evaluate(
  context: NativeContext,
  sequence: number,
  cells: number[],
  tokens: readonly number[],
): Promise<number | undefined> {
  context.initBatch(tokens.length);
  const logits = context.addToBatch(
    sequence,
    cells.length,
    Uint32Array.from(tokens),
    Uint32Array.of(tokens.length - 1),
  );
  await context.decodeBatch();
  for (const token of tokens) cells.push(token);
  return logits[0];
}

async function sampleGreedily(
  context: NativeContext,
  logits: number,
  sampler: NativeSampler,
): Promise<number | undefined> {
  const token = await context.sampleToken(logits, sampler);
  return token < 0 ? undefined : token;
}
