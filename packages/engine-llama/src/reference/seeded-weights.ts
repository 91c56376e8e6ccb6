import { createSeededRandom } from "@weir/engine";
import { countNumbers, tensorTypes, type GgufTensor } from "../gguf/gguf-values.ts";
import { toHalfBits } from "./half-float.ts";

/** How the numbers of a tensor are spread. */
export interface Spread {
  /** About the normal distribution's standard deviation. */
  readonly deviation: number;
  readonly mean?: number;
  /** Only in vectors: a random sign for every number. */
  readonly signed?: boolean;
  /** The first number, of a vector or of every row, in place of a random one; in rows a multiple of their step. */
  readonly first?: number;
  /** Only in matrices: factors of the rows' numbers. */
  readonly rowFactor?: (row: number) => number;
}

/** Standard deviation of the table's whole numbers, by which rows' steps are chosen. */
export const tableDeviation = 42.5;

/** 256 whole numbers spread as the sum of four dice is: about normal, within ±113. */
const table: Int8Array = makeTable();

/**
 * The bytes of a tensor, the same on every machine: a 32-bit generator seeded by the tensor's name, whole numbers from a
 * table, products that are exactly rounded. One block of memory for all: whoever takes a chunk is done with it before
 * asking for the next.
 */
export function* makeTensorBytes(
  tensor: GgufTensor,
  spread: Spread,
  seed: string,
  chunkBytes: number,
): Generator<Uint8Array> {
  const random = createSeededRandom(`${seed}/${tensor.name}`);
  if (tensor.type === "f32") {
    const values = makeVector(countNumbers(tensor), spread, random);
    yield new Uint8Array(values.buffer);
    return;
  }
  const { blockLength, blockBytes } = tensorTypes.q8_0;
  const blocksPerRow = tensor.dims[0]! / blockLength;
  const rowBytes = blocksPerRow * blockBytes;
  const rows = tensor.dims[1]!;
  const rowsAtOnce = Math.min(rows, Math.max(1, Math.floor(chunkBytes / rowBytes)));
  const chunk = new Uint8Array(rowsAtOnce * rowBytes);
  for (let start = 0; start < rows; start += rowsAtOnce) {
    const count = Math.min(rowsAtOnce, rows - start);
    let place = 0;
    for (let row = start; row < start + count; row++) {
      const step = toHalfBits((spread.deviation * (spread.rowFactor?.(row) ?? 1)) / tableDeviation);
      const rowStart = place;
      for (let block = 0; block < blocksPerRow; block++) {
        chunk[place] = step & 255;
        chunk[place + 1] = step >>> 8;
        for (let at = place + 2; at < place + blockBytes; at += 4) {
          const bits = random();
          chunk[at] = table[bits & 255]!;
          chunk[at + 1] = table[(bits >>> 8) & 255]!;
          chunk[at + 2] = table[(bits >>> 16) & 255]!;
          chunk[at + 3] = table[bits >>> 24]!;
        }
        place += blockBytes;
      }
      if (spread.first !== undefined) chunk[rowStart + 2] = spread.first;
    }
    yield chunk.subarray(0, place);
  }
}

function makeVector(length: number, spread: Spread, random: () => number): Float32Array {
  const values = new Float32Array(length);
  for (let index = 0; index < length; index++) {
    const bits = random();
    const value = (spread.mean ?? 0) + (table[bits & 255]! * spread.deviation) / tableDeviation;
    values[index] = spread.signed === true && (bits & 256) !== 0 ? -value : value;
  }
  if (spread.first !== undefined) values[0] = spread.first;
  return values;
}

/** Quantiles of the sum of four dice with sides 0 to 73, less its mean; counted in whole numbers. */
function makeTable(): Int8Array {
  const sides = 74;
  let ways = [1];
  for (let die = 0; die < 4; die++) {
    const sums = Array.from({ length: ways.length + sides - 1 }, () => 0);
    for (const [sum, count] of ways.entries()) {
      for (let side = 0; side < sides; side++) sums[sum + side]! += count;
    }
    ways = sums;
  }
  const all = sides ** 4;
  const mean = 2 * (sides - 1);
  const values = new Int8Array(256);
  let [sum, below] = [0, ways[0]!];
  for (let index = 0; index < 256; index++) {
    // The middle of the index's share of all ways.
    while (below * 512 <= (2 * index + 1) * all) below += ways[++sum]!;
    values[index] = sum - mean;
  }
  return values;
}
