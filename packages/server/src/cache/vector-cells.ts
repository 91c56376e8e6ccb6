/** Values in a cell: what nearly every model's vectors are a multiple of, so that hardly anything is left empty. */
const cellFloats = 64;
/** What a cell takes, with the link to the next one. */
export const cellBytes: number = cellFloats * 4 + 4;
const chunkCells = 1_024;
/** The end of a list of cells. */
const end = -1;

/**
 * Memory for vectors of any length, in cells of one size that are chained: nothing ever has to be moved, what one vector
 * leaves fits any other, and the garbage collector has a few large blocks to look at instead of an object a vector.
 */
export class VectorCells {
  /** What it grows by at a time. */
  static readonly chunkBytes: number = chunkCells * cellBytes;

  readonly #values: Float32Array[] = [];
  readonly #next: Int32Array[] = [];
  #firstFree = end;
  #free = 0;

  get bytes(): number {
    return this.#values.length * VectorCells.chunkBytes;
  }

  get free(): number {
    return this.#free;
  }

  static countCells(floats: number): number {
    return Math.max(1, Math.ceil(floats / cellFloats));
  }

  grow(): void {
    const first = this.#values.length * chunkCells;
    this.#values.push(new Float32Array(chunkCells * cellFloats));
    this.#next.push(Int32Array.from({ length: chunkCells }, (_, index) => first + index + 1));
    this.#next.at(-1)![chunkCells - 1] = this.#firstFree;
    this.#firstFree = first;
    this.#free += chunkCells;
  }

  /** Stores values and returns the first of their cells. There have to be enough that are free. */
  write(source: Float32Array, from: number, count: number): number {
    const first = this.#firstFree;
    let cell = first;
    for (let written = 0; ; written += cellFloats) {
      const at = (cell % chunkCells) * cellFloats;
      const values = source.subarray(from + written, from + Math.min(written + cellFloats, count));
      this.#values[Math.floor(cell / chunkCells)]!.set(values, at);
      this.#free--;
      if (written + cellFloats >= count) break;
      cell = this.#after(cell);
    }
    this.#firstFree = this.#after(cell);
    this.#link(cell, end);
    return first;
  }

  /** Copies the values that begin in a cell. */
  read(first: number, target: Float32Array, to: number, count: number): void {
    let cell = first;
    for (let read = 0; read < count; read += cellFloats) {
      const at = (cell % chunkCells) * cellFloats;
      const chunk = this.#values[Math.floor(cell / chunkCells)]!;
      target.set(chunk.subarray(at, at + Math.min(cellFloats, count - read)), to + read);
      cell = this.#after(cell);
    }
  }

  release(first: number): void {
    let last = first;
    for (this.#free++; this.#after(last) !== end; this.#free++) last = this.#after(last);
    this.#link(last, this.#firstFree);
    this.#firstFree = first;
  }

  #after(cell: number): number {
    return this.#next[Math.floor(cell / chunkCells)]![cell % chunkCells]!;
  }

  #link(cell: number, next: number): void {
    this.#next[Math.floor(cell / chunkCells)]![cell % chunkCells] = next;
  }
}
