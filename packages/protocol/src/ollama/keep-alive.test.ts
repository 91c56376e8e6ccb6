import { describe, expect, it } from "vitest";
import { parseKeepAlive, readKeepAlive } from "./keep-alive.ts";

const forever = Number.POSITIVE_INFINITY;

describe("parseKeepAlive", () => {
  it.each([
    [0, 0],
    [300, 300_000],
    [0.5, 500],
    [-1, forever],
    [-0.5, forever],
    [1e300, forever],
    ["0", 0],
    ["0s", 0],
    ["30", 30_000],
    ["10m", 600_000],
    ["1h30m", 5_400_000],
    ["1.5h", 5_400_000],
    [".5s", 500],
    ["100ms", 100],
    ["250us", 0.25],
    ["+5m", 300_000],
    ["-1", forever],
    ["-1s", forever],
    ["-1m30s", forever],
    ["100000000h", forever],
  ])("reads %j as %d ms", (written, ms) => {
    expect(parseKeepAlive(written)).toBe(ms);
  });

  it.each(["", " ", "5 m", "m", "5x", "1h-5m", "forever", "5m ", ".", "1e3s", true, [], {}, Number.NaN])(
    "does not read %j",
    (written) => {
      expect(parseKeepAlive(written)).toBeUndefined();
    },
  );
});

describe("readKeepAlive", () => {
  it("is undefined where it is left out or null", () => {
    expect(readKeepAlive({})).toBeUndefined();
    expect(readKeepAlive({ keep_alive: null })).toBeUndefined();
  });

  it("names the field, what was expected, what came and what to do", () => {
    expect(() => readKeepAlive({ keep_alive: "5x" })).toThrow(
      expect.objectContaining({
        code: "INVALID_REQUEST",
        field: "keep_alive",
        message:
          'keep_alive: expected seconds (300; 0 unloads, -1 is forever) or a duration ("10m", "1h30m"), got "5x". Correct it or leave it out.',
      }),
    );
  });
});
