import type { EchoOptions } from "./echo-options.ts";

export const echoVocabularySize = 30_000;

/** Ids that mean something; every other word is hashed into the rest of the vocabulary. */
export const echoTokens = { open: 1, close: 2, fail: 3, nan: 4, crash: 5, block: 6 } as const;

const firstWordId = 16;

export function toEchoToken(word: string, options: EchoOptions): number {
  if (word === options.failWord) return echoTokens.fail;
  if (word === options.blockWord) return echoTokens.block;
  if (word === options.nanWord) return echoTokens.nan;
  if (word === options.crashWord) return echoTokens.crash;
  return firstWordId + (hashText(word) % (echoVocabularySize - firstWordId));
}

/** A number from -1 to 1 that depends on nothing but the token and the place in the vector. */
export function echoValue(token: number, index: number): number {
  return mix(Math.imul(token, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)) / 0x8000_0000 - 1;
}

/** FNV-1a over UTF-16 units, 32 bits. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return mix(hash);
}

/** The finalizer of MurmurHash3: every bit of the input reaches every bit of the result. */
function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
