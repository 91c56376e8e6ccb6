/** A source of numbers in [0, 1) that a seed decides entirely. */
export type RandomSource = () => number;

/**
 * Seeded random numbers: sfc32 (Chris Doty-Humphrey, PractRand), 32 bits a call. The same seed gives the same
 * sequence on every machine and version.
 */
export function createRandom(seed: number): RandomSource {
  let a = seed | 0;
  let b = Math.floor(seed / 2 ** 32) | 0;
  let c = 0x9e3779b9 | 0;
  let counter = 1;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  // Near seeds begin alike; a dozen rounds mix them.
  for (let round = 0; round < 12; round += 1) next();
  return next;
}

/** The numbers from 0 to `length - 1` in a seeded order (Fisher and Yates). */
export function createPermutation(length: number, random: RandomSource): Uint32Array {
  const order = Uint32Array.from({ length }, (_, index) => index);
  for (let last = length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    const kept = order[last]!;
    order[last] = order[other]!;
    order[other] = kept;
  }
  return order;
}
