const offsetBasis = 0xcbf29ce484222325n;
const prime = 0x100000001b3n;

/**
 * A 64-bit fingerprint of a text's UTF-8 bytes, as 16 hexadecimal digits: FNV-1a (Fowler, Noll, Vo). It tells whether
 * two schedules or two sets of texts are the same; it is no protection against somebody who wants them to look alike.
 */
export function contentHash(text: string): string {
  let hash = offsetBasis;
  for (const byte of new TextEncoder().encode(text)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * prime);
  return hash.toString(16).padStart(16, "0");
}
