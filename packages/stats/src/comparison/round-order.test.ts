import { expect, it } from "vitest";
import { roundOrder } from "./round-order.ts";

it("has both sides first equally often in every two rounds, and lets neighbours touch with either side", () => {
  const halves = Array.from({ length: 8 }, (_, round) => roundOrder(round)).join("");
  expect(halves).toBe("abbabaababbabaab");
  const touching = [1, 3, 5, 7].map((round) => halves[2 * round - 1] === halves[2 * round]);
  expect(touching).toEqual([true, true, true, true]);
  expect([2, 4, 6].map((round) => halves[2 * round - 1] === halves[2 * round])).toEqual([
    false,
    false,
    false,
  ]);
});
