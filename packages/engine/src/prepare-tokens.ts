import { WeirError, type ModelInputs } from "@weir/protocol";
import type { PreparedInputs } from "./embedding-engine.ts";
import { prepareSequences, type PairTokens } from "./prepare-sequences.ts";

export interface PrepareTokensOptions {
  /** Cut longer inputs (true), or refuse them with INPUT_TOO_LONG (false). */
  readonly truncate: boolean;
  /** Which of a request's inputs the first one is: messages count from there. @default 0 */
  readonly from?: number | undefined;
  /** Longest row, special tokens included. */
  readonly maxTokens: number;
  readonly vocabularySize: number;
  /** Special tokens before and after the tokens of a text. A cut row keeps them. */
  readonly prefix: readonly number[];
  readonly suffix: readonly number[];
  /** The same around a pair of texts. @default the tokenizer has no pairs */
  readonly pair?: PairTokens | undefined;
  /**
   * The tokens of a text without special ones. It may stop as soon as it has more than `enough`: the rest would be
   * cut anyway.
   */
  readonly encode: (text: string, enough: number) => readonly number[];
  /** What goes before each text. Inputs that are tokens stay as they are. */
  readonly prompt?: Prompt | undefined;
}

export interface Prompt {
  readonly text: string;
  /** Whether its tokens count where the row's vectors are pooled. */
  readonly pooled: boolean;
}

/**
 * The part of an EmbeddingPreparer that is the same whatever the tokenizer: special tokens, truncation that is counted
 * or refused, and checks of inputs that come as tokens. A row that came as tokens and ends with the suffix keeps it
 * when it is cut, as a text does.
 */
export function prepareTokens(inputs: ModelInputs, options: PrepareTokensOptions): PreparedInputs {
  if (inputs.kind === "sequences") {
    const { rows, firstLengths, truncatedRows } = prepareSequences(inputs, {
      ...options,
      pair: options.pair,
    });
    return { ...joinRows(rows), firstLengths, truncated: truncatedRows.length, truncatedRows };
  }
  const { maxTokens, prefix, suffix, from = 0 } = options;
  const rows: (readonly number[])[] = [];
  const truncatedRows: number[] = [];
  const add = (row: readonly number[], index: number, kind: string): void => {
    if (row.length <= maxTokens) {
      rows.push(row);
      return;
    }
    if (!options.truncate) {
      throw new WeirError(
        "INPUT_TOO_LONG",
        `${kind} ${index} has more than the ${maxTokens} tokens that this model takes ` +
          "(special tokens included). Shorten it, or allow truncation.",
        { field: `input[${index}]` },
      );
    }
    truncatedRows.push(rows.length);
    const closes = suffix.length > 0 && suffix.every((id, at) => row[row.length - suffix.length + at] === id);
    rows.push(closes ? [...row.slice(0, maxTokens - suffix.length), ...suffix] : row.slice(0, maxTokens));
  };
  if (inputs.kind === "texts") {
    const enough = Math.max(0, maxTokens - prefix.length - suffix.length);
    const { text: promptText = "" } = options.prompt ?? {};
    inputs.texts.forEach((text, index) => {
      add([...prefix, ...options.encode(promptText + text, enough), ...suffix], from + index, "text");
    });
  } else {
    inputs.tokens.forEach((row, index) => {
      checkTokens(row, from + index, options.vocabularySize);
      add(row, from + index, "token list");
    });
  }
  return {
    ...joinRows(rows),
    truncated: truncatedRows.length,
    truncatedRows,
    skippedTokens: countSkipped(inputs, options),
  };
}

/** As sentence-transformers counts them: the prompt's tokens alone, with the special ones that stand before a text. */
function countSkipped(
  inputs: ModelInputs,
  { prompt, prefix, encode, maxTokens }: PrepareTokensOptions,
): number {
  if (inputs.kind !== "texts" || prompt === undefined || prompt.text === "" || prompt.pooled) return 0;
  return prefix.length + encode(prompt.text, maxTokens).length;
}

function checkTokens(row: readonly number[], index: number, vocabularySize: number): void {
  if (row.length === 0) {
    throw new WeirError("EMPTY_INPUT", `token list ${index} is empty, expected at least one token id`, {
      field: `input[${index}]`,
    });
  }
  const wrong = row.findIndex((id) => !Number.isInteger(id) || id < 0 || id >= vocabularySize);
  if (wrong !== -1) {
    throw new WeirError(
      "INVALID_REQUEST",
      `token ids must be whole numbers from 0 to ${vocabularySize - 1} (this model's vocabulary), ` +
        `got ${row[wrong]} at place ${wrong} of token list ${index}`,
      { field: `input[${index}][${wrong}]` },
    );
  }
}

function joinRows(rows: readonly (readonly number[])[]): Pick<PreparedInputs, "tokenIds" | "lengths"> {
  const lengths = Int32Array.from(rows, (row) => row.length);
  const tokenIds = new Int32Array(lengths.reduce((sum, length) => sum + length, 0));
  let filled = 0;
  for (const row of rows) {
    tokenIds.set(row, filled);
    filled += row.length;
  }
  return { tokenIds, lengths };
}
