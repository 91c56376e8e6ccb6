import { expect, it } from "vitest";
import { compareVectors } from "./judge-model.ts";

function unit(...degrees: number[]): Float32Array {
  return Float32Array.from(
    degrees.flatMap((one) => [Math.cos((one * Math.PI) / 180), Math.sin((one * Math.PI) / 180)]),
  );
}

it("finds no difference between equal vectors", () => {
  // 50 is 40 from both 10 and 90.
  const vectors = unit(0, 10, 50, 90);
  const judged = compareVectors(vectors, vectors, 2);
  expect(judged).toMatchObject({ texts: 4, agreement: 1, clearAgreement: 1, clearTexts: 3 });
  expect(judged.meanCosine).toBeCloseTo(1, 6);
});

it("counts whose nearest has changed, apart where it was clear", () => {
  // 50 is 40 from both 10 and 90: not clear. It moves towards 10, which is the first; 90's nearest is then still 50.
  expect(compareVectors(unit(0, 10, 50, 90), unit(0, 10, 69, 90), 2)).toMatchObject({
    agreement: 0.75,
    clearAgreement: 1,
    clearTexts: 3,
  });
  const worse = compareVectors(unit(0, 10, 40, 90), unit(0, 24, 40, 90), 2);
  expect(worse).toMatchObject({ agreement: 0.75, clearAgreement: 0.75 });
  expect(worse.leastCosine).toBeCloseTo(Math.cos((14 * Math.PI) / 180), 5);
});

it("knows that where nothing is clear there is nothing to agree on", () => {
  expect(compareVectors(unit(0, 0.1, 0.2), unit(0, 0.1, 0.2), 2).clearAgreement).toBeNaN();
});
