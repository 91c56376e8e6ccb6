/**
 * Whole 32-bit numbers, the same from the same seed on every machine: reference weights are made of them. sfc32 by Chris
 * Doty-Humphrey (PractRand), 128 bits of state.
 */
export function createSeededRandom(seed: string): () => number {
  let [a, b, c] = [hashText(seed, 0x811c9dc5), hashText(seed, 0x9e3779b9), hashText(seed, 0x7f4a7c15)];
  let counter = 1;
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return sum;
  };
  // Seeds that are alike give streams that are not, after a few rounds.
  for (let round = 0; round < 16; round++) next();
  return next;
}

/** FNV-1a with a start of one's own. */
function hashText(text: string, start: number): number {
  let hash = start;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash;
}
