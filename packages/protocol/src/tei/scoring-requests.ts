import type { SequenceInputs, TextSequence } from "../canonical/scoring.ts";
import { WeirError } from "../canonical/weir-error.ts";
import {
  readBody,
  readBoolean,
  readField,
  readString,
  unexpected,
  type Fields,
} from "../fields/read-fields.ts";
import { checkTruncationDirection } from "./truncation-direction.ts";

interface ScoringRequest {
  readonly inputs: SequenceInputs;
  readonly truncate: boolean;
  /** The model's own scores; else one label's are sigmoids and those of several labels softmaxes. */
  readonly rawScores: boolean;
}

/** POST /rerank: how well each text answers a query. */
export interface TeiRerankRequest extends ScoringRequest {
  /** The texts, where the answer is to have them too. */
  readonly returnTexts: readonly string[] | undefined;
}

/** POST /predict: what labels a model gives. */
export interface TeiPredictRequest extends ScoringRequest {
  /** Whether the answer is a list of predictions, or a list of such lists. */
  readonly isBatch: boolean;
}

/** Throws INVALID_REQUEST or EMPTY_INPUT with the field's name. */
export function parseTeiRerankRequest(body: unknown): TeiRerankRequest {
  const fields = readBody(body);
  const query = readString(fields, "query");
  if (query === undefined) throw unexpected("query", "a string", query, "Send the query.");
  const list = readField(fields, "texts");
  if (!Array.isArray(list)) throw unexpected("texts", "a list of strings", list, "Send a list of strings.");
  if (list.length === 0) throw emptyList("texts");
  const texts = list.map((text: unknown, index) => readText(text, `texts[${index}]`));
  return {
    inputs: { kind: "sequences", sequences: texts.map((text) => [query, text]) },
    ...readTerms(fields),
    returnTexts: readBoolean(fields, "return_text", false) ? texts : undefined,
  };
}

/**
 * `inputs` is a text, a pair of texts, or a batch of lists of one or two texts. A list of two texts is a pair, not a
 * batch of two. Throws INVALID_REQUEST or EMPTY_INPUT with the place.
 */
export function parseTeiPredictRequest(body: unknown): TeiPredictRequest {
  const fields = readBody(body);
  const written = readField(fields, "inputs");
  const terms = readTerms(fields);
  if (typeof written === "string") {
    return { inputs: { kind: "sequences", sequences: [[written]] }, ...terms, isBatch: false };
  }
  if (!Array.isArray(written)) throw unexpected("inputs", describeInputs, written, `Send ${describeInputs}.`);
  const list: readonly unknown[] = written;
  if (list.length === 0) throw emptyList("inputs");
  const isBatch = Array.isArray(list[0]);
  const sequences = isBatch
    ? list.map((item, index) => readSequence(item, `inputs[${index}]`))
    : [readSequence(list, "inputs")];
  return { inputs: { kind: "sequences", sequences }, ...terms, isBatch };
}

const describeInputs = "a string, a pair of strings, or a list of lists of one or two strings";

function readTerms(fields: Fields): Pick<ScoringRequest, "truncate" | "rawScores"> {
  const truncate = readBoolean(fields, "truncate", true);
  checkTruncationDirection(fields);
  return { truncate, rawScores: readBoolean(fields, "raw_scores", false) };
}

function readSequence(value: unknown, place: string): TextSequence {
  const parts: readonly unknown[] = Array.isArray(value) ? value : [];
  if (parts.length < 1 || parts.length > 2) {
    throw unexpected(place, "one text or a pair of texts", value, `Send ${describeInputs}.`);
  }
  const [first, second] = parts.map((text, index) => readText(text, `${place}[${index}]`));
  return second === undefined ? [first!] : [first!, second];
}

function readText(value: unknown, place: string): string {
  if (typeof value === "string") return value;
  throw unexpected(place, "a string", value, "Send a string.");
}

function emptyList(field: string): WeirError {
  const message = `${field}: the list is empty; expected something to score. Send at least one text.`;
  return new WeirError("EMPTY_INPUT", message, { field });
}
