import type { LongTextPolicy } from "./client-options.ts";

/** A part of a text: `text.slice(start, end)`. */
export interface TextPiece {
  readonly start: number;
  readonly end: number;
}

export type FittedText =
  | { readonly kind: "whole" }
  | { readonly kind: "too-long" }
  | { readonly kind: "truncated"; readonly keptCharacters: number }
  | { readonly kind: "split"; readonly pieces: readonly TextPiece[] };

/** What becomes of a text under a limit in characters. `limit` >= 2, or Infinity. */
export function fitText(text: string, limit: number, policy: LongTextPolicy): FittedText {
  if (text.length <= limit) return { kind: "whole" };
  switch (policy) {
    case "error":
      return { kind: "too-long" };
    case "truncate":
      return { kind: "truncated", keptCharacters: keepPairs(text, limit) };
    case "split":
      return { kind: "split", pieces: splitText(text, limit) };
  }
}

/**
 * Cuts a text into pieces of at most `limit` characters that cover it without gap or overlap, after the end of a
 * paragraph, line, sentence or word in the second half of what fits, in that order of preference.
 */
export function splitText(text: string, limit: number): readonly TextPiece[] {
  const pieces: TextPiece[] = [];
  let start = 0;
  while (text.length - start > limit) {
    const end = findEnd(text, start, limit);
    pieces.push({ start, end });
    start = end;
  }
  pieces.push({ start, end: text.length });
  return pieces;
}

const boundaries = [/\n\s*\n\s*/g, /\n\s*/g, /[.!?…。！？]["'”’)\]]*\s+|[。！？]/g, /\s+/g];

function findEnd(text: string, start: number, limit: number): number {
  const half = start + Math.ceil(limit / 2);
  const window = text.slice(half, start + limit);
  for (const boundary of boundaries) {
    let last: number | undefined;
    for (const match of window.matchAll(boundary)) last = half + match.index + match[0].length;
    if (last !== undefined) return last;
  }
  return keepPairs(text, start + limit);
}

/** One less where a cut at `end` would part a surrogate pair. */
function keepPairs(text: string, end: number): number {
  const before = text.charCodeAt(end - 1);
  const after = text.charCodeAt(end);
  const isInsidePair = before >= 0xd800 && before < 0xdc00 && after >= 0xdc00 && after < 0xe000;
  return isInsidePair ? end - 1 : end;
}
