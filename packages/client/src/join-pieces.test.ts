import { expect, it } from "vitest";
import { joinPieces } from "./join-pieces.ts";

const pieces = { count: 2, dimensions: 2, values: Float32Array.of(1, 0, 0, 1) };

it("weights each piece with its length", () => {
  expect(joinPieces(pieces, [3, 1], false)).toEqual(Float32Array.of(0.75, 0.25));
});

it("scales the mean to length 1", () => {
  const [first, second] = joinPieces(pieces, [30, 40], true);
  expect(first).toBeCloseTo(0.6, 6);
  expect(second).toBeCloseTo(0.8, 6);
});

it("gives a single piece back", () => {
  const single = { count: 1, dimensions: 2, values: Float32Array.of(0.6, 0.8) };
  expect(joinPieces(single, [7], true)).toEqual(single.values);
});
