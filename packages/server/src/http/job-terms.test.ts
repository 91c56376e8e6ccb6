import { describe, expect, it } from "vitest";
import { parseRequestClass, parseRequestTimeout } from "./job-terms.ts";

describe("x-request-timeout", () => {
  it.each([
    ["30", 30_000],
    ["0.5", 500],
    [".25", 250],
    [" 500ms ", 500],
    ["30S", 30_000],
    ["2m", 120_000],
    ["1h", 3_600_000],
    [undefined, undefined],
  ])("reads %j as %s ms", (header, ms) => {
    expect(parseRequestTimeout(header)).toBe(ms);
  });

  it.each(["", "0", "0ms", "-1", "soon", "1d", "30, 40", "1e3", "9".repeat(400)])("refuses %j", (header) => {
    expect(() => parseRequestTimeout(header)).toThrow("x-request-timeout: expected seconds above 0");
  });
});

describe("x-request-class", () => {
  it.each([
    [undefined, "normal"],
    ["interactive", "interactive"],
    ["Batch ", "batch"],
  ])("reads %j as %s", (header, name) => {
    expect(parseRequestClass(header)).toBe(name);
  });

  it("refuses what it does not know", () => {
    expect(() => parseRequestClass("urgent")).toThrow(
      'x-request-class: expected interactive, normal, batch, got "urgent"',
    );
  });
});
