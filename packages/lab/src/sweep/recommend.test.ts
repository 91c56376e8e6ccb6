import { createRandom } from "@weir/stats";
import { describe, expect, it } from "vitest";
import { toCaseFigures } from "./case-figures.ts";
import { toConfigSnippet } from "./config-snippet.ts";
import { countGoodRounds, orderConfirmation, pairsOf, settle, type Recommendation } from "./confirmation.ts";
import { visitOf, visitsOf, type Behaviour } from "./fixtures/visits-of.ts";
import { projectTimes } from "./project-times.ts";
import { pickSettings, type SettingsPick } from "./recommend.ts";
import { keyOf, type SweepSettings } from "./sweep-case.ts";
import { createMatrix } from "./sweep-matrix.ts";

const matrix = createMatrix({
  kind: "embeddings",
  quick: false,
  axes: {},
  maxConcurrency: undefined,
  maxSize: undefined,
});
const baseline = { batch: 32, concurrency: 1 };

/** A server: 20 ms for a request, then 100,000 characters a second; up to two users at once gain. */
function usual({ size = 1, batch = 1, concurrency = 1 }: SweepSettings): number {
  const seconds = 0.02 + (size * batch) / 100_000;
  return (batch / seconds) * Math.min(concurrency, 2) ** 0.5;
}

function picksFor(behave: (settings: SweepSettings) => Behaviour, mostMs = 2_000): SettingsPick[] {
  return pickSettings("embeddings", toCaseFigures(matrix.cases, visitsOf(matrix.cases, 3, behave)), mostMs);
}

function pickFor(picks: readonly SettingsPick[], use: SettingsPick["uses"][number]): SettingsPick {
  return picks.find(({ uses }) => uses.includes(use))!;
}

describe("picking settings", () => {
  it("takes the highest throughput, and of what is within 5 % the least in flight", () => {
    const picks = picksFor((settings) => ({ rate: usual(settings) }));
    expect(pickFor(picks, "throughput")).toMatchObject({
      input: { size: 500 },
      choice: { batch: 32, concurrency: 2 },
    });
    expect(pickFor(picks, "below-1000")).toBe(pickFor(picks, "throughput"));
    expect(pickFor(picks, "large-inputs")).toMatchObject({
      input: { size: 5_000 },
      choice: { batch: 5, concurrency: 2 },
    });
    expect(pickFor(picks, "above-3000")).toBe(pickFor(picks, "large-inputs"));
    expect(pickFor(picks, "latency")).toMatchObject({
      input: { size: 1_000 },
      choice: { batch: 1, concurrency: 1 },
    });
  });

  it("keeps requests as short as wanted where it can, and says where it cannot", () => {
    const picks = picksFor((settings) => ({ rate: usual(settings) }), 150);
    expect(pickFor(picks, "throughput").withinLimit).toBe(true);
    expect(pickFor(picks, "throughput").figures.serviceMs.max).toBeLessThanOrEqual(150);
    expect(
      picksFor((settings) => ({ rate: usual(settings) }), 1).every(({ withinLimit }) => !withinLimit),
    ).toBe(true);
  });

  it("takes nothing that failed, and nothing that the generator could not keep up with", () => {
    const picks = picksFor(({ batch = 1, concurrency = 1, ...rest }) => ({
      rate: usual({ batch, concurrency, ...rest }),
      failed: batch > 10 ? 1 : 0,
      generator: concurrency > 1 ? "invalid" : "valid",
    }));
    for (const { choice } of picks) {
      expect(choice.batch).toBeLessThanOrEqual(10);
      expect(choice.concurrency).toBe(1);
    }
    expect(picksFor(() => ({ rate: 1, failed: 24 }))).toEqual([]);
  });

  it("is by input where there are no batches", () => {
    const chat = createMatrix({
      kind: "chat",
      quick: false,
      axes: {},
      maxConcurrency: undefined,
      maxSize: undefined,
    });
    const behave = ({ concurrency = 1 }: SweepSettings): Behaviour => ({
      rate: 10 * Math.min(2, concurrency),
    });
    const picks = pickSettings("chat", toCaseFigures(chat.cases, visitsOf(chat.cases, 3, behave)), 1e6);
    expect(picks.map(({ uses, choice }) => [uses[0], choice.concurrency])).toEqual([
      ["throughput", 2],
      ["large-inputs", 2],
      // Two users are answered as soon as one.
      ["latency", 2],
    ]);
    expect(picks[1]!.input).toEqual({ inputTokens: 2_048, outputTokens: 128 });
  });
});

