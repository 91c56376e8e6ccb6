import type { PromptPiece } from "../template/prompt-pieces.ts";
import type { NativeModel } from "./addon.ts";

/** A model's tokens. */
export interface Vocabulary {
  readonly size: number;
  /** Tokens that end an answer. */
  readonly endTokens: readonly number[];
  /** Texts of tokens that are no text of people's: the ends of turns, marks of calls and the like. */
  readonly controlTexts: readonly string[];
  /** Empty where there is none. */
  readonly bosText: string;
  readonly eosText: string;
  textOf(token: number): string;
  /** The very tokens of each piece, one after the other. `addBos`: the beginning's token goes first, where the model wants one. */
  tokenize(pieces: readonly PromptPiece[], addBos: boolean): Uint32Array;
}

// llama.h, enum llama_token_attr
const controlBit = 8;
const userDefinedBit = 16;

/** `size` is the number of its tokens. */
export function readVocabulary(native: NativeModel, size: number): Vocabulary {
  const bos = native.tokenBos();
  const eos = native.tokenEos();
  const wantsBos = bos !== -1 && native.shouldPrependBosToken();
  const endTokens: number[] = [];
  const controlTexts: string[] = [];
  for (let token = 0; token < size; token += 1) {
    if ((native.getTokenAttributes(token) & (controlBit | userDefinedBit)) !== 0)
      controlTexts.push(native.getTokenString(token));
    if (native.isEogToken(token)) endTokens.push(token);
  }
  return {
    size,
    endTokens,
    controlTexts,
    bosText: bos === -1 ? "" : native.getTokenString(bos),
    eosText: eos === -1 ? "" : native.getTokenString(eos),
    textOf: (token) => native.getTokenString(token),
    tokenize: (pieces, addBos) => {
      const parts = pieces.map(({ text, special }) => native.tokenize(text, special));
      if (addBos && wantsBos) parts.unshift(Uint32Array.of(bos));
      const all = new Uint32Array(parts.reduce((sum, part) => sum + part.length, 0));
      let at = 0;
      for (const part of parts) {
        all.set(part, at);
        at += part.length;
      }
      return all;
    },
  };
}
