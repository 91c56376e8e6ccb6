import { fromByteLetters, listByteLetters, toByteLetters } from "./byte-letters.ts";
import { listPieces } from "./list-pieces.ts";
import { createMergeTable } from "./merge-table.ts";
import { specialTokens } from "./special-tokens.ts";

export interface ChatTokenizer {
  /** By id, bytes written as letters. The special ones come first. */
  readonly tokens: readonly string[];
  /** As `left right`. */
  readonly merges: readonly string[];
  /** By id: whether the token is text that can be shown by itself; neither a mark nor a part of a letter's bytes. */
  readonly printable: readonly boolean[];
  /** By id: whether the token is a space and a word. A text of such tokens is cut into the same ones when it is read again. */
  readonly spacedWords: readonly boolean[];
  /** Tokens of a text without special ones, uncut: only for words and runs as the model's own cutting leaves them. */
  encodePiece(piece: string): readonly number[];
}

const cache = new Map<number, ChatTokenizer>();

/** Makes a byte-level tokenizer of so many entries, the same on every machine. Throws RangeError for a size out of reach. */
export function createTokenizer(size: number): ChatTokenizer {
  const made = cache.get(size);
  if (made !== undefined) return made;
  const marks = specialTokens.map(({ text }) => text);
  const smallest = marks.length + listByteLetters().length;
  if (size < smallest) throw new RangeError(`a vocabulary has at least ${smallest} entries, got ${size}`);
  const table = createMergeTable([...marks, ...listByteLetters()], size);
  for (const piece of listPieces()) {
    if (table.tokens.length === size) break;
    table.add(toByteLetters(piece));
  }
  if (table.tokens.length < size) {
    throw new RangeError(
      `the reference vocabulary has ${table.tokens.length} entries, ${size} were asked for`,
    );
  }
  const tokenizer: ChatTokenizer = {
    tokens: table.tokens,
    merges: table.merges.map(([left, right]) => `${table.tokens[left]!} ${table.tokens[right]!}`),
    printable: table.tokens.map((token, id) => id >= marks.length && isPrintable(token)),
    spacedWords: table.tokens.map((token, id) => id >= marks.length && isSpacedWord(token)),
    encodePiece: (piece) => table.encode(toByteLetters(piece)),
  };
  cache.set(size, tokenizer);
  return tokenizer;
}

/** A word after a space is always cut off whole, and what is a token is found whole. */
function isSpacedWord(token: string): boolean {
  return isPrintable(token) && /^ \p{L}+$/u.test(decoder.decode(fromByteLetters(token)));
}

const decoder = new TextDecoder("utf-8", { fatal: true });

function isPrintable(token: string): boolean {
  try {
    // oxlint-disable-next-line no-control-regex -- those are what is looked for.
    return !/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(decoder.decode(fromByteLetters(token)));
  } catch {
    return false;
  }
}
