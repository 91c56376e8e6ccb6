import { expect, it } from "vitest";
import { widenBrainFloats, widenHalfFloats } from "./half-floats.ts";

it("reads float16 as IEEE 754 has it", () => {
  // 1, -2, the largest, the least normal, the least of all, infinity, -0, one third.
  const halves = Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x7c00, 0x8000, 0x3555);
  expect([...widenHalfFloats(halves)]).toEqual([
    1,
    -2,
    65_504,
    2 ** -14,
    2 ** -24,
    Infinity,
    -0,
    0.333251953125,
  ]);
  expect(widenHalfFloats(Uint16Array.of(0x7e00))[0]).toBeNaN();
});

it("reads bfloat16 as the upper half of a float32", () => {
  expect([...widenBrainFloats(Uint16Array.of(0x3f80, 0xc000, 0x7f80, 0x4049))]).toEqual([
    1,
    -2,
    Infinity,
    3.140625,
  ]);
});
