import { estimateGain, summariseRepeats, toDistribution, type Gain, type RateInterval } from "@weir/stats";
import { mergeLatencies, rateOf } from "./case-figures.ts";
import { isWithin } from "./likely-causes.ts";
import type { SettingsPick, UseName } from "./recommend.ts";
import { inFlightOf, keyOf, type SweepSettings } from "./sweep-case.ts";
import type { SweepKind } from "./sweep-matrix.ts";
import type { SweepVisit } from "./sweep-visit.ts";

/** What a recommendation is measured against: what people have who choose nothing. */
export function defaultChoice(kind: SweepKind): SweepSettings {
  // Those of @weir/client.
  return kind === "embeddings" ? { batch: 32, concurrency: 1 } : { concurrency: 1 };
}

/** Two settings to be measured next to each other. */
export interface ConfirmationPair {
  readonly input: SweepSettings;
  readonly baseline: SweepSettings;
  readonly candidate: SweepSettings;
}

const mostPairs = 3;

/** What is to be measured again: each pick for throughput against the baseline, unless it is the baseline itself. */
export function pairsOf(picks: readonly SettingsPick[], baseline: SweepSettings): ConfirmationPair[] {
  // What the sweep's sentence is about comes first: where time is short, only that is measured again.
  return picks
    .filter(({ uses, choice }) => !uses.includes("latency") && keyOf(choice) !== keyOf(baseline))
    .toSorted((a, b) => Number(b.uses.includes("throughput")) - Number(a.uses.includes("throughput")))
    .slice(0, mostPairs)
    .map(({ input, choice }) => ({
      input,
      baseline: { ...input, ...baseline },
      candidate: { ...input, ...choice },
    }));
}

/** One visit of a confirmation. */
export interface ConfirmationVisit {
  readonly round: number;
  readonly settings: SweepSettings;
}

/** Rounds in which every pair is measured once, the two of a pair next to each other: first A then B, in the next round first B then A. */
export function orderConfirmation(pairs: readonly ConfirmationPair[], rounds: number): ConfirmationVisit[][] {
  return Array.from({ length: rounds }, (_, round) =>
    pairs.flatMap(({ baseline, candidate }) =>
      (round % 2 === 0 ? [baseline, candidate] : [candidate, baseline]).map((settings) => ({
        round,
        settings,
      })),
    ),
  );
}

/** A recommendation, as it stands after it was measured again. */
export interface Recommendation {
  readonly uses: readonly UseName[];
  readonly input: SweepSettings;
  readonly choice: SweepSettings;
  /** What the matrix spoke for; another than `choice` where it was not faster than the baseline after all. */
  readonly picked: SweepSettings;
  readonly unitsPerSecond: number;
  /** Units of one document: 1, of an answer in tokens as many as there were. */
  readonly unitsPerDocument: number;
  /** 95 %; null where it was measured fewer than three times. */
  readonly unitsPerSecondInterval: RateInterval | null;
  /** Median and p95 of the service time in milliseconds, the longest where there are too few samples. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly maxMs: number | null;
  readonly withinLimit: boolean;
  readonly baseline: SweepSettings;
  /** How many times as fast as the baseline what was picked is; null where it is the baseline, or was not measured again. */
  readonly gain: Gain | null;
  /** Why this, a sentence. */
  readonly why: string;
}

