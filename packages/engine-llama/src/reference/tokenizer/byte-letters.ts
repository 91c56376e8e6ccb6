/**
 * The letters that stand for bytes in the vocabulary of a byte-level tokenizer (GPT-2's `bytes_to_unicode`): printable
 * ones of Latin-1 stand for themselves, the others are moved up behind 255.
 */
const letters: readonly string[] = makeLetters();

const bytes: ReadonlyMap<string, number> = new Map(letters.map((letter, byte) => [letter, byte]));

function makeLetters(): string[] {
  let moved = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    return String.fromCharCode(printable ? byte : moved++);
  });
}

/** All 256, by the byte that they stand for. */
export function listByteLetters(): readonly string[] {
  return letters;
}

/** Writes a text's UTF-8 bytes as letters. */
export function toByteLetters(text: string): string {
  let result = "";
  for (const byte of Buffer.from(text, "utf8")) result += letters[byte]!;
  return result;
}

export function fromByteLetters(piece: string): Uint8Array {
  return Uint8Array.from(piece, (letter) => bytes.get(letter)!);
}
