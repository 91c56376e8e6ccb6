import type { EmbeddingInputs } from "../canonical/embedding.ts";
import { WeirError } from "../canonical/weir-error.ts";
import { isWholeNumber, readField, unexpected, type Fields } from "./read-fields.ts";

/** What a dialect takes as its inputs. */
export interface InputRules {
  /** Whether a string alone stands for a list of one. */
  readonly single: boolean;
  /** Whether token ids may stand in for texts. */
  readonly tokens: boolean;
  /** Whether "" is a text like any other. */
  readonly emptyText: boolean;
}

/** Reads the field that holds what is to be embedded. Throws INVALID_REQUEST or EMPTY_INPUT with the place in it. */
export function readInputs(fields: Fields, field: string, rules: InputRules): EmbeddingInputs {
  const value = readField(fields, field);
  if (typeof value === "string" && rules.single) return readTexts([value], field, () => field, rules);
  if (!Array.isArray(value)) throw unexpected(field, describeRules(rules), value, nextStep(rules));
  const list: readonly unknown[] = value;
  const first = list[0];
  if (list.length === 0) throw emptyInput(field, "the list is empty", "Send at least one text.");
  if (rules.tokens && typeof first === "number") {
    return { kind: "tokens", tokens: [readTokens(list, field)] };
  }
  if (rules.tokens && Array.isArray(first)) {
    return { kind: "tokens", tokens: list.map((row, index) => readTokens(row, `${field}[${index}]`)) };
  }
  return readTexts(list, field, (index) => `${field}[${index}]`, rules);
}

function readTexts(
  list: readonly unknown[],
  field: string,
  place: (index: number) => string,
  rules: InputRules,
): EmbeddingInputs {
  const texts: string[] = [];
  for (const [index, text] of list.entries()) {
    if (typeof text !== "string") throw unexpected(place(index), "a string", text, nextStep(rules));
    if (text === "" && !rules.emptyText) {
      throw emptyInput(place(index), "the text is empty", `Leave empty texts out of ${field}.`);
    }
    texts.push(text);
  }
  return { kind: "texts", texts };
}

function readTokens(row: unknown, place: string): readonly number[] {
  if (!Array.isArray(row)) {
    throw unexpected(place, "a list of token ids", row, "Send either texts or lists of token ids, not both.");
  }
  const ids: readonly unknown[] = row;
  if (ids.length === 0) {
    throw emptyInput(place, "the list of token ids is empty", "Send at least one token.");
  }
  return ids.map((id, index) => {
    if (isWholeNumber(id, 0)) return id;
    throw unexpected(
      `${place}[${index}]`,
      "a token id (a whole number of at least 0)",
      id,
      "Send token ids of the model's own vocabulary.",
    );
  });
}

function emptyInput(field: string, what: string, next: string): WeirError {
  return new WeirError("EMPTY_INPUT", `${field}: ${what}; expected something to embed. ${next}`, { field });
}

function describeRules(rules: InputRules): string {
  if (!rules.single) return "a list of strings";
  return rules.tokens ? "a string, a list of strings, or token ids" : "a string or a list of strings";
}

function nextStep(rules: InputRules): string {
  return `Send ${describeRules(rules)}.`;
}
