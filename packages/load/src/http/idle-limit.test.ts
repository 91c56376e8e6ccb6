import { describe, expect, it } from "vitest";
import { parseHttpTarget } from "./http-target.ts";
import { IdleLimit, idleLimitOf } from "./idle-limit.ts";

function after(...restedMs: readonly number[]): number {
  const limit = new IdleLimit();
  for (const ms of restedMs) limit.note(ms);
  return limit.ms;
}

describe("IdleLimit", () => {
  it("knows how long a server lets connections rest from closes that agree", () => {
    expect(after(5001, 5003)).toBe(Infinity);
    expect(after(5001, 5003, 5000)).toBe(4500);
  });

  it("concludes nothing from a server that restarts, nor from closes that come at once", () => {
    expect(after(600, 3000, 9000, 1200)).toBe(Infinity);
    expect(after(5, 8, 3, 9, 12)).toBe(Infinity);
  });

  it("follows a server that has changed its mind, and forgets what was long ago", () => {
    expect(after(5000, 5000, 5000, ...Array.from({ length: 8 }, () => 2000))).toBe(1800);
  });

  it("is one for all connections to a target", () => {
    const target = parseHttpTarget("http://server.example");
    expect(idleLimitOf(target)).toBe(idleLimitOf(target));
    expect(idleLimitOf(target)).not.toBe(idleLimitOf(parseHttpTarget("http://server.example")));
  });
});
