import { expect, it } from "vitest";
import { assertRoomForReplicas } from "./room-for-replicas.ts";

it("lets start what fits, and says how many would", () => {
  assertRoomForReplicas(9, 100_000_000, 900_000_000);
  expect(() => assertRoomForReplicas(10, 100_000_000, 999_000_000)).toThrow(
    /room for 10 more replicas of 100 MB each, got 999 MB.*at most 10 replicas fit/,
  );
});
