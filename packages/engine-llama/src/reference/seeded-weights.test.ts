import { describe, expect, it } from "vitest";
import { toHalfBits } from "./half-float.ts";
import { makeTensorBytes } from "./seeded-weights.ts";

/** A half-precision number by its definition (IEEE 754, binary16). */
function fromHalfBits(bits: number): number {
  const exponent = (bits >>> 10) & 31;
  const fraction = bits & 1023;
  return exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Q8_0 by its definition: blocks of a half-precision step and 32 signed bytes. */
function dequantize(bytes: Uint8Array): number[] {
  const values: number[] = [];
  for (let block = 0; block < bytes.length; block += 34) {
    const step = fromHalfBits(bytes[block]! | (bytes[block + 1]! << 8));
    for (let index = 2; index < 34; index++) values.push(step * ((bytes[block + index]! << 24) >> 24));
  }
  return values;
}

const matrix = { name: "matrix", type: "q8_0", dims: [64, 1000] } as const;

function makeMatrix(spread: Parameters<typeof makeTensorBytes>[1], chunkBytes: number): Buffer {
  // Chunks share their memory: each is copied before the next is made.
  return Buffer.concat([...copies(makeTensorBytes(matrix, spread, "seed", chunkBytes))]);
}

function* copies(chunks: Iterable<Uint8Array>): Generator<Uint8Array> {
  for (const chunk of chunks) yield chunk.slice();
}

describe("makeTensorBytes", () => {
  it("makes Q8_0 rows of the spread that was asked for", () => {
    const bytes = makeMatrix(
      { deviation: 0.25, first: 127, rowFactor: (row) => (row < 500 ? 1 : 0.125) },
      4096,
    );
    expect(bytes).toHaveLength((64 / 32) * 34 * 1000);
    const values = dequantize(bytes);
    const rows = Array.from({ length: 1000 }, (_, row) => values.slice(row * 64, row * 64 + 64));
    const spreadOf = (some: readonly number[][]): number => {
      const numbers = some.flatMap((row) => row.slice(1));
      return Math.sqrt(numbers.reduce((sum, value) => sum + value * value, 0) / numbers.length);
    };
    expect(spreadOf(rows.slice(0, 500))).toBeCloseTo(0.25, 2);
    expect(spreadOf(rows.slice(500))).toBeCloseTo(0.25 / 8, 3);
    expect(new Set(rows.slice(0, 500).map((row) => row[0]))).toEqual(new Set([rows[0]![0]!]));
    expect(rows[0]![0]).toBeCloseTo((127 / 42.5) * 0.25, 2);
    expect(Math.abs(values.reduce((sum, value) => sum + value, 0) / values.length)).toBeLessThan(0.03);
  });

  it("makes the same bytes in chunks of any size, others for another name", () => {
    const whole = makeMatrix({ deviation: 1 }, 1 << 20);
    for (const chunkBytes of [1, 1000, 10_000])
      expect(makeMatrix({ deviation: 1 }, chunkBytes).equals(whole)).toBe(true);
    const other = [...makeTensorBytes({ ...matrix, name: "other" }, { deviation: 1 }, "seed", 1 << 20)];
    expect(whole.equals(other[0]!)).toBe(false);
  });

  it("makes vectors with signs and a first number", () => {
    const tensor = { name: "norm", type: "f32", dims: [1000] } as const;
    const [bytes] = [
      ...makeTensorBytes(tensor, { mean: 1, deviation: 0.05, signed: true, first: 0 }, "seed", 64),
    ];
    const values = [...new Float32Array(bytes!.buffer)];
    expect(values[0]).toBe(0);
    const negative = values.filter((value) => value < 0).length;
    expect(negative).toBeGreaterThan(400);
    expect(negative).toBeLessThan(600);
    for (const value of values.slice(1)) expect(Math.abs(Math.abs(value) - 1)).toBeLessThan(0.2);
  });
});

describe("toHalfBits", () => {
  it("rounds down by less than a step", () => {
    for (const value of [0.0001, 0.0235, 0.3333, 1, 1.999, 77.7, 60_000]) {
      const half = fromHalfBits(toHalfBits(value));
      expect(half).toBeLessThanOrEqual(value);
      expect(half).toBeGreaterThan(value * (1 - 1 / 1024));
    }
    expect(toHalfBits(0)).toBe(0);
  });
});
