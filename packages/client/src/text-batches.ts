import { WeirError } from "@weir/protocol";
import type { ResolvedClientOptions } from "./client-options.ts";
import { fitText, type FittedText } from "./fit-text.ts";

/** A text of the caller's, and what became of it. */
export interface SourceText {
  readonly index: number;
  readonly text: string;
  readonly fitted: FittedText;
}

/** What takes a place in a batch: a text, a piece of one, or a text that is not sent at all. */
export type BatchItem =
  | { readonly kind: "send"; readonly source: SourceText; readonly body: string; readonly isLast: boolean }
  | { readonly kind: "refused"; readonly source: SourceText; readonly error: WeirError };

export type TextSource = Iterable<string> | AsyncIterable<string>;

type Rules = Pick<ResolvedClientOptions, "batchSize" | "textSizeLimit" | "longTexts">;

/** Reads texts as they are asked for and cuts them into batches of `batchSize` places. */
export async function* toTextBatches(source: TextSource, rules: Rules): AsyncGenerator<readonly BatchItem[]> {
  let batch: BatchItem[] = [];
  let index = 0;
  for await (const text of source) {
    for (const item of toItems(text, index, rules)) {
      batch.push(item);
      if (batch.length < rules.batchSize) continue;
      yield batch;
      batch = [];
    }
    index += 1;
  }
  if (batch.length > 0) yield batch;
}

function* toItems(text: string, index: number, rules: Rules): Generator<BatchItem, void, undefined> {
  const error = findFault(text, index, rules);
  const fitted: FittedText =
    error === undefined ? fitText(text, rules.textSizeLimit, rules.longTexts) : { kind: "whole" };
  const source: SourceText = { index, text, fitted };
  if (error !== undefined) {
    yield { kind: "refused", source, error };
  } else if (fitted.kind === "split") {
    for (const { start, end } of fitted.pieces) {
      yield { kind: "send", source, body: text.slice(start, end), isLast: end === text.length };
    }
  } else {
    const body = fitted.kind === "truncated" ? text.slice(0, fitted.keptCharacters) : text;
    yield { kind: "send", source, body, isLast: true };
  }
}

/** What is not even a list, as JavaScript lets it come; a single string would pass for a list of its letters. */
export function toNoListError(texts: unknown, expected: string): WeirError {
  const got =
    typeof texts === "string" ? "a string. For one text: [text]" : texts === null ? "null" : typeof texts;
  return new WeirError("INVALID_REQUEST", `texts: expected ${expected}, got ${got}`, { field: "texts" });
}

/** What is known to be wrong with a text before it is sent. */
export function findFault(
  text: unknown,
  index: number,
  rules: Pick<Rules, "textSizeLimit" | "longTexts">,
): WeirError | undefined {
  const field = `texts[${index}]`;
  if (typeof text !== "string") {
    const got = text === null ? "null" : typeof text;
    return new WeirError("INVALID_REQUEST", `${field}: expected a string, got ${got}`, { field });
  }
  if (text.length <= rules.textSizeLimit || rules.longTexts !== "error") return undefined;
  const message =
    `${field}: expected at most ${rules.textSizeLimit} characters (textSizeLimit), got ${text.length}. ` +
    `Shorten it, raise the limit, or set longTexts to "truncate" or "split".`;
  return new WeirError("INPUT_TOO_LONG", message, { field });
}
