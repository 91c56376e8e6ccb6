import type { TokenPiece } from "@weir/engine";
import { WeirError } from "@weir/protocol";
import { alignTokens } from "./align-tokens.ts";
import type { TextTokenizer } from "./text-tokenizer.ts";

/** The tokens of a whole text with what they stand for in it. */
export function tokenizePieces(tokenizer: TextTokenizer, text: string, special: boolean): TokenPiece[] {
  const { ids, names } = tokenizer.encodeNamed(text);
  const places = alignTokens(text, names);
  const characters = Array.from(text);
  const pieces = ids.map((id, index): TokenPiece => {
    const place = places[index];
    if (place === undefined) return { id, text: names[index]!, special: false, start: null, stop: null };
    const { start, stop } = place;
    return { id, text: characters.slice(start, stop).join(""), special: false, start, stop };
  });
  if (!special) return pieces;
  const toSpecial = (id: number): TokenPiece => ({
    id,
    text: tokenizer.nameOf(id) ?? "",
    special: true,
    start: null,
    stop: null,
  });
  return [...tokenizer.prefix.map(toSpecial), ...pieces, ...tokenizer.suffix.map(toSpecial)];
}

/** Throws INVALID_REQUEST naming an id outside the vocabulary. */
export function decodeIds(tokenizer: TextTokenizer, ids: readonly number[], special: boolean): string {
  const unknown = ids.find((id) => tokenizer.nameOf(id) === undefined);
  if (unknown === undefined) return tokenizer.decode(ids, special);
  const message = `ids: expected token ids of this model's vocabulary, got ${unknown}. Send what POST /tokenize gives as id.`;
  throw new WeirError("INVALID_REQUEST", message, { field: "ids" });
}
