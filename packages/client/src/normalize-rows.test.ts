import { expect, it } from "vitest";
import { normalizeRows } from "./normalize-rows.ts";

it("scales rows to length 1, and leaves zeros and what has it already", () => {
  const exact = Float32Array.of(0.6, 0.8);
  const values = Float32Array.of(3, 4, 0, 0, ...exact, 1e30, 0, -1e-30, 0);
  normalizeRows({ count: 5, dimensions: 2, values });
  expect(values).toEqual(Float32Array.of(0.6, 0.8, 0, 0, 0.6, 0.8, 1, 0, -1, 0));
});

it("does not touch the bits of a vector that was normalised in float32", () => {
  const values = Float32Array.from({ length: 384 }, (_, index) => Math.sin(index + 1));
  const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  const normalized = values.map((value) => value / length);
  const before = normalized.slice();
  normalizeRows({ count: 1, dimensions: 384, values: normalized });
  expect(normalized).toEqual(before);
});
