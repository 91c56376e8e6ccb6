import { WeirError, type VectorBlock } from "@weir/protocol";
import type { Target } from "./embed-batch.ts";
import type { TextPiece } from "./fit-text.ts";
import { createTally, isolateFailures, type InputOutcome } from "./isolate-failures.ts";
import { joinPieces } from "./join-pieces.ts";
import { mapOrdered } from "./ordered-pool.ts";
import { toTextBatches, type BatchItem, type SourceText, type TextSource } from "./text-batches.ts";

/** How a text that was longer than `textSizeLimit` was embedded. `index` is its place in the caller's texts. */
export type TextChange =
  | {
      readonly kind: "truncated";
      readonly index: number;
      readonly characters: number;
      /** How many of them, from the start, the vector stands for. */
      readonly keptCharacters: number;
    }
  | {
      readonly kind: "split";
      readonly index: number;
      readonly characters: number;
      /** They cover the text without gap or overlap. */
      readonly pieces: readonly TextPiece[];
      /** One row for each piece. The text's own vector is their mean, weighted with the pieces' lengths. */
      readonly pieceVectors: VectorBlock;
    };

export type TextOutcome =
  | {
      readonly kind: "embedded";
      readonly index: number;
      readonly text: string;
      readonly vector: Float32Array;
      /** What was done to the text because of its length; undefined for most. */
      readonly change: TextChange | undefined;
    }
  | { readonly kind: "failed"; readonly index: number; readonly text: string; readonly error: WeirError };

export interface EmbeddedTexts {
  /** In order. A vector may be a view of its whole batch. */
  readonly outcomes: readonly TextOutcome[];
  readonly inputTokens: number | undefined;
  readonly truncated: number | undefined;
}

export type OnTextError = "throw" | "collect";

interface ItemOutcome {
  readonly item: BatchItem;
  readonly outcome: InputOutcome;
}

/** Embeds a source batch by batch. What is held at a time is bounded by `concurrency` x `batchSize`. */
export async function* embedTexts(
  source: TextSource,
  target: Target,
  onError: OnTextError,
  signal: AbortSignal | undefined,
): AsyncGenerator<EmbeddedTexts, void, undefined> {
  const { options } = target;
  const batches = mapOrdered(
    toTextBatches(source, options),
    (items, stop) => embedItems(items, target, onError, stop),
    { concurrency: options.concurrency, readAhead: 2 * options.concurrency, signal },
  );
  let pieces: ItemOutcome[] = [];
  let dimensions: number | undefined;
  for await (const { items, inputTokens, truncated } of batches) {
    const outcomes: TextOutcome[] = [];
    for (const { item, outcome } of items) {
      if (outcome.kind === "embedded") dimensions = checkDimensions(outcome.vector.length, dimensions);
      pieces.push({ item, outcome });
      if (item.kind === "send" && !item.isLast) continue;
      outcomes.push(toTextOutcome(item.source, pieces, options.normalize));
      pieces = [];
    }
    yield { outcomes, inputTokens, truncated };
  }
}

interface EmbeddedItems {
  readonly items: readonly ItemOutcome[];
  readonly inputTokens: number | undefined;
  readonly truncated: number | undefined;
}

async function embedItems(
  items: readonly BatchItem[],
  target: Target,
  onError: OnTextError,
  signal: AbortSignal,
): Promise<EmbeddedItems> {
  const stopAtFirst = onError === "throw";
  const refused = items.find((item) => item.kind === "refused");
  if (refused !== undefined && stopAtFirst) throw refused.error;
  const sent = items.filter((item) => item.kind === "send");
  const bodies = sent.map(({ body }) => body);
  const { outcomes, ...counts } =
    sent.length === 0
      ? { outcomes: [], inputTokens: createTally().total(), truncated: createTally().total() }
      : await isolateFailures(bodies, target, stopAtFirst, signal);
  if (stopAtFirst) throwFirst(sent, outcomes);
  let next = 0;
  const joined = items.map((item): ItemOutcome => {
    if (item.kind === "refused") {
      return { item, outcome: { kind: "failed", error: item.error, isOwn: false } };
    }
    return { item, outcome: outcomes[next++]! };
  });
  return { items: joined, ...counts };
}

/** The text that was found to be at fault, else whatever kept a request from being answered. */
function throwFirst(sent: readonly BatchItem[], outcomes: readonly InputOutcome[]): void {
  let first: WeirError | undefined;
  for (const [position, outcome] of outcomes.entries()) {
    if (outcome.kind !== "failed") continue;
    if (outcome.isOwn) throw toTextError(sent[position]!.source, outcome);
    first ??= outcome.error;
  }
  if (first !== undefined) throw first;
}

function toTextOutcome(source: SourceText, pieces: readonly ItemOutcome[], normalize: boolean): TextOutcome {
  const { index, text, fitted } = source;
  const vectors: Float32Array[] = [];
  for (const { outcome } of pieces) {
    if (outcome.kind === "failed")
      return { kind: "failed", index, text, error: toTextError(source, outcome) };
    vectors.push(outcome.vector);
  }
  const embedded = { kind: "embedded", index, text } as const;
  const characters = text.length;
  if (fitted.kind === "split") {
    const pieceVectors = joinRows(vectors);
    const lengths = fitted.pieces.map(({ start, end }) => end - start);
    const change: TextChange = { kind: "split", index, characters, pieces: fitted.pieces, pieceVectors };
    return { ...embedded, vector: joinPieces(pieceVectors, lengths, normalize), change };
  }
  const change: TextChange | undefined =
    fitted.kind === "truncated"
      ? { kind: "truncated", index, characters, keptCharacters: fitted.keptCharacters }
      : undefined;
  return { ...embedded, vector: vectors[0]!, change };
}

/** The server's error with the caller's own index in it. */
function toTextError({ index }: SourceText, failed: Extract<InputOutcome, { kind: "failed" }>): WeirError {
  const { error, isOwn } = failed;
  if (!isOwn) return error;
  const field = `texts[${index}]`;
  return new WeirError(error.code, `${field}: ${error.message}`, {
    field,
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
    cause: error,
  });
}

function joinRows(rows: readonly Float32Array[]): VectorBlock {
  const dimensions = rows[0]!.length;
  const values = new Float32Array(rows.length * dimensions);
  for (const [index, row] of rows.entries()) values.set(row, index * dimensions);
  return { count: rows.length, dimensions, values };
}

function checkDimensions(length: number, expected: number | undefined): number {
  if (expected === undefined || expected === length) return length;
  const message = `expected vectors of ${expected} values as in the first answer, got ${length}`;
  throw new WeirError("TARGET_ANSWER_INVALID", message);
}
