import { WeirError } from "@weir/protocol";
import { expect, it } from "vitest";
import { withNextStep } from "./next-step.ts";

it("a message without a next step gets its code's", () => {
  const bare = new WeirError("UNAUTHENTICATED", "expected an API key, got none");
  expect(withNextStep(bare).message).toBe(`expected an API key, got none. ${bare.hint}`);
  const full = new WeirError("QUEUE_FULL", "no room for a.txt", { field: "path", retryAfterMs: 7 });
  expect(withNextStep(full)).toMatchObject({
    code: "QUEUE_FULL",
    message: `no room for a.txt. ${full.hint}`,
    field: "path",
    retryAfterMs: 7,
  });
});

it.each(["input: expected a string, got 1. Send a string.", "expected 10, got 11; split the list"])(
  "one with a next step stays as it is: %s",
  (message) => {
    const error = new WeirError("INVALID_REQUEST", message);
    expect(withNextStep(error)).toBe(error);
  },
);
