import { createRandom } from "@weir/stats";
import { describe, expect, it } from "vitest";
import { findTogether } from "./rise-together.ts";

const random = createRandom(3);
const queue = Array.from({ length: 40 }, () => Math.floor(10 * random()));
const responseMs = queue.map((waiting) => 50 + 40 * waiting + 10 * random());
const waited = { what: "more requests waited", values: queue };
const noise = { what: "it held more memory", values: queue.map(() => random()) };

describe("findTogether", () => {
  it("names what rose with the response time", () => {
    expect(findTogether(responseMs, [noise, waited])).toEqual({
      what: "more requests waited",
      correlation: expect.closeTo(0.99, 1) as number,
      seconds: 40,
      sentence: expect.stringMatching(
        /^When responses took longer, more requests waited: rank correlation 0\.\d+ over 40 seconds\.$/,
      ) as string,
    });
  });

  it("says nothing of what did not, of too little, of what fell, and where nothing rose", () => {
    expect(findTogether(responseMs, [noise])).toBeNull();
    expect(findTogether(responseMs.slice(0, 19), [waited])).toBeNull();
    expect(findTogether(responseMs, [{ what: "less", values: queue.map((waiting) => -waiting) }])).toBeNull();
    expect(
      findTogether(
        responseMs.map((ms) => 1000 + ms / 10),
        [waited],
      ),
    ).toBeNull();
    // Seconds of which nothing is known do not count.
    const half = responseMs.map((ms, index) => (index % 3 === 0 ? ms : Number.NaN));
    expect(findTogether(half, [waited])).toBeNull();
  });
});
