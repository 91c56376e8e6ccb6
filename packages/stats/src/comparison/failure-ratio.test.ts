import { expect, it } from "vitest";
import { createRandom } from "../random.ts";
import { failureLogRatio, type FailurePoint } from "./failure-ratio.ts";
import { judgeRounds } from "./judge-rounds.ts";

const failed = (at: number): FailurePoint => ({ at, failed: true });
const held = (at: number): FailurePoint => ({ at, failed: false });

it("is the ratio of two failures, and a bound of it where one held to the end", () => {
  expect(failureLogRatio(failed(40), failed(50))).toBeCloseTo(Math.log(1.25), 12);
  expect(failureLogRatio(failed(40), held(100))).toBeCloseTo(Math.log(2.5), 12);
  expect(failureLogRatio(held(100), failed(40))).toBeCloseTo(Math.log(0.4), 12);
});

it("says nothing where both held, or where the one that held came less far", () => {
  expect(failureLogRatio(held(100), held(100))).toBeNaN();
  expect(failureLogRatio(failed(100), held(100))).toBeNaN();
  expect(failureLogRatio(failed(100), held(90))).toBeNaN();
  expect(failureLogRatio(held(90), failed(100))).toBeNaN();
  expect(failureLogRatio(failed(0), failed(10))).toBeNaN();
});

it("does not make a difference of ramps that end before equals fail", () => {
  const random = createRandom(9);
  // Both fail at 100 users give or take a fifth; the ramp ends at 100, so half of them hold.
  const draw = (): FailurePoint => {
    const at = 100 * (0.8 + 0.4 * random());
    return at > 100 ? held(100) : failed(at);
  };
  let alarms = 0;
  for (let trial = 0; trial < 400; trial += 1) {
    const ratios = Array.from({ length: 20 }, () => failureLogRatio(draw(), draw()));
    const { verdict } = judgeRounds(ratios, { delta: 0.05, maxRounds: 20, better: "more" });
    if (verdict === "faster" || verdict === "slower") alarms += 1;
  }
  expect(alarms / 400).toBeLessThanOrEqual(0.07);
});
