import type { PromptPart } from "./guarded-text.ts";

/** A part of the prompt. `special`: control tokens in it are meant; elsewhere their text is only text. */
export interface PromptPiece {
  readonly text: string;
  readonly special: boolean;
}

/** Finds the texts of control tokens. */
export interface ControlScan {
  /** `[start, end)` of every one of them, the longest at each place, in order and apart from each other. */
  find(text: string): readonly (readonly [start: number, end: number])[];
}

export function createControlScan(controlTexts: readonly string[]): ControlScan {
  const byFirst = new Map<string, { lengths: number[]; texts: Set<string> }>();
  for (const text of controlTexts) {
    // What is only white space is no mark: vocabularies have words for runs of it.
    if (text.trim() === "") continue;
    const first = text.charAt(0);
    const entry = byFirst.get(first) ?? { lengths: [], texts: new Set() };
    byFirst.set(first, entry);
    entry.texts.add(text);
    if (!entry.lengths.includes(text.length)) entry.lengths.push(text.length);
  }
  for (const { lengths } of byFirst.values()) lengths.sort((a, b) => b - a);
  return {
    find(text) {
      const found: [number, number][] = [];
      for (let place = 0; place < text.length; place += 1) {
        const entry = byFirst.get(text.charAt(place));
        const length = entry?.lengths.find((length) => entry.texts.has(text.slice(place, place + length)));
        if (length === undefined) continue;
        found.push([place, place + length]);
        place += length - 1;
      }
      return found;
    },
  };
}

/**
 * Cuts a prompt so that control tokens come of what the template wrote, and of nothing else. With `scan` only what
 * reads like a control token is cut out of foreign text, so that a harmless prompt is one piece and gets the very tokens that
 * it would have as a whole; without, all foreign text is.
 */
export function toPieces(
  parts: readonly PromptPart[],
  scan: ControlScan | undefined,
): readonly PromptPiece[] {
  const pieces: PromptPiece[] = [];
  const add = (text: string, special: boolean): void => {
    const last = pieces.at(-1);
    if (text === "") return;
    if (special && last?.special === true) pieces[pieces.length - 1] = { text: last.text + text, special };
    else pieces.push({ text, special });
  };
  if (scan === undefined) {
    for (const { text, trusted } of parts) add(text, trusted);
    return pieces;
  }
  const whole = parts.map(({ text }) => text).join("");
  const foreign = foreignRanges(parts);
  let done = 0;
  let at = 0;
  for (const [start, end] of scan.find(whole)) {
    while (foreign[at] !== undefined && foreign[at]![1] <= start) at += 1;
    const range = foreign[at];
    if (range === undefined || range[0] >= end) continue;
    const from = Math.max(start, range[0]);
    const to = Math.min(end, range[1]);
    add(whole.slice(done, from), true);
    // Tokens that users of a vocabulary defined are found even where control tokens are not: the mark is halved.
    const half = from + String.fromCodePoint(whole.codePointAt(from)!).length;
    add(whole.slice(from, half), false);
    add(whole.slice(half, to), false);
    done = to;
  }
  add(whole.slice(done), true);
  return pieces;
}

function foreignRanges(parts: readonly PromptPart[]): readonly (readonly [number, number])[] {
  const ranges: [number, number][] = [];
  let place = 0;
  for (const { text, trusted } of parts) {
    if (!trusted) ranges.push([place, place + text.length]);
    place += text.length;
  }
  return ranges;
}
