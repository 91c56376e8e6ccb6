import { WeirError, type SequenceInputs } from "@weir/protocol";

/** How a tokenizer puts two texts together: its special tokens, and which segment they are of. */
export interface PairTokens {
  readonly prefix: readonly number[];
  readonly middle: readonly number[];
  readonly suffix: readonly number[];
  /** How many of `middle` are still of the first segment; undefined where both texts are of one type. */
  readonly firstOfMiddle: number | undefined;
}

export interface PrepareSequencesOptions {
  readonly truncate: boolean;
  /** Which of a request's inputs the first one is: messages count from there. @default 0 */
  readonly from?: number | undefined;
  readonly maxTokens: number;
  /** Special tokens around a text by itself. */
  readonly prefix: readonly number[];
  readonly suffix: readonly number[];
  /** The same around a pair; undefined where the tokenizer has no pairs. */
  readonly pair: PairTokens | undefined;
  readonly encode: (text: string, enough: number) => readonly number[];
}

/** Rows of tokens, and what is of the first segment. */
interface PreparedSequences {
  readonly rows: readonly (readonly number[])[];
  readonly firstLengths: Int32Array;
  /** Which rows were cut, in order. */
  readonly truncatedRows: readonly number[];
}

/**
 * Texts and pairs of texts as rows of tokens. Of a pair that is too long the longer text is cut first, as `longest_first`
 * of Hugging Face's tokenizers does. Throws INPUT_TOO_LONG where `truncate` is false, INVALID_REQUEST for a pair where the
 * tokenizer has none.
 */
export function prepareSequences(
  { sequences }: SequenceInputs,
  options: PrepareSequencesOptions,
): PreparedSequences {
  const firstLengths = new Int32Array(sequences.length);
  const truncatedRows: number[] = [];
  // One query stands before many texts: it is tokenised once.
  let before: { readonly text: string; readonly room: number; readonly ids: readonly number[] } | undefined;
  const encodeFirst = (text: string, room: number): readonly number[] => {
    if (before?.text !== text || before.room !== room)
      before = { text, room, ids: options.encode(text, room) };
    return before.ids;
  };
  const rows = sequences.map(([first, second], index) => {
    const around = second === undefined ? options : toPair(options.pair);
    const { prefix, suffix } = around;
    const middle = "middle" in around ? around.middle : [];
    const room = Math.max(0, options.maxTokens - prefix.length - middle.length - suffix.length);
    const a = encodeFirst(first, room);
    const b = second === undefined ? [] : options.encode(second, room);
    const [keptA, keptB] = cutLongestFirst(a.length, b.length, room);
    if (keptA < a.length || keptB < b.length) {
      if (!options.truncate) throw toTooLong((options.from ?? 0) + index, options.maxTokens);
      truncatedRows.push(index);
    }
    const row = [...prefix, ...a.slice(0, keptA), ...middle, ...b.slice(0, keptB), ...suffix];
    const ofMiddle = "firstOfMiddle" in around ? around.firstOfMiddle : undefined;
    firstLengths[index] = ofMiddle === undefined ? row.length : prefix.length + keptA + ofMiddle;
    return row;
  });
  return { rows, firstLengths, truncatedRows };
}

/** How many tokens of two texts are kept where there is room for `most` of both together. */
export function cutLongestFirst(first: number, second: number, most: number): readonly [number, number] {
  if (first + second <= most) return [first, second];
  const [short, long] = first <= second ? [first, second] : [second, first];
  const half = Math.floor(most / 2);
  const keptShort = Math.min(short, half);
  const keptLong = Math.min(long, most - keptShort);
  return first <= second ? [keptShort, keptLong] : [keptLong, keptShort];
}

function toPair(pair: PairTokens | undefined): PairTokens {
  if (pair !== undefined) return pair;
  throw new WeirError("INVALID_REQUEST", "this model's tokenizer has no pairs of texts; send single texts");
}

function toTooLong(index: number, maxTokens: number): WeirError {
  return new WeirError(
    "INPUT_TOO_LONG",
    `sequence ${index} has more than the ${maxTokens} tokens that this model takes ` +
      "(special tokens included). Shorten it, or allow truncation.",
    { field: `inputs[${index}]` },
  );
}
