export interface ChunkOptions {
  /** Longest chunk in characters (UTF-16 units). Whole number >= 1. */
  readonly chunkChars: number;
  /** Characters of a chunk's end that the next one begins with, at least in part. From 0 to below `chunkChars`. */
  readonly overlapChars: number;
}

/** Cuts a text that arrives in pieces. Chunks end between words unless one word is longer than a chunk. */
export interface TextChunker {
  /** Takes the next piece and gives the chunks that are certain now, each cut when it is asked for. */
  push(piece: string): Iterable<string>;
  /** What is left. Call once, last. */
  end(): Iterable<string>;
}

export function createTextChunker({ chunkChars, overlapChars }: ChunkOptions): TextChunker {
  let text = "";
  // Characters of `text` that the last chunk already held: alone they are no new chunk.
  let alreadyTaken = 0;

  function* take(atEnd: boolean): Generator<string> {
    while (text.length > chunkChars || (atEnd && text.length > alreadyTaken)) {
      const end = text.length <= chunkChars ? text.length : findCut(text, chunkChars, alreadyTaken);
      if (end === undefined) {
        // The next word does not fit beside the overlap: it starts a chunk without one.
        text = text.slice(alreadyTaken);
        alreadyTaken = 0;
        continue;
      }
      const chunk = text.slice(0, end).trim();
      const next = end === text.length ? end : findOverlapStart(text, end, overlapChars);
      text = text.slice(next);
      alreadyTaken = end - next;
      if (chunk !== "") yield chunk;
    }
  }

  return {
    push(piece) {
      text += piece;
      return take(false);
    },
    end: () => take(true),
  };
}

/**
 * Where the chunk ends: after the last whole word that fits and brings something new; in the middle of a word where
 * there is no other way; undefined where dropping the overlap is one.
 */
function findCut(text: string, size: number, alreadyTaken: number): number | undefined {
  // What ends at or before the first new character brings nothing: blanks are looked at once, not once for each end.
  let firstNew = alreadyTaken;
  while (firstNew < size && isSpace(text, firstNew)) firstNew++;
  if (firstNew < size && isSpace(text, size)) return size;
  for (let end = size; end > firstNew; end--) if (isSpace(text, end - 1)) return end;
  if (alreadyTaken > 0 && hasSpace(text, size + 1)) return undefined;
  return splitsPair(text, size) && size > alreadyTaken + 1 ? size - 1 : size;
}

function hasSpace(text: string, length: number): boolean {
  for (let index = 0; index < length; index++) if (isSpace(text, index)) return true;
  return false;
}

/** Where the next chunk starts: at a word, at most `overlap` characters before `end`, and after the start of this one. */
function findOverlapStart(text: string, end: number, overlap: number): number {
  if (overlap === 0) return end;
  for (let start = Math.max(1, end - overlap); start < end; start++) {
    if (isSpace(text, start - 1) && !isSpace(text, start)) return start;
  }
  const start = Math.max(1, end - overlap);
  return splitsPair(text, start) ? start + 1 : start;
}

/** What `\s` of a regular expression matches. */
function isSpace(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  if (code < 0x80) return code === 0x20 || (code >= 0x09 && code <= 0x0d);
  return code >= 0xa0 && /\s/.test(text.charAt(index));
}

/** Whether a cut here would tear a surrogate pair. */
function splitsPair(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  const before = text.charCodeAt(index - 1);
  return code >= 0xdc00 && code <= 0xdfff && before >= 0xd800 && before <= 0xdbff;
}
