/*
 * A text of ten million characters without a border is, to BERT's WordPiece, a few words far too long to look up, each
 * of which becomes one [UNK]; or nothing at all, as white space and control characters do. Shortening such runs to a
 * length that still is too long changes no token, and turns seconds into milliseconds.
 */

/** Chinese characters by BERT's own definition, in UTF-16 units: each is a word of its own. */
export const chineseUnits: string = String.raw`\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff`;

/** What BERT's cleaning drops: controls (but white space), formats, private use, lone surrogates, U+FFFD. */
const dropped = String.raw`[[\p{Cc}\p{Cf}\p{Co}\p{Cs}\ufffd]--[\t\n\r]]`;

const space = String.raw`[ \t\n\r\p{Zs}]`;

/**
 * A character of which at least one remains, within a word, whatever the normalizer does to it; with the marks and
 * dropped characters after it (so many at most that a match stays small).
 */
export const wordCharacter: string = String.raw`[[\p{L}\p{N}\p{So}\p{Cn}]--[${chineseUnits}\ufffd]](?:\p{M}|${dropped}){0,16}`;

const insideWord = /^[\p{L}\p{N}\p{So}\p{M}\p{C}]+$/u;

export interface RunShortenerOptions {
  /** The tokenizer's longest word, in characters after normalization. */
  readonly maxWordCharacters: number;
  /** Whether the normalizer drops marks without width (accents). */
  readonly stripsAccents: boolean;
  /**
   * Looked for before words are: as much as the longest of them is kept at both ends of a run, and where one could lie
   * inside a run, runs of that kind are left alone.
   */
  readonly addedTokens: readonly string[];
}

/** Makes the function that shortens runs, for a tokenizer that `findWordBorders` calls `bert`. */
export function createRunShortener(options: RunShortenerOptions): (text: string) => string {
  const { maxWordCharacters, stripsAccents, addedTokens } = options;
  const nothing = stripsAccents ? String.raw`[\p{Mn}${dropped}]` : dropped;
  const nothingRun = new RegExp(`${nothing}{2,512}`, "gv");
  const spaceRun = new RegExp(`${space}{2,512}`, "gv");
  const longestAdded = addedTokens.reduce((most, content) => Math.max(most, content.length), 0);
  const piece = new RegExp(`(?:${wordCharacter}){1,${maxWordCharacters + 1 + longestAdded}}`, "gv");
  const keepNothings = addedTokens.some((content) => new RegExp(nothing, "v").test(content));
  const keepWords = addedTokens.some((content) => insideWord.test(content));
  return (text) => {
    // A control character stands for the nothings: two lone surrogates left over might form a pair.
    let short = keepNothings ? text : text.replace(nothingRun, "\0");
    short = short.replace(spaceRun, " ");
    return keepWords ? short : dropInnerPieces(short, piece);
  };
}

/** Of pieces that follow each other without a gap, keeps the first and the last two (the last may be short). */
function dropInnerPieces(text: string, piece: RegExp): string {
  const kept: string[] = [];
  let keptTo = 0;
  let run: { start: number; end: number }[] = [];
  const closeRun = (): void => {
    if (run.length > 3) {
      kept.push(text.slice(keptTo, run[0]!.end));
      keptTo = run.at(-2)!.start;
    }
    run = [];
  };
  for (const match of text.matchAll(piece)) {
    const end = match.index + match[0].length;
    if (run.at(-1)?.end !== match.index) closeRun();
    run.push({ start: match.index, end });
  }
  closeRun();
  return kept.join("") + text.slice(keptTo);
}
