import { describe, expect, it } from "vitest";
import { CacheBuster, drawCacheBusterStart } from "./cache-buster.ts";

describe("CacheBuster", () => {
  it("counts up in base 36 and carries over", () => {
    const buster = new CacheBuster("0000zzzy");
    const bytes = new Uint8Array(10).fill(0x2e);
    const words = Array.from({ length: 3 }, () => {
      buster.writeNext(bytes, 1);
      return Buffer.from(bytes).toString("latin1");
    });
    expect(words).toEqual([".0000zzzy.", ".0000zzzz.", ".00010000."]);
  });

  it("begins where it is told, with 8 characters of 0-9 and a-z", () => {
    expect(drawCacheBusterStart(() => 0)).toBe("00000000");
    expect(drawCacheBusterStart(() => 0.999)).toBe("zzzzzzzz");
    expect(() => new CacheBuster("Zzzzzzzz")).toThrow("8 characters of 0-9 and a-z");
  });
});
