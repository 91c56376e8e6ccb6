import { decodeBuckets, encodeBuckets } from "./histogram-encoding.ts";

/**
 * A histogram as it is written to slices.json: plain JSON, about a byte or two for each bucket in use. Two of the
 * same `layout` merge exactly.
 */
export interface EncodedHistogram {
  readonly layout: "log-linear-128";
  readonly n: number;
  /** Sum of the values in ticks of 2^-14 of the unit; whole, so that sums merge exactly in any order. */
  readonly sumTicks: number;
  readonly min: number | null;
  readonly max: number | null;
  /** Base64 of LEB128 pairs: distance to the bucket before, count. */
  readonly counts: string;
}

// A bucket is named by a double's exponent and the 7 leading bits of its mantissa: 128 buckets in every octave, each
// 1/128 of its lower edge wide. The middle of a bucket is therefore within 1/256 = 0.39 % of every value in it.
const mantissaBits = 7;
const lowestExponent = -14;
const highestExponent = 27;
const bucketCount = (highestExponent - lowestExponent) << mantissaBits;
const exponentBias = 1023;
const firstBucket = (exponentBias + lowestExponent) << mantissaBits;
const lowestValue = 2 ** lowestExponent;
const ticksPerUnit = 2 ** 14;

/** Largest difference between a value and what the histogram says of it, relative to the value. */
export const histogramRelativeError: number = 1 / 256;

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);
const highWord = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0;

function bucketOf(value: number): number {
  if (value < lowestValue) return 0;
  float[0] = value;
  const bucket = (words[highWord]! >>> (20 - mantissaBits)) - firstBucket + 1;
  return bucket > bucketCount ? bucketCount : bucket;
}

function middleOf(bucket: number): number {
  if (bucket === 0) return 0;
  const name = bucket - 1;
  const octave = 2 ** (lowestExponent + (name >> mantissaBits));
  const step = name & ((1 << mantissaBits) - 1);
  return octave * (1 + (step + 0.5) / (1 << mantissaBits));
}

/**
 * A log-linear histogram of values >= 0 in any unit (Weir records milliseconds). Quantiles are within 0.4 % of the
 * recorded value from 2^-14 (0.06 microseconds, when the unit is a millisecond) to 2^27 (37 hours); smaller values
 * count as 0, larger ones fall into the last bucket. Minimum and maximum are exact. Memory is fixed: 42 kB.
 */
export class Histogram {
  // Bucket 0 holds what is below the range. Doubles count exactly to 2^53.
  #counts = new Float64Array(bucketCount + 1);
  #n = 0;
  #sumTicks = 0;
  #min = Infinity;
  #max = -Infinity;

  get n(): number {
    return this.#n;
  }

  /** Mean of the recorded values to 2^-15 of the unit; NaN when there are none. */
  get mean(): number {
    return this.#sumTicks / ticksPerUnit / this.#n;
  }

  /** Infinity when there are no values. */
  get min(): number {
    return this.#min;
  }

  /** -Infinity when there are no values. */
  get max(): number {
    return this.#max;
  }

  /** Counts a value. What is negative or not a number counts as 0: a clock that steps back must not end a run. */
  record(value: number, times = 1): void {
    const seen = value > 0 ? value : 0;
    const bucket = bucketOf(seen);
    this.#counts[bucket] = this.#counts[bucket]! + times;
    this.#n += times;
    this.#sumTicks += Math.round(seen * ticksPerUnit) * times;
    if (seen < this.#min) this.#min = seen;
    if (seen > this.#max) this.#max = seen;
  }

  /** Adds everything the other has seen: the same as if each of its values had been recorded here. */
  merge(other: Histogram): void {
    if (other.#n === 0) return;
    const counts = this.#counts;
    const added = other.#counts;
    for (let bucket = 0; bucket < added.length; bucket += 1)
      counts[bucket] = counts[bucket]! + added[bucket]!;
    this.#n += other.#n;
    this.#sumTicks += other.#sumTicks;
    if (other.#min < this.#min) this.#min = other.#min;
    if (other.#max > this.#max) this.#max = other.#max;
  }

  /**
   * The value of rank ceil(q n) in sorted order (the inverse of the empirical distribution), within 0.4 %.
   * NaN when there are no values. Whether n is large enough to show it is {@link toDistribution}'s concern.
   */
  quantile(q: number): number {
    if (this.#n === 0) return Number.NaN;
    // 0.07 * 100 is 7.000000000000001 in doubles; a rank must not grow by one from that.
    const rank = Math.min(this.#n, Math.max(1, Math.ceil(q * this.#n - 1e-9 * this.#n)));
    if (rank === 1) return this.#min;
    if (rank === this.#n) return this.#max;
    let seen = 0;
    for (let bucket = 0; bucket < this.#counts.length; bucket += 1) {
      seen += this.#counts[bucket]!;
      if (seen >= rank) return Math.min(this.#max, Math.max(this.#min, middleOf(bucket)));
    }
    return this.#max;
  }

  /** The middle of each bucket that holds something and what it holds, in ascending order. */
  buckets(): (readonly [value: number, count: number])[] {
    const filled: (readonly [number, number])[] = [];
    for (let bucket = 0; bucket < this.#counts.length; bucket += 1)
      if (this.#counts[bucket]! > 0) filled.push([middleOf(bucket), this.#counts[bucket]!]);
    return filled;
  }

  /** Forgets everything, keeping the memory. */
  reset(): void {
    if (this.#n > 0) this.#counts.fill(0);
    this.#n = 0;
    this.#sumTicks = 0;
    this.#min = Infinity;
    this.#max = -Infinity;
  }

  encode(): EncodedHistogram {
    const empty = this.#n === 0;
    return {
      layout: "log-linear-128",
      n: this.#n,
      sumTicks: this.#sumTicks,
      min: empty ? null : this.#min,
      max: empty ? null : this.#max,
      counts: encodeBuckets(this.#counts),
    };
  }

  /** Reads what {@link Histogram.encode} wrote. Throws a RangeError for another layout or damaged counts. */
  static decode(encoded: EncodedHistogram): Histogram {
    if (encoded.layout !== "log-linear-128")
      throw new RangeError(`histogram layout must be log-linear-128, got ${String(encoded.layout)}`);
    const histogram = new Histogram();
    const n = decodeBuckets(encoded.counts, histogram.#counts);
    if (n !== encoded.n) throw new RangeError(`histogram says n = ${encoded.n}, its buckets hold ${n}`);
    histogram.#n = n;
    histogram.#sumTicks = encoded.sumTicks;
    histogram.#min = encoded.min ?? Infinity;
    histogram.#max = encoded.max ?? -Infinity;
    return histogram;
  }
}
