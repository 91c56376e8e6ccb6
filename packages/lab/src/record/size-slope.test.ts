import type { FittedLine } from "@weir/stats";
import { describe, expect, it } from "vitest";
import type { WorkloadRequest } from "../run/run-request.ts";
import { describeSizeSlope, toSizeSlope } from "./size-slope.ts";

const upload = { kind: "upload" } as WorkloadRequest;
const line: FittedLine = { n: 400, minX: 1e5, maxX: 12e6, slope: 84e-6, halfWidth: 3e-6, base: 12 };

describe("the slope over size", () => {
  it("is of bodies, in MB", () => {
    const slope = toSizeSlope(upload, line)!;
    expect(describeSizeSlope(slope)).toBe(
      "each MB adds 84.0 ms (81.0 to 87.0), from 12.0 ms on; 400 requests of 0.100 to 12.0 MB",
    );
    expect(toSizeSlope({ kind: "chat" } as WorkloadRequest, line)).toBeNull();
  });

  it("is left out where there is too little to say", () => {
    for (const changes of [{ n: 19 }, { minX: 9e6 }, { minX: 100, maxX: 9000 }])
      expect(toSizeSlope(upload, { ...line, ...changes })).toBeNull();
    expect(toSizeSlope(upload, undefined)).toBeNull();
  });

  it("is not claimed where its interval holds 0", () => {
    expect(describeSizeSlope(toSizeSlope(upload, { ...line, halfWidth: 90e-6 })!)).toBe(
      "makes no difference that 400 requests of 0.100 to 12.0 MB would show: each MB adds -6.00 to 174 ms",
    );
  });
});
