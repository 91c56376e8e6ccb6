import { FrequencySketch } from "./frequency-sketch.ts";

/** No slot. */
export const none = -1;

type SegmentName = "window" | "probation" | "protected";
interface Segment {
  newest: number;
  oldest: number;
  weight: number;
}

const segmentNames: readonly SegmentName[] = ["window", "probation", "protected"];
/** The part of all weight that newcomers have for themselves. */
const windowPart = 0.01;
/** The part of the rest that is for what was asked for again. */
const protectedPart = 0.8;

/**
 * Which entry has to go: W-TinyLFU. A newcomer waits in a small window; from there it gets in only in place of something that
 * was asked for less often lately. So a list of texts that are asked for once, however long, pushes nothing out that
 * is asked for again and again, and a list longer than the cache, asked for in turns, keeps a part of itself in there.
 * Entries are slots: small whole numbers that the owner gives out. Pure: no clock, no randomness.
 */
export class TinyLfu {
  readonly #sketch: FrequencySketch;
  readonly #segments: Readonly<Record<SegmentName, Segment>> = {
    window: createSegment(),
    probation: createSegment(),
    protected: createSegment(),
  };
  #newer = new Int32Array(0);
  #older = new Int32Array(0);
  #weights = new Uint32Array(0);
  #hashes = new Uint32Array(0);
  /** Index in {@link segmentNames}. */
  #places = new Uint8Array(0);

  /** Bytes for each slot. */
  static readonly slotBytes = 17;

  /** `entries`: about how many there will be. */
  constructor(entries: number) {
    this.#sketch = new FrequencySketch(entries);
  }

  get bytes(): number {
    return this.#sketch.bytes + this.#newer.length * TinyLfu.slotBytes;
  }

  /** Makes room for slots below `slots`. */
  grow(slots: number): void {
    this.#newer = copyTo(new Int32Array(slots), this.#newer);
    this.#older = copyTo(new Int32Array(slots), this.#older);
    this.#weights = copyTo(new Uint32Array(slots), this.#weights);
    this.#hashes = copyTo(new Uint32Array(slots), this.#hashes);
    this.#places = copyTo(new Uint8Array(slots), this.#places);
  }

  /** An entry that is new. Its `hash` is 32 bits of its key, its `weight` above 0. */
  add(slot: number, weight: number, hash: number): void {
    this.#sketch.count(hash);
    this.#weights[slot] = weight;
    this.#hashes[slot] = hash;
    this.#push("window", slot);
    const { window } = this.#segments;
    // As long as nothing had to go, nothing has to be weighed: what is too much for the window just moves on.
    while (window.weight > this.#windowWeight() && window.oldest !== slot)
      this.#move(window.oldest, "probation");
  }

  /** An entry that was asked for. */
  touch(slot: number): void {
    this.#sketch.count(this.#hashes[slot]!);
    const name = segmentNames[this.#places[slot]!]!;
    this.#move(slot, name === "window" ? "window" : "protected");
    const { probation, protected: kept } = this.#segments;
    const mostKept = protectedPart * (probation.weight + kept.weight);
    while (kept.weight > mostKept && kept.oldest !== slot) this.#move(kept.oldest, "probation");
  }

  /** Takes out the entry that is worth the least; {@link none} where there is none. */
  evict(): number {
    const { window, probation, protected: kept } = this.#segments;
    const candidate = window.oldest;
    const victim = probation.oldest === none ? kept.oldest : probation.oldest;
    const isWorthMore =
      candidate !== none &&
      victim !== none &&
      this.#sketch.estimate(this.#hashes[candidate]!) > this.#sketch.estimate(this.#hashes[victim]!);
    if (isWorthMore) this.#move(candidate, "probation");
    const evicted = isWorthMore || candidate === none ? victim : candidate;
    if (evicted !== none) this.remove(evicted);
    return evicted;
  }

  remove(slot: number): void {
    const segment = this.#segments[segmentNames[this.#places[slot]!]!];
    const newer = this.#newer[slot]!;
    const older = this.#older[slot]!;
    if (newer === none) segment.newest = older;
    else this.#older[newer] = older;
    if (older === none) segment.oldest = newer;
    else this.#newer[older] = newer;
    segment.weight -= this.#weights[slot]!;
  }

  #windowWeight(): number {
    const { window, probation, protected: kept } = this.#segments;
    return windowPart * (window.weight + probation.weight + kept.weight);
  }

  #move(slot: number, name: SegmentName): void {
    this.remove(slot);
    this.#push(name, slot);
  }

  #push(name: SegmentName, slot: number): void {
    const segment = this.#segments[name];
    this.#places[slot] = segmentNames.indexOf(name);
    this.#newer[slot] = none;
    this.#older[slot] = segment.newest;
    if (segment.newest === none) segment.oldest = slot;
    else this.#newer[segment.newest] = slot;
    segment.newest = slot;
    segment.weight += this.#weights[slot]!;
  }
}

function createSegment(): Segment {
  return { newest: none, oldest: none, weight: 0 };
}

function copyTo<Numbers extends Int32Array | Uint32Array | Uint8Array>(
  target: Numbers,
  source: Numbers,
): Numbers {
  target.set(source);
  return target;
}
