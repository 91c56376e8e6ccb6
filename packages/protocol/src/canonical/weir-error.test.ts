import { describe, expect, it } from "vitest";
import { toWeirError, WeirError } from "./weir-error.ts";

describe("WeirError", () => {
  it("takes status, exit code and hint from its code's row", () => {
    const error = new WeirError("QUEUE_FULL", "256 of 256 places are taken", { retryAfterMs: 20 });
    expect(error).toMatchObject({ status: 503, exitCode: 1, retryable: true, retryAfterMs: 20 });
    expect(error.hint).toContain("Retry-After");
  });

  it("keeps an error of ours as it is, and wraps any other with its cause", () => {
    const ours = new WeirError("NOT_READY", "starting");
    expect(toWeirError(ours)).toBe(ours);
    const other = new TypeError("x is not a function");
    expect(toWeirError(other)).toMatchObject({ code: "INTERNAL", cause: other });
    expect(toWeirError("gone").message).toBe("gone");
  });
});
