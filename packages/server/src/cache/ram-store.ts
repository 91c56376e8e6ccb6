import { none, TinyLfu } from "./tiny-lfu.ts";
import { cellBytes, VectorCells } from "./vector-cells.ts";

/** What a store answers for a key that it does not have. */
export const missing = -1;

/** What is kept beside a vector, in one number: how many tokens the model read, and whether the input was cut. */
export function toNote(tokens: number, truncated: boolean): number {
  return tokens * 2 + (truncated ? 1 : 0);
}

export function tokensOf(note: number): number {
  return Math.floor(note / 2);
}

export function isTruncated(note: number): boolean {
  return note % 2 === 1;
}

/** A key's text, its places in the map and in the list of keys: 87 to 112 bytes of heap each, measured for 20,000 to 260,000. */
const keyBytes = 112;
const arraysSlotBytes = 12;

/** Vectors in memory, within a number of bytes that counts everything: vectors, keys, lists and the sketch. */
export class RamStore {
  readonly #maxBytes: number;
  readonly #slots = new Map<string, number>();
  readonly #cells = new VectorCells();
  readonly #policy: TinyLfu;
  #keys: string[] = [];
  #firstCells = new Int32Array(0);
  #lengths = new Uint32Array(0);
  #notes = new Uint32Array(0);
  #freeSlots: number[] = [];
  #evictions = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    // A vector of 256 values with all that belongs to it.
    this.#policy = new TinyLfu(Math.floor(maxBytes / 1_200));
  }

  get maxBytes(): number {
    return this.#maxBytes;
  }

  get bytes(): number {
    const slots = this.#notes.length * (arraysSlotBytes + 8) + this.#slots.size * keyBytes;
    return this.#cells.bytes + this.#policy.bytes + slots;
  }

  get entries(): number {
    return this.#slots.size;
  }

  /** Entries that had to go for others. */
  get evictions(): number {
    return this.#evictions;
  }

  /** Copies a vector to its place and returns its note; {@link missing} where it is not there. */
  read(key: string, target: Float32Array, at: number, floats: number): number {
    const slot = this.#slots.get(key);
    if (slot === undefined || this.#lengths[slot] !== floats) return missing;
    this.#cells.read(this.#firstCells[slot]!, target, at, floats);
    this.#policy.touch(slot);
    return this.#notes[slot]!;
  }

  /** Keeps a copy of a vector, as far as there is room for it. A key that is there already stays as it is. */
  write(key: string, source: Float32Array, from: number, floats: number, note: number): void {
    if (this.#slots.has(key)) return;
    const cells = VectorCells.countCells(floats);
    // It would have to push everything out, and still not fit.
    if (cells * cellBytes > this.#maxBytes / 2) return;
    while (!this.#makeRoom(cells)) {
      const evicted = this.#policy.evict();
      if (evicted === none) return;
      this.#drop(evicted);
      this.#evictions++;
    }
    const slot = this.#freeSlots.pop()!;
    this.#slots.set(key, slot);
    this.#keys[slot] = key;
    this.#firstCells[slot] = this.#cells.write(source, from, floats);
    this.#lengths[slot] = floats;
    this.#notes[slot] = note;
    this.#policy.add(slot, cells, toHash(key));
  }

  clear(): void {
    for (const slot of this.#slots.values()) {
      this.#policy.remove(slot);
      this.#drop(slot);
    }
  }

  #drop(slot: number): void {
    this.#slots.delete(this.#keys[slot]!);
    this.#keys[slot] = "";
    this.#cells.release(this.#firstCells[slot]!);
    this.#freeSlots.push(slot);
  }

  /** Whether one more entry has room now; grows where that stays within the bound. */
  #makeRoom(cells: number): boolean {
    if (this.bytes + keyBytes > this.#maxBytes) return false;
    if (this.#freeSlots.length === 0) {
      const slots = this.#notes.length + Math.max(256, Math.floor(this.#notes.length / 4));
      const perSlot = arraysSlotBytes + 8 + TinyLfu.slotBytes;
      if (this.bytes + keyBytes + (slots - this.#notes.length) * perSlot > this.#maxBytes) return false;
      this.#growSlots(slots);
    }
    while (this.#cells.free < cells) {
      if (this.bytes + keyBytes + VectorCells.chunkBytes > this.#maxBytes) return false;
      this.#cells.grow();
    }
    return true;
  }

  #growSlots(slots: number): void {
    const before = this.#notes.length;
    const grow = <Numbers extends Int32Array | Uint32Array>(larger: Numbers, old: Numbers): Numbers => {
      larger.set(old);
      return larger;
    };
    this.#firstCells = grow(new Int32Array(slots), this.#firstCells);
    this.#lengths = grow(new Uint32Array(slots), this.#lengths);
    this.#notes = grow(new Uint32Array(slots), this.#notes);
    for (let slot = slots - 1; slot >= before; slot--) this.#freeSlots.push(slot);
    this.#policy.grow(slots);
  }
}

/** Keys are hashes already: any 32 bits of one will do. */
function toHash(key: string): number {
  return (
    (key.charCodeAt(0) | (key.charCodeAt(1) << 8) | (key.charCodeAt(2) << 16) | (key.charCodeAt(3) << 24)) >>>
    0
  );
}
