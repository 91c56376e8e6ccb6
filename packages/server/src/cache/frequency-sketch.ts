const rows = 4;
const most = 15;
/** Odd numbers, one a row: multiplied with a hash they spread it anew. */
const seeds = [0x9e3779b1, 0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f] as const;

/**
 * How often things were asked for lately, roughly: a count-min sketch whose counters are halved from time to time, so that
 * what was popular long ago is forgotten (Einziger, Friedman, Manes: TinyLFU, 2017). It may say too much, never too little.
 */
export class FrequencySketch {
  readonly #counters: Uint8Array;
  readonly #shift: number;
  readonly #width: number;
  /** Counts before the next halving. */
  #left: number;

  /** `things`: about how many are to be told apart; there are as many counters a row, rounded up to a power of two. */
  constructor(things: number) {
    const bits = Math.max(4, Math.ceil(Math.log2(Math.max(1, things))));
    this.#width = 2 ** bits;
    this.#shift = 32 - bits;
    this.#counters = new Uint8Array(rows * this.#width);
    this.#left = 10 * this.#width;
  }

  get bytes(): number {
    return this.#counters.byteLength;
  }

  /** From 0 to 15. `hash`: 32 bits. */
  estimate(hash: number): number {
    let least = most;
    for (let row = 0; row < rows; row++) least = Math.min(least, this.#counters[this.#place(row, hash)]!);
    return least;
  }

  count(hash: number): void {
    for (let row = 0; row < rows; row++) {
      const place = this.#place(row, hash);
      if (this.#counters[place]! < most) this.#counters[place]!++;
    }
    if (--this.#left > 0) return;
    this.#left = 5 * this.#width;
    for (let place = 0; place < this.#counters.length; place++) this.#counters[place]! >>>= 1;
  }

  #place(row: number, hash: number): number {
    return row * this.#width + (Math.imul(hash, seeds[row]!) >>> this.#shift);
  }
}
