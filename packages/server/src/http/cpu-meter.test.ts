import { expect, it } from "vitest";
import { createCpuMeter } from "./cpu-meter.ts";

it("gives the cores used since it was asked last, over a second at least", () => {
  let atMs = 0;
  let usedMs = 100;
  const meter = createCpuMeter(
    () => atMs,
    () => ({ user: usedMs * 900, system: usedMs * 100 }),
  );
  atMs = 2_000;
  usedMs += 500;
  expect(meter()).toBeCloseTo(0.25);
  atMs += 10;
  usedMs += 10;
  expect(meter()).toBeCloseTo(0.25);
  atMs += 990;
  usedMs += 1_490;
  expect(meter()).toBeCloseTo(1.5);
});
