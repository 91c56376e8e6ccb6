import { WeirError } from "@weir/protocol";
import { expect, it } from "vitest";
import { decideNextStep } from "./request-budget.ts";

const full = new WeirError("QUEUE_FULL", "http://a answered 503: full", { retryAfterMs: 45_000 });

it("waits where the wait ends before the time is over", () => {
  expect(decideNextStep(full, 45_000, 45_001)).toEqual({ kind: "wait", delayMs: 45_000 });
  expect(decideNextStep(full, 0, 1)).toEqual({ kind: "wait", delayMs: 0 });
});

it("gives up at once where it does not, and says by how much", () => {
  expect(decideNextStep(full, 45_000, 12_340)).toMatchObject({
    kind: "give-up",
    error: {
      code: "QUEUE_FULL",
      retryAfterMs: 45_000,
      message:
        "http://a answered 503: full (the server says to come back in 45.0 s, and 12.3 s are left of timeoutMs)",
      cause: full,
    },
  });
  const gone = new WeirError("TARGET_UNREACHABLE", "nobody there");
  expect(decideNextStep(gone, 250, 250)).toMatchObject({
    error: { message: "nobody there (another attempt is due in 0.3 s, and 0.3 s are left of timeoutMs)" },
  });
});

it("leaves an error as it is where no other attempt would be made", () => {
  expect(decideNextStep(full, undefined, 1_000)).toEqual({ kind: "give-up", error: full });
  expect(decideNextStep(full, 10, 0)).toEqual({ kind: "give-up", error: full });
});