describe("confirming a pick", () => {
  const pick = pickFor(
    picksFor((settings) => ({ rate: usual(settings) })),
    "throughput",
  );

  /** Rounds on a machine that drifts by as much as the gain is, with a gain that is this. */
  function confirm(of: SettingsPick, gain: number, mostMs = 2_000, rounds = 5): Recommendation {
    const random = createRandom(5);
    const visits = orderConfirmation(pairsOf([of], baseline), rounds).flatMap((round) => {
      const speed = 100 * (1 + random());
      return round.map(({ settings, round: repeat }) => {
        const isBaseline = keyOf(settings) === keyOf({ ...of.input, ...baseline });
        const rate = speed * (isBaseline ? 1 : gain) * (1 + 0.02 * (random() - 0.5));
        return visitOf({ purpose: "confirmation", case: keyOf(settings), repeat }, settings, { rate });
      });
    });
    return settle(of, baseline, visits, mostMs);
  }

  it("measures both next to each other, in turns", () => {
    const order = orderConfirmation(pairsOf([pick], baseline), 3).map((round) =>
      round.map(({ settings }) => `${settings.batch}x${settings.concurrency}`),
    );
    expect(order).toEqual([
      ["32x1", "32x2"],
      ["32x2", "32x1"],
      ["32x1", "32x2"],
    ]);
  });

  it("gives the gain with its interval, and what to expect of a second time", () => {
    const { gain, choice, unitsPerSecondInterval } = confirm(pick, 1.4);
    expect(choice).toEqual(pick.choice);
    expect(gain!.interval.low).toBeLessThan(1.4);
    expect(gain!.interval.high).toBeGreaterThan(1.4);
    expect(gain!.again.low).toBeLessThan(gain!.interval.low);
    expect(gain!.interval.high - gain!.interval.low).toBeLessThan(0.1);
    // The machine's drift is in the rate, and not in the gain.
    expect(unitsPerSecondInterval!.high / unitsPerSecondInterval!.low).toBeGreaterThan(1.2);
  });

  it("stays with the default where the pick is no faster after all", () => {
    const { choice, picked, why } = confirm(pick, 0.98);
    expect(choice).toEqual(baseline);
    expect(picked).toEqual(pick.choice);
    expect(why).toContain("not shown to be so when measured again");
    // Unless the default's requests take longer than wanted: 32 texts of 100 to 200 a second.
    const short = { ...pick, choice: { batch: 8, concurrency: 2 }, withinLimit: true };
    expect(confirm(short, 0.8, 150)).toMatchObject({
      choice: short.choice,
      why: expect.stringContaining("longer than wanted") as string,
    });
  });

  it("says of the default only what was seen of it", () => {
    expect(settle(pick, baseline, [], 2_000).why).toMatch(/^Within 5 % of the highest throughput/);
    const whyWith = (rounds: number, differing: Parameters<typeof visitOf>[2]): string =>
      settle(
        pick,
        baseline,
        orderConfirmation(pairsOf([pick], baseline), rounds)
          .flat()
          .map(({ settings, round: repeat }) =>
            visitOf({ purpose: "confirmation", case: keyOf(settings), repeat }, settings, differing),
          ),
        2_000,
      ).why;
    expect(whyWith(2, { rate: 100 })).toContain("Too few of the rounds next to the default could be judged");
    expect(whyWith(4, { rate: 100, failed: 1 })).toMatch(/^Requests with the default failed/);
  });

  it("counts the rounds that figures may be taken from", () => {
    const [pair] = pairsOf([pick], baseline);
    const visits = orderConfirmation([pair!], 4)
      .flat()
      .map(({ settings, round: repeat }) =>
        visitOf({ purpose: "confirmation", case: keyOf(settings), repeat }, settings, {
          rate: 100,
          generator: repeat === 1 ? "invalid" : "valid",
          failed: repeat === 2 && settings.concurrency === 1 ? 1 : 0,
        }),
      );
    expect(countGoodRounds(pair!, visits)).toBe(2);
  });

  it("takes what is as fast with less in flight", () => {
    const small = { ...pick, choice: { batch: 8, concurrency: 1 } };
    expect(confirm(small, 1).choice).toEqual(small.choice);
    expect(confirm(small, 1).why).toContain("less in flight");
  });

  it("has no gain where the pick is the default, or nothing was measured again", () => {
    const same = { ...pick, choice: baseline };
    expect(pairsOf([same], baseline)).toEqual([]);
    expect(settle(same, baseline, [], 2_000)).toMatchObject({ gain: null, choice: baseline });
    expect(settle(pick, baseline, [], 2_000)).toMatchObject({
      gain: null,
      choice: pick.choice,
      unitsPerSecond: pick.figures.unitsPerSecond,
    });
  });

  it("comes to settings to paste and to times", () => {
    const found = confirm(pick, 1.4);
    expect(toConfigSnippet([{ ...found, maxMs: 8_500 }])).toEqual({
      throughput: { batchSize: 32, concurrency: 2, timeoutMs: 90_000 },
      textsBelow1000: { batchSize: 32, concurrency: 2, timeoutMs: 90_000 },
    });
    const [thousand, , most] = projectTimes({
      unitsPerSecond: 50,
      unitsPerDocument: 1,
      unitsPerSecondInterval: { low: 40, high: 80 },
    });
    expect(thousand).toEqual({ documents: 1_000, seconds: 20, secondsInterval: { low: 12.5, high: 25 } });
    expect(most).toMatchObject({ documents: 100_000, seconds: 2_000 });
    expect(
      projectTimes({ unitsPerSecond: 50, unitsPerDocument: 100, unitsPerSecondInterval: null })[0],
    ).toEqual({
      documents: 1_000,
      seconds: 2_000,
      secondsInterval: null,
    });
  });
});
