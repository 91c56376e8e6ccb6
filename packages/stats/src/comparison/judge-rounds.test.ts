import { describe, expect, it } from "vitest";
import { createRandom } from "../random.ts";
import { createNormal } from "./fixtures/simulate-comparison.ts";
import { intervalOfRounds } from "./interval-of-rounds.ts";
import { judgeRounds, type JudgeOptions } from "./judge-rounds.ts";

const options: JudgeOptions = { delta: 0.05, maxRounds: 40, better: "less" };

/** Rounds around a change, a third each below, at and above it. */
function roundsAround(change: number, spread: number, rounds: number): readonly number[] {
  return Array.from({ length: rounds }, (_, round) => Math.log(1 + change) + spread * ((round % 3) - 1));
}

describe("judgeRounds", () => {
  it("calls B slower where its latency is more, faster where it is less, the other way round for a throughput", () => {
    const [more, less] = [roundsAround(0.2, 0.02, 9), roundsAround(-0.2, 0.02, 9)];
    expect(judgeRounds(more, options).verdict).toBe("slower");
    expect(judgeRounds(less, options).verdict).toBe("faster");
    expect(judgeRounds(more, { ...options, better: "more" }).verdict).toBe("faster");
    expect(judgeRounds(less, { ...options, better: "more" }).verdict).toBe("slower");
    const { change, interval, decided, rounds, roundsMore } = judgeRounds(more, options);
    expect(change).toBeCloseTo(0.2, 9);
    expect(interval![0]).toBeGreaterThan(0);
    expect(interval![1]).toBeGreaterThan(0.2);
    expect({ decided, rounds, roundsMore }).toEqual({ decided: true, rounds: 9, roundsMore: null });
  });

  it("calls them the same only where the whole interval is within delta", () => {
    const close = judgeRounds(roundsAround(0.01, 0.02, 21), options);
    expect(close.verdict).toBe("same");
    expect(close.interval![1]).toBeLessThanOrEqual(0.05);
    expect(judgeRounds(roundsAround(0.045, 0.02, 21), options).verdict).toBe("inconclusive");
    expect(judgeRounds(roundsAround(0.045, 0.02, 21), { ...options, delta: 0.1 }).verdict).toBe("same");
  });

  it("does not call a difference one that is told from none but smaller than delta", () => {
    const { verdict, interval } = judgeRounds(roundsAround(0.04, 0.03, 30), options);
    expect(interval![0]).toBeGreaterThan(0);
    expect(verdict).toBe("inconclusive");
  });

  it("says the opposite when A and B are swapped", () => {
    for (const change of [-0.3, -0.048, 0.02, 0.05, 0.2]) {
      const rounds = roundsAround(change, 0.004, 12);
      const swapped = rounds.map((ratio) => -ratio);
      const opposite = { faster: "slower", slower: "faster", same: "same", inconclusive: "inconclusive" };
      expect(judgeRounds(swapped, options).verdict).toBe(opposite[judgeRounds(rounds, options).verdict]);
    }
  });

  it("needs few rounds where all are alike, and never fewer than it was told", () => {
    expect(judgeRounds([0, 0, 0], options)).toMatchObject({ verdict: "inconclusive", decided: false });
    expect(judgeRounds([0, 0, 0, 0], options)).toMatchObject({ verdict: "same", interval: [0, 0] });
    expect(judgeRounds([0.3, 0.3, 0.3, 0.3], options).verdict).toBe("slower");
    expect(judgeRounds([0.3, 0.3, 0.3, 0.3], { ...options, minRounds: 6 }).decided).toBe(false);
    expect(judgeRounds([0.3, 0.31], { ...options, maxRounds: 2 })).toMatchObject({
      verdict: "slower",
      decided: true,
    });
  });

  it("has no interval before anything may be decided", () => {
    expect(judgeRounds([0.3, 0.3, 0.4], options)).toMatchObject({ interval: null, rounds: 3 });
    expect(judgeRounds([0.3], options)).toEqual({
      verdict: "inconclusive",
      decided: false,
      change: Math.expm1(0.3),
      interval: null,
      rounds: 1,
      roundsMore: null,
    });
    expect(judgeRounds([], options)).toMatchObject({
      change: NaN,
      interval: null,
      rounds: 0,
      decided: false,
    });
    expect(judgeRounds([0.3], { ...options, maxRounds: 1 }).decided).toBe(true);
  });

  it("leaves out rounds in which a half had nothing, and counts them towards the last", () => {
    const rounds = [0.2, NaN, 0.21, -Infinity, 0.19, Infinity, 0.2];
    const judgement = judgeRounds(rounds, { ...options, minRounds: 4 });
    expect(judgement).toMatchObject({ rounds: 4, verdict: "slower" });
    expect(judgeRounds([NaN, Infinity, NaN], { ...options, maxRounds: 3 })).toMatchObject({
      verdict: "inconclusive",
      decided: true,
      interval: null,
      rounds: 0,
    });
  });

  it("stops at the last round, and says about how many more would have decided", () => {
    const noisy = roundsAround(0.08, 0.3, 40);
    const judgement = judgeRounds(noisy, options);
    expect(judgement).toMatchObject({ verdict: "inconclusive", decided: true });
    const enough = 40 + judgement.roundsMore!;
    expect(enough).toBeGreaterThan(80);
    const longer = (rounds: number): string =>
      judgeRounds(roundsAround(0.08, 0.3, rounds), { ...options, maxRounds: rounds }).verdict;
    expect(longer(Math.ceil(enough * 1.1))).toBe("slower");
    expect(longer(Math.floor(enough * 0.8))).toBe("inconclusive");
  });

  it("gives no number where no number would do", () => {
    const atTheEdge = roundsAround(0.05 - 1e-6, 0.05, 39);
    expect(judgeRounds(atTheEdge, options)).toMatchObject({ verdict: "inconclusive", roundsMore: null });
  });

  it("counts the rounds that are left of the plan", () => {
    const random = createNormal(createRandom(4));
    const rounds = Array.from({ length: 40 }, () => Math.log(1.1) + 0.1 * random());
    const early = judgeRounds(rounds.slice(0, 6), options);
    expect(early.decided).toBe(false);
    expect(early.roundsMore).toBeGreaterThan(0);
    expect(early.roundsMore).toBeLessThan(34);
  });
});

describe("intervalOfRounds", () => {
  it("is the paired t interval, as a change", () => {
    // Mean 0.1, standard deviation 0.1, so 0.1 -+ 4.302653 x 0.1 / sqrt(3).
    const { change, interval } = intervalOfRounds([0, 0.1, 0.2]);
    expect(change).toBeCloseTo(Math.expm1(0.1), 9);
    expect(interval![0]).toBeCloseTo(Math.expm1(0.1 - 0.2484138), 6);
    expect(interval![1]).toBeCloseTo(Math.expm1(0.1 + 0.2484138), 6);
    expect(intervalOfRounds([0, 0.1, 0.2], 0.9).interval![1]).toBeLessThan(interval![1]);
  });

  it("is wider for being looked at after every round", () => {
    const rounds = [0, 0.1, 0.2, 0.05, 0.12];
    expect(judgeRounds(rounds, options).interval![1]).toBeGreaterThan(intervalOfRounds(rounds).interval![1]);
  });

  it("has none under two rounds that have a ratio", () => {
    expect(intervalOfRounds([0.5, NaN])).toEqual({ change: Math.expm1(0.5), interval: null });
  });
});
