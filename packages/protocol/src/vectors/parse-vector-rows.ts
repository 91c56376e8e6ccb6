import type { VectorBlock } from "../canonical/embedding.ts";
import { WeirError } from "../canonical/weir-error.ts";
import { describeValue } from "../fields/describe-value.ts";
import { swapToWireOrder } from "./byte-order.ts";

/**
 * Rows of an answer, each a list of numbers or base64 of little-endian float32, as one block. `place(index)` names a
 * row in messages. Throws TARGET_ANSWER_INVALID where rows differ in length or hold anything but finite numbers.
 */
export function parseVectorRows(rows: readonly unknown[], place: (index: number) => string): VectorBlock {
  const dimensions = countDimensions(rows[0], place(0));
  const values = new Float32Array(rows.length * dimensions);
  const bytes = Buffer.from(values.buffer);
  for (const [index, row] of rows.entries()) {
    const length = countDimensions(row, place(index));
    if (length !== dimensions) {
      throw invalid(`${place(index)}: expected ${dimensions} values as in the first row, got ${length}`);
    }
    if (typeof row === "string") copyBase64(row, bytes, index * dimensions * 4, place(index));
    else copyNumbers(row as readonly unknown[], values, index * dimensions, place(index));
  }
  checkFinite(values, dimensions, place);
  return { count: rows.length, dimensions, values };
}

function countDimensions(row: unknown, place: string): number {
  const length =
    typeof row === "string" ? countBase64Floats(row, place) : Array.isArray(row) ? row.length : 0;
  if (length > 0) return length;
  throw invalid(`${place}: expected a vector (a list of numbers or base64), got ${describeValue(row)}`);
}

function countBase64Floats(text: string, place: string): number {
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = Math.floor(((text.length - padding) * 3) / 4);
  if (bytes % 4 === 0) return bytes / 4;
  throw invalid(`${place}: expected base64 of float32 values (4 bytes each), got ${bytes} bytes`);
}

function copyBase64(text: string, bytes: Buffer, offset: number, place: string): void {
  const expected = countBase64Floats(text, place) * 4;
  // The decoder skips characters that are not base64, which would shift every value after them.
  if (bytes.write(text, offset, expected, "base64") !== expected) {
    throw invalid(`${place}: expected base64, got ${describeValue(text)}`);
  }
  swapToWireOrder(bytes.subarray(offset, offset + expected));
}

function copyNumbers(row: readonly unknown[], values: Float32Array, offset: number, place: string): void {
  for (let column = 0; column < row.length; column += 1) {
    const value = row[column];
    if (typeof value !== "number") {
      throw invalid(`${place}[${column}]: expected a number, got ${describeValue(value)}`);
    }
    values[offset + column] = value;
  }
}

function checkFinite(values: Float32Array, dimensions: number, place: (index: number) => string): void {
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index]!;
    // The difference is NaN for NaN and infinities, and 0 for every other number.
    if (value - value !== 0) {
      const row = Math.floor(index / dimensions);
      throw invalid(`${place(row)}[${index % dimensions}]: expected a finite float32, got ${value}`);
    }
  }
}

/** What is wrong with a server's answer, as an error. */
export function invalid(message: string): WeirError {
  return new WeirError("TARGET_ANSWER_INVALID", message);
}
