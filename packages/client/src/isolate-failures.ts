import type { WeirError } from "@weir/protocol";
import { embedBatch, type Target } from "./embed-batch.ts";

export type InputOutcome =
  | { readonly kind: "embedded"; readonly vector: Float32Array }
  | { readonly kind: "failed"; readonly error: WeirError; readonly isOwn: boolean };

export interface IsolatedBatch {
  /** One for each input, in their order. `isOwn` says that the failure is the input's, not the whole request's. */
  readonly outcomes: readonly InputOutcome[];
  /** Over all requests that succeeded; undefined as soon as one gave none. */
  readonly inputTokens: number | undefined;
  readonly truncated: number | undefined;
}

/**
 * Embeds texts in one request. Where it fails for a reason that lies in the texts, it is asked again in halves until the
 * texts at fault stand alone, so that the others are embedded all the same. `stopAtFirst` ends with the first such
 * text: the outcomes after it are then left out. Throws CANCELLED alone.
 */
export async function isolateFailures(
  texts: readonly string[],
  target: Target,
  stopAtFirst: boolean,
  signal: AbortSignal | undefined,
): Promise<IsolatedBatch> {
  const outcomes: InputOutcome[] = [];
  const tallies = { inputTokens: createTally(), truncated: createTally() };
  let stopped = false;

  const fail = (error: WeirError, isOwn: boolean): void => {
    outcomes.push({ kind: "failed", error, isOwn });
    stopped = stopAtFirst;
  };

  const embedPart = async (part: readonly string[], isWhole: boolean): Promise<void> => {
    if (part.length === 0 || stopped) return;
    // A part that fails as its whole did is not given the retries again, until it is down to the text itself.
    const outcome = await embedBatch(part, target, isWhole || part.length === 1, signal);
    if (outcome.kind === "embedded") {
      const { vectors, inputTokens, truncated } = outcome.received;
      tallies.inputTokens.add(inputTokens);
      tallies.truncated.add(truncated);
      for (let row = 0; row < vectors.count; row += 1) {
        const vector = vectors.values.subarray(row * vectors.dimensions, (row + 1) * vectors.dimensions);
        outcomes.push({ kind: "embedded", vector });
      }
      return;
    }
    const { error, scope } = outcome;
    if (scope.kind === "server" || part.length === 1) {
      for (let index = 0; index < part.length; index += 1) fail(error, scope.kind === "inputs");
    } else if (scope.index !== undefined && scope.index < part.length && stopAtFirst) {
      // Nobody asks for the others' vectors any more, and the place of the text is all that counts.
      for (let index = 0; index < scope.index; index += 1)
        outcomes.push({ kind: "failed", error, isOwn: false });
      fail(error, true);
    } else if (scope.index !== undefined && scope.index < part.length) {
      await embedPart(part.slice(0, scope.index), false);
      fail(error, true);
      await embedPart(part.slice(scope.index + 1), false);
    } else {
      const middle = Math.ceil(part.length / 2);
      await embedPart(part.slice(0, middle), false);
      await embedPart(part.slice(middle), false);
    }
  };

  await embedPart(texts, true);
  return { outcomes, inputTokens: tallies.inputTokens.total(), truncated: tallies.truncated.total() };
}

export interface Tally {
  add(count: number | undefined): void;
  /** Undefined as soon as one part was: a partial sum would pass for the whole. */
  total(): number | undefined;
}

export function createTally(): Tally {
  let sum: number | undefined = 0;
  return {
    add: (count) => (sum = sum === undefined || count === undefined ? undefined : sum + count),
    total: () => sum,
  };
}
