import type { VectorBlock } from "@weir/protocol";

/** Rounding to float32 moves the square of a length by less than this; half precision moves it by more. */
const tolerance = 1e-5;

/** Scales rows to length 1 in place. Rows that have it already keep their bits, and rows of zeros stay as they are. */
export function normalizeRows({ count, dimensions, values }: VectorBlock): void {
  for (let row = 0; row < count; row += 1) {
    const vector = values.subarray(row * dimensions, (row + 1) * dimensions);
    // Dividing by the largest value first: squares of large float32 values overflow, and of small ones vanish.
    let largest = 0;
    for (const value of vector) largest = Math.max(largest, Math.abs(value));
    if (largest === 0) continue;
    let squares = 0;
    for (const value of vector) squares += (value / largest) ** 2;
    const length = largest * Math.sqrt(squares);
    if (Math.abs(length - 1) <= tolerance) continue;
    for (let column = 0; column < dimensions; column += 1) vector[column] = vector[column]! / length;
  }
}
