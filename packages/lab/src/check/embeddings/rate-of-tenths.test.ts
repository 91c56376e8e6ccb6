import { expect, it } from "vitest";
import { rateOfTenths } from "./rate-of-tenths.ts";

type Slices = Parameters<typeof rateOfTenths>[0];

const slicesOf = (units: readonly number[]): Slices =>
  units.map((each, index) => ({
    startMs: index * 1000,
    units: each,
    endedMs: each === 0 ? null : { first: index * 1000, last: (index + 1) * 1000 },
  }));

it("is the same where nothing changes", () => {
  const rates = rateOfTenths(slicesOf(Array.from({ length: 100 }, () => 7)))!;
  expect(rates.first).toBeCloseTo(7, 6);
  expect(rates.last).toBeCloseTo(7, 6);
});

it("sees what becomes slower", () => {
  // 100 s at 10 a second, then as much again at 5: the last tenth is wholly of the slow half.
  const rates = rateOfTenths(
    slicesOf([...Array.from({ length: 100 }, () => 10), ...Array.from({ length: 200 }, () => 5)]),
  )!;
  expect(rates.first).toBeCloseTo(10, 6);
  expect(rates.last).toBeCloseTo(5, 6);
});

it("says nothing of a short load, nor of none", () => {
  expect(rateOfTenths(slicesOf([10, 10, 10, 10]))).toBeUndefined();
  expect(rateOfTenths(slicesOf([0, 0]))).toBeUndefined();
  expect(rateOfTenths([])).toBeUndefined();
});
