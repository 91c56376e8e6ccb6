/** Where a token begins and ends in a text, in code points; undefined where that cannot be told. */
export type TokenPlace = { readonly start: number; readonly stop: number } | undefined;

/** How far a token is looked for behind one that could not be found, in folded units. */
const mostSkipped = 64;

/**
 * Finds the places of tokens in their text by reading both in a form without case, accents and spaces: tokenizers that
 * change more than that (byte-level ones outside of ASCII, unknown words) leave tokens without a place.
 */
export function alignTokens(text: string, tokens: readonly string[]): TokenPlace[] {
  const units: string[] = [];
  const places: number[] = [];
  let place = 0;
  for (const character of text) {
    for (const unit of fold(character)) {
      units.push(unit);
      places.push(place);
    }
    place++;
  }
  const folded = units.join("");
  // A unit may be two of UTF-16: places count what was joined.
  const placeAt = units.flatMap((unit, index) => Array.from({ length: unit.length }, () => places[index]!));
  let cursor = 0;
  let lost = false;
  return tokens.map((token): TokenPlace => {
    const wanted = fold(token.replace(/^(##|▁|Ġ)+/u, "").replace(/<\/w>$/u, ""));
    // Only so far: of a text of nothing but unknown words the rest would be read again for every token.
    const reach = cursor + wanted.length + (lost ? mostSkipped : 0);
    const found = wanted === "" ? -1 : folded.slice(cursor, reach).indexOf(wanted);
    lost = found === -1;
    if (lost) return undefined;
    const start = cursor + found;
    cursor = start + wanted.length;
    return { start: placeAt[start]!, stop: placeAt[cursor - 1]! + 1 };
  });
}

function fold(text: string): string {
  return text
    .normalize("NFKD")
    .replaceAll(/[\p{Mn}\s\p{Cc}]/gu, "")
    .toLowerCase();
}
