import { expect, it } from "vitest";
import { addChannel, liftOf } from "./emit-attention.ts";

it("adds a column after those of each head that is the same for every token", () => {
  const matrix = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  const bias = Float32Array.of(10, 20, 30, 40);
  const { columns, ...widened } = addChannel({ matrix, rows: 2, columns: 4, bias }, 2, 9);
  expect(columns).toBe(6);
  expect([...widened.matrix]).toEqual([1, 2, 0, 3, 4, 0, 5, 6, 0, 7, 8, 0]);
  expect([...widened.bias!]).toEqual([10, 20, 9, 30, 40, 9]);
  expect([...addChannel({ matrix, rows: 2, columns: 4, bias: undefined }, 1, 9).bias!]).toEqual([
    0, 0, 0, 0, 9,
  ]);
});

it("lifts every score alike, whatever the scale", () => {
  for (const scale of [1, 0.125]) expect(scale * liftOf("query", scale) * liftOf("key", scale)).toBe(128);
});
