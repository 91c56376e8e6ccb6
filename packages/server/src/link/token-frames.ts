import type { ModelVectors } from "@weir/protocol";

/**
 * Vectors of tokens as an event's body: u32 count, count u32 row numbers of the request, count u32 numbers of tokens, then
 * the vectors of each row's tokens as float32, one row's after the other's.
 */
export function encodeTokenRows(rows: ArrayLike<number>, vectors: ModelVectors): Uint8Array {
  const lengths = vectors.rowLengths ?? new Int32Array(0);
  const body = new Uint8Array(4 + 8 * lengths.length + vectors.values.byteLength);
  const numbers = new Uint32Array(body.buffer, 0, 1 + 2 * lengths.length);
  numbers[0] = lengths.length;
  lengths.forEach((length, index) => {
    numbers[1 + index] = rows[index]!;
    numbers[1 + lengths.length + index] = length;
  });
  new Float32Array(body.buffer, 4 + 8 * lengths.length).set(vectors.values);
  return body;
}

/** Puts the vectors of an event's rows into `target`, at the rows' numbers. */
export function collectTokenRows(body: Uint8Array, dimensions: number, target: Float32Array[]): void {
  const own = body.slice();
  const count = new Uint32Array(own.buffer, 0, 1)[0]!;
  const numbers = new Uint32Array(own.buffer, 4, 2 * count);
  let offset = 4 + 8 * count;
  for (let index = 0; index < count; index++) {
    const values = numbers[count + index]! * dimensions;
    target[numbers[index]!] = new Float32Array(own.buffer, offset, values);
    offset += 4 * values;
  }
}

/** The whole answer, from the rows in order. */
export function joinTokenRows(rows: readonly Float32Array[], dimensions: number): ModelVectors {
  const rowLengths = Int32Array.from(rows, (row) => row.length / dimensions);
  const count = rowLengths.reduce((sum, length) => sum + length, 0);
  const values = new Float32Array(count * dimensions);
  let filled = 0;
  for (const row of rows) {
    values.set(row, filled);
    filled += row.length;
  }
  return { count, dimensions, values, rowLengths };
}
