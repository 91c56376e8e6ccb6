import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maxFloatBytes, writeFloatRow } from "./write-float-row.ts";

function write(values: Float32Array): string {
  const bytes = Buffer.alloc(values.length * maxFloatBytes);
  const end = writeFloatRow(new DataView(bytes.buffer, bytes.byteOffset), 0, values, 0, values.length);
  return bytes.toString("latin1", 0, end);
}

function toBits(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}

/** The values that do not read back as the same bits. */
function findChanged(values: Float32Array): number[] {
  const back = toBits(Float32Array.from(JSON.parse(`[${write(values)}]`) as number[]));
  const bits = toBits(values);
  return Array.from(values).filter((_, index) => back[index] !== bits[index] || back.length !== bits.length);
}

function isFinitePattern(bits: number): boolean {
  return ((bits >>> 23) & 0xff) !== 0xff;
}

describe("writeFloatRow", () => {
  it("writes numbers that read back as the same bits: any pattern of bits", () => {
    const pattern = fc.integer({ min: 0, max: 0xffff_ffff }).filter(isFinitePattern);
    fc.assert(
      fc.property(fc.array(pattern, { minLength: 1, maxLength: 200 }), (patterns) => {
        expect(findChanged(new Float32Array(Uint32Array.from(patterns).buffer))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it("does so across every exponent, with mantissas spread evenly and both signs", () => {
    for (let exponent = 0; exponent < 255; exponent += 1) {
      const bits = new Uint32Array(2_000);
      for (let index = 0; index < bits.length; index += 1) {
        const mantissa = Math.floor((index * 0x7f_ffff) / (bits.length - 1));
        bits[index] = (((index & 1) << 31) | (exponent << 23) | mantissa) >>> 0;
      }
      expect(findChanged(new Float32Array(bits.buffer))).toEqual([]);
    }
  });

  it("does so beside every power of two, where the gap between neighbours changes", () => {
    const bits: number[] = [];
    for (let exponent = 1; exponent < 255; exponent += 1) {
      for (const step of [-2, -1, 0, 1, 2]) bits.push((exponent << 23) + step);
    }
    expect(findChanged(new Float32Array(Uint32Array.from(bits).buffer))).toEqual([]);
  });

  it.each([
    [0, "0"],
    [-0, "-0"],
    [1, "1.0000000"],
    [-1, "-1.0000000"],
    [0.1, "0.100000001"],
    [-0.03125, "-0.031250000"],
    [255.5, "255.5000000"],
    [256, "256.000000"],
    [1.401298464324817e-45, "1.40129846e-45"],
    [3.4028234663852886e38, "3.40282347e+38"],
  ])("writes %d as %s", (value, text) => {
    expect(write(Float32Array.of(value))).toBe(text);
    expect(findChanged(Float32Array.of(value))).toEqual([]);
  });

  it("writes the asked part of an array that starts anywhere in its buffer", () => {
    const values = new Float32Array(8).subarray(2);
    values.set([0.5, 0.25, 2, -0.125, 0, 0]);
    const bytes = Buffer.alloc(60, "x");
    const end = writeFloatRow(new DataView(bytes.buffer, bytes.byteOffset), 1, values, 1, 4);
    expect(bytes.toString("latin1", 0, end)).toBe("x0.250000000,2.0000000,-0.125000000");
  });

  it("writes nothing for no values", () => {
    expect(write(new Float32Array(0))).toBe("");
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    "refuses %d with its column",
    (value) => {
      expect(() => write(Float32Array.of(1, 0.5, value))).toThrow(
        expect.objectContaining({ code: "ENGINE_FAILED", message: expect.stringContaining("value 2 ") }),
      );
    },
  );
});
