import type { CapacityProbe, CapacitySearch } from "./capacity-probe.ts";
import { normalCdf } from "./evidence.ts";

/** What all probes of one level say together. */
interface LevelEvidence {
  readonly level: number;
  /** How many of its probes could be judged. */
  readonly probes: number;
  /** In standard errors; above 0 where limits were missed. */
  readonly evidence: number;
}

/** Where the capacity may lie, and how likely each place is. */
export interface ThresholdPosterior {
  /** Levels that were judged, rising. */
  readonly levels: readonly LevelEvidence[];
  /**
   * One more than there are levels: `chances[k]` is the probability that the highest level that holds is at least
   * `levels[k - 1]` and below `levels[k]`; the first is that not even the lowest holds. They add up to 1.
   */
  readonly chances: readonly number[];
}

/**
 * However clear a probe is, it may be a fluke: a pause of the machine, a cache that was cold. One probe says at most
 * this, in standard errors: right 97 times of 100.
 */
const mostOfOneProbe = 1.9;
/** Samples of one probe are not independent: a slow moment holds up many requests at once. */
const withinProbes = Math.SQRT2;
/** How many repeats the assumption weighs that probes agree as well as their samples say. */
const trustInAgreement = 4;
/** Chances at either end, as if so many doublings lay beyond. */
const doublingsBelow = 1;
const doublingsAbove = 2;

/**
 * The probability of each place for the capacity, given that what holds at a level holds below it too: a pass speaks for
 * every higher capacity, a miss for every lower one. Probes of one level are pooled; where repeats disagree by more than
 * their samples explain, every probe counts for less (quasi-likelihood). The search of `nextCapacityStep` on it is
 * probabilistic bisection: Horstein 1963; Waeber, Frazier and Henderson, Bisection search with noisy responses, 2013.
 */
export function thresholdPosterior(
  search: Pick<CapacitySearch, "least" | "most">,
  probes: readonly CapacityProbe[],
): ThresholdPosterior {
  const byLevel = new Map<number, number[]>();
  for (const { level, outcome } of probes) {
    if (outcome.kind !== "judged") continue;
    const known = byLevel.get(level) ?? [];
    byLevel.set(level, [...known, outcome.evidence / withinProbes]);
  }
  const scale = Math.sqrt(dispersion([...byLevel.values()]));
  const levels = [...byLevel]
    .toSorted(([a], [b]) => a - b)
    .map(([level, all]) => ({ level, probes: all.length, evidence: pool(all, scale) }));
  // Adding up from the top: all levels above the capacity have to be misses.
  const logs = Array.from({ length: levels.length + 1 }, () => 0);
  let misses = 0;
  for (let place = levels.length; place >= 0; place -= 1) {
    logs[place] = Math.log(width(search, levels, place)) + misses;
    if (place > 0) misses += toLogOdds(levels[place - 1]!.evidence);
  }
  const highest = Math.max(...logs);
  const weights = logs.map((log) => Math.exp(log - highest));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return { levels, chances: weights.map((weight) => weight / total) };
}

/** How much of the scale lies between two judged levels, before anything is known: equal for equal ratios. */
function width(
  { least, most }: Pick<CapacitySearch, "least" | "most">,
  levels: readonly LevelEvidence[],
  place: number,
): number {
  const below = levels[place - 1]?.level;
  const above = levels[place]?.level;
  if (above === undefined) return below !== undefined && below >= most ? doublingsBelow : doublingsAbove;
  return below === undefined ? Math.log2(above / least) + doublingsBelow : Math.log2(above / below);
}

function pool(all: readonly number[], scale: number): number {
  const sum = all.reduce((total, evidence) => total + clip(evidence / scale), 0);
  return sum / Math.sqrt(all.length);
}

function clip(evidence: number): number {
  return Math.max(-mostOfOneProbe, Math.min(mostOfOneProbe, evidence));
}

/** The variance of repeats of one level over what it would be if only their samples differed; at least 1. */
function dispersion(repeats: readonly (readonly number[])[]): number {
  let squares = 0;
  let degrees = 0;
  for (const all of repeats) {
    const mean = all.reduce((sum, evidence) => sum + clip(evidence), 0) / all.length;
    for (const evidence of all) squares += (clip(evidence) - mean) ** 2;
    degrees += all.length - 1;
  }
  return Math.max(1, (trustInAgreement + squares) / (trustInAgreement + degrees));
}

function toLogOdds(evidence: number): number {
  const missed = Math.min(1 - 1e-12, Math.max(1e-12, normalCdf(evidence)));
  return Math.log(missed / (1 - missed));
}
