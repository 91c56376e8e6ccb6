import { expect, it } from "vitest";
import { HoldingTime } from "./holding-time.ts";

it("says when bytes will be free, by how long those before were held", () => {
  const holding = new HoldingTime();
  expect(holding.toFreeMs(50, 100)).toBe(1_000);
  for (let request = 0; request < 10; request++) holding.note(8_000);
  expect(holding.toFreeMs(25, 100)).toBe(2_000);
  // What is larger than all of it comes alone: when all are gone.
  expect(holding.toFreeMs(500, 100)).toBe(8_000);
  expect(holding.toFreeMs(0.1, 100)).toBe(100);
  for (let request = 0; request < 300; request++) holding.note(400);
  expect(holding.toFreeMs(100, 100)).toBeLessThan(500);
});
