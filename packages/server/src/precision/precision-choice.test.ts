import { describe, expect, it } from "vitest";
import {
  describePrecision,
  nextPrecisionStep,
  type FailedPrecision,
  type PrecisionPoint,
} from "./precision-choice.ts";

const fp32: PrecisionPoint = {
  precision: "fp32",
  textsPerSecond: 60,
  speedRatio: 1,
  weightBytes: 90e6,
  vectors: undefined,
};

function point(
  precision: "int8" | "int8-accurate",
  speedRatio: number,
  clearAgreement: number,
  more: Partial<NonNullable<PrecisionPoint["vectors"]>> = {},
): PrecisionPoint {
  const vectors = {
    texts: 288,
    meanCosine: 0.999,
    leastCosine: 0.997,
    agreement: 0.9,
    clearAgreement,
    clearTexts: 250,
    ...more,
  };
  return { precision, textsPerSecond: 60 * speedRatio, speedRatio, weightBytes: 23e6, vectors };
}

describe("choosing a precision", () => {
  it("tries int8 first, which is the fastest, and is content where it is good enough", () => {
    expect(nextPrecisionStep([], 0.95)).toEqual({ kind: "try", precision: "int8" });
    const step = nextPrecisionStep([fp32, point("int8", 1.9, 0.9563)], 0.95);
    expect(step).toMatchObject({ kind: "chosen", runs: "int8" });
    expect(step).toHaveProperty(
      "reason",
      "int8 is 1.90 times as fast as fp32 with 95.6 % of clear nearest neighbours (90 % of all) and a mean cosine of 0.9990",
    );
  });

  it("tries int8-accurate where int8 changes too much, and takes it where that is better", () => {
    const int8 = point("int8", 1.9, 0.9499);
    expect(nextPrecisionStep([fp32, int8], 0.95)).toEqual({ kind: "try", precision: "int8-accurate" });
    expect(nextPrecisionStep([fp32, int8, point("int8-accurate", 1.3, 1)], 0.95)).toMatchObject({
      runs: "int8-accurate",
      reason: expect.stringMatching(
        /^int8 has only 94\.9 %.*at least 95 % and 0\.995; int8-accurate is 1\.30/,
      ) as unknown,
    });
    const neither = nextPrecisionStep([fp32, int8, point("int8-accurate", 1.3, 0.94)], 0.95);
    expect(neither).toMatchObject({
      runs: "as-is",
      reason: expect.stringMatching(/^int8 has only.*; int8-accurate has only 94 %/) as unknown,
    });
    expect(nextPrecisionStep([fp32, int8, point("int8-accurate", 1.05, 1)], 0.95)).toMatchObject({
      runs: "as-is",
      reason: expect.stringMatching(/; int8-accurate is 1\.05 times as fast/) as unknown,
    });
  });

  it("asks for the mean cosine as well, and for all neighbours where none is clear", () => {
    const far = point("int8", 1.9, 1, { meanCosine: 0.9949 });
    expect(nextPrecisionStep([fp32, far], 0.95)).toMatchObject({ kind: "try" });
    const none = { clearTexts: 0, clearAgreement: NaN };
    expect(
      nextPrecisionStep([fp32, point("int8", 1.9, NaN, { ...none, agreement: 0.9 })], 0.95),
    ).toMatchObject({
      kind: "try",
    });
    expect(
      nextPrecisionStep([fp32, point("int8", 1.9, NaN, { ...none, agreement: 0.96 })], 0.95),
    ).toMatchObject({
      runs: "int8",
    });
  });

  it("stays with the weights as they are where int8 gains nothing or cannot be made", () => {
    const slow = nextPrecisionStep([fp32, point("int8", 0.81, 1)], 0.95);
    expect(slow).toMatchObject({
      runs: "as-is",
      reason: expect.stringMatching(/^int8 is 0\.81 times as fast as fp32 on this machine/) as unknown,
    });
    const nearly = nextPrecisionStep([fp32, point("int8", 1.0999, 1)], 0.95);
    expect(nearly).toHaveProperty(
      "reason",
      expect.stringMatching(/^int8 is 1\.09 times as fast .* \(1\.10 is the least\)$/),
    );
    const failed: FailedPrecision = { precision: "int8", failure: "int8 cannot be used: it is float16" };
    expect(nextPrecisionStep([failed], 0.95)).toMatchObject({ runs: "as-is", reason: failed.failure });
  });

  it("says what runs and how that was found", () => {
    const choice = { measured: [], sourcePath: "/m", reason: "it is so" } as const;
    const measured = [fp32];
    expect(
      describePrecision({ ...choice, measured, asked: "auto", runs: "int8", chosenBy: "measured" }),
    ).toBe("precision: int8 (measured now: it is so)");
    expect(describePrecision({ ...choice, asked: "auto", runs: "as-is", chosenBy: "remembered" })).toBe(
      "precision: the weights as they are (it is so)",
    );
    expect(describePrecision({ ...choice, asked: "int8", runs: "as-is", chosenBy: "given" })).toBe(
      "precision: the weights as they are (it is so)",
    );
  });
});
