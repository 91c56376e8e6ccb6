import { WeirError } from "@weir/protocol";

/** Letters and digits of one cache-buster. */
export const cacheBusterLength = 8;

const alphabet = new TextEncoder().encode("0123456789abcdefghijklmnopqrstuvwxyz");

/**
 * Words that no server has seen: 8 characters of base 36 that count up from a start drawn for the run. Within a run
 * none comes twice (2.8 million million values); two runs share one only if their starts are close by chance. Writing
 * one into a request costs a few nanoseconds, so every text of every request can carry its own.
 */
export class CacheBuster {
  readonly #digits: Uint8Array;

  /** @param start 8 characters of 0-9 and a-z, see {@link drawCacheBusterStart} */
  constructor(start: string) {
    if (!/^[0-9a-z]{8}$/.test(start))
      throw new WeirError(
        "USAGE",
        `a cache-buster's start must be 8 characters of 0-9 and a-z, got ${JSON.stringify(start)}`,
      );
    this.#digits = Uint8Array.from(start, (character) => Number.parseInt(character, 36));
  }

  /** Writes the next word over `bytes[at, at + 8)`. */
  writeNext(bytes: Uint8Array, at: number): void {
    const digits = this.#digits;
    for (let index = 0; index < cacheBusterLength; index += 1) bytes[at + index] = alphabet[digits[index]!]!;
    for (let index = cacheBusterLength - 1; index >= 0; index -= 1) {
      const next = digits[index]! + 1;
      if (next < 36) {
        digits[index] = next;
        return;
      }
      digits[index] = 0;
    }
  }
}

/** A start for a run's cache-buster. `random` gives numbers in [0, 1). */
export function drawCacheBusterStart(random: () => number): string {
  return Array.from({ length: cacheBusterLength }, () => Math.floor(random() * 36).toString(36)).join("");
}
