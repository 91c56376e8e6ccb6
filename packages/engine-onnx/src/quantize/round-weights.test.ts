import { expect, it } from "vitest";
import { roundColumns, roundRows, transpose } from "./round-weights.ts";

const matrix = Float32Array.of(1, -10, 0, -2, 5, 0);

it("gives each column a scale of its own", () => {
  const { values, scales } = roundColumns(matrix, 2, 3);
  expect([...values]).toEqual([64, -127, 0, -127, 64, 0]);
  expect(scales[0]).toBeCloseTo(2 / 127, 6);
  expect(scales[1]).toBeCloseTo(10 / 127, 6);
  expect(scales[2]).toBe(1);
});

it("gives each row a scale of its own", () => {
  const { values, scales } = roundRows(matrix, 2, 3);
  expect([...values]).toEqual([13, -127, 0, -51, 127, 0]);
  expect(scales[0]).toBeCloseTo(10 / 127, 6);
  expect(scales[1]).toBeCloseTo(5 / 127, 6);
});

it("is never off by more than half a step", () => {
  const numbers = Float32Array.from(
    { length: 600 },
    (_, index) => Math.sin(index * 12.9898) * (1 + (index % 7)),
  );
  const { values, scales } = roundColumns(numbers, 60, 10);
  const steps = numbers.map((value, at) => Math.abs(value / scales[at % 10]! - values[at]!));
  expect(Math.max(...steps)).toBeLessThanOrEqual(0.5001);
});

it("turns rows into columns", () => {
  expect([...transpose(matrix, 2, 3)]).toEqual([1, -2, -10, 5, 0, 0]);
});