/** What the confirmation makes of a pick. */
export function settle(
  pick: SettingsPick,
  baseline: SweepSettings,
  visits: readonly SweepVisit[],
  mostMs: number,
): Recommendation {
  const { input, choice, figures, uses, withinLimit } = pick;
  const candidates = visitsOf(visits, { ...input, ...choice });
  const baselines = visitsOf(visits, { ...input, ...baseline });
  const gain = uses.includes("latency") ? undefined : estimateGain(pairUp(baselines, candidates));
  const ofDefault = toDistribution(mergeLatencies(baselines));
  // Of a default that was not measured, or answered nothing, it is not known how long it takes.
  const isShort = !withinLimit || ofDefault.n === 0 || isWithin({ serviceMs: ofDefault }, mostMs);
  const stays =
    gain !== undefined && worksAsWell(baselines) && isShort && !isShownBetter(gain, choice, baseline);
  const rates = summariseRepeats((stays ? baselines : candidates).filter(isGood).map(rateOf));
  const { unitsPerSecond, unitsPerSecondInterval } = figures;
  const serviceMs = stays ? ofDefault : figures.serviceMs;
  const perRequest = unitsPerSecond! / (figures.requestsPerSecond ?? unitsPerSecond!);
  const again = !uses.includes("latency") && rates !== undefined;
  return {
    uses,
    input,
    choice: stays ? baseline : choice,
    picked: choice,
    unitsPerSecond: again ? rates.mean : unitsPerSecond!,
    unitsPerDocument: perRequest / (choice.batch ?? 1),
    unitsPerSecondInterval: again ? rates.interval : unitsPerSecondInterval,
    p50Ms: serviceMs.p50,
    p95Ms: serviceMs.p95,
    maxMs: serviceMs.max,
    withinLimit: isWithin({ serviceMs }, mostMs),
    baseline,
    gain: gain ?? null,
    why: explain(pick, baseline, gain, {
      stays,
      isShort,
      defaultWorks: baselines.length === 0 || worksAsWell(baselines),
      wasTried: baselines.length > 0,
    }),
  };
}

function visitsOf(visits: readonly SweepVisit[], settings: SweepSettings): SweepVisit[] {
  const key = keyOf(settings);
  return visits.filter((visit) => visit.purpose === "confirmation" && visit.case === key);
}

/** Rounds of a pair that figures may be taken from. */
export function countGoodRounds(
  { baseline, candidate }: ConfirmationPair,
  visits: readonly SweepVisit[],
): number {
  return pairUp(visitsOf(visits, baseline), visitsOf(visits, candidate)).length;
}

/** Whether figures may be taken from it. */
function isGood({ failed, completed, generator }: SweepVisit): boolean {
  return failed === 0 && completed > 0 && generator !== "invalid";
}

function pairUp(
  baselines: readonly SweepVisit[],
  candidates: readonly SweepVisit[],
): { readonly baseline: number; readonly candidate: number }[] {
  return candidates.filter(isGood).flatMap((candidate) => {
    const other = baselines.find((each) => each.repeat === candidate.repeat && isGood(each));
    return other === undefined ? [] : [{ baseline: rateOf(other), candidate: rateOf(candidate) }];
  });
}

function worksAsWell(visits: readonly SweepVisit[]): boolean {
  return visits.length > 0 && visits.every(({ failed }) => failed === 0);
}

/** How much slower settings may be that are taken because they have less in flight. */
const littleSlower = 0.9;

/** Faster; or shown to be hardly slower, with less in flight, which answers sooner. */
function isShownBetter({ interval }: Gain, choice: SweepSettings, baseline: SweepSettings): boolean {
  return interval.low > 1 || (interval.low >= littleSlower && inFlightOf(choice) < inFlightOf(baseline));
}

/** How measuring again next to the default went. */
interface Confirmed {
  /** Whether the default is recommended after all. */
  readonly stays: boolean;
  readonly isShort: boolean;
  readonly defaultWorks: boolean;
  readonly wasTried: boolean;
}

function explain(
  pick: SettingsPick,
  baseline: SweepSettings,
  gain: Gain | undefined,
  { stays, isShort, defaultWorks, wasTried }: Confirmed,
): string {
  if (pick.uses.includes("latency"))
    return "The shortest median of all settings with this input; within a fifth of it, the one with the most throughput.";
  const limit = pick.withinLimit
    ? pick.limited
      ? " Settings whose requests took longer than wanted were left out."
      : ""
    : " No settings kept requests as short as wanted.";
  if (keyOf(pick.choice) === keyOf(baseline))
    return `The default is as fast as any, within 5 %, and has the least in flight.${limit}`;
  if (stays)
    return `What looked better was not shown to be so when measured again next to the default.${limit}`;
  if (!defaultWorks) return `Requests with the default failed when it was measured next to these.${limit}`;
  if (!isShort) return `The default's requests take longer than wanted; these do not.${limit}`;
  if (gain !== undefined && gain.interval.low <= 1)
    return `Not shown to be faster than the default, but with less in flight, so each answer comes sooner.${limit}`;
  const uncertain =
    gain === undefined && wasTried
      ? " Too few of the rounds next to the default could be judged: weir did not get enough of this machine."
      : "";
  return `Within 5 % of the highest throughput with the least in flight.${uncertain}${limit}`;
}
