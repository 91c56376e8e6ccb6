/**
 * Cuts a text into pieces of about `characters` UTF-16 units: never longer, and at a paragraph's end in the last
 * 20 % of a piece, else at a sentence's end there, else between words, else (a word longer than a piece) anywhere but
 * inside a character. White space around pieces is dropped. A last piece under half the length is dropped
 * where there are others, so that the pieces are of one size.
 */
export function splitText(text: string, characters: number): string[] {
  const pieces: string[] = [];
  let at = skipBlank(text, 0);
  while (at < text.length) {
    const end = text.length - at <= characters ? text.length : findCut(text, at, characters);
    const piece = text.slice(at, end).trimEnd();
    if (piece !== "") pieces.push(piece);
    at = skipBlank(text, end);
  }
  if (pieces.length > 1 && pieces.at(-1)!.length < characters / 2) pieces.pop();
  return pieces;
}

function findCut(text: string, start: number, characters: number): number {
  const limit = start + characters;
  const earliest = start + Math.ceil(characters * 0.8);
  const paragraph = text.lastIndexOf("\n\n", limit);
  if (paragraph >= earliest) return paragraph;
  for (let at = limit; at > earliest; at -= 1)
    if (isBlank(text, at) && ".!?".includes(text.charAt(at - 1))) return at;
  for (let at = limit; at > start; at -= 1) if (isBlank(text, at)) return at;
  const low = text.charCodeAt(limit);
  return low >= 0xdc00 && low <= 0xdfff && limit - 1 > start ? limit - 1 : limit;
}

function skipBlank(text: string, start: number): number {
  let at = start;
  while (at < text.length && isBlank(text, at)) at += 1;
  return at;
}

function isBlank(text: string, at: number): boolean {
  return /\s/.test(text.charAt(at));
}
