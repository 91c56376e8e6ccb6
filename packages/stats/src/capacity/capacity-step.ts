import {
  isNearEnough,
  levelBetween,
  toThreeDigits,
  type CapacityProbe,
  type CapacitySearch,
} from "./capacity-probe.ts";
import { thresholdPosterior, type ThresholdPosterior } from "./threshold-posterior.ts";

/** What a probe is made for. */
export type ProbePurpose =
  /** Nothing has failed yet: twice as many. */
  | "double"
  /** Between what holds and what does not. */
  | "bisect"
  /** Once more, at an edge of what was found. */
  | "confirm"
  /** Once more, as the one before could not be judged. */
  | "repeat";

/** What is known when a search ends. */
export interface CapacityFound {
  /** The highest level that was probed and holds; undefined where not even the lowest does. */
  readonly lastPass: number | undefined;
  /** The lowest level above it that was probed and does not hold; undefined where nothing failed. */
  readonly firstFail: number | undefined;
  /** The probability that the capacity is at least `lastPass` and below `firstFail`. */
  readonly confidence: number;
  /** Probed levels between which the capacity is with {@link wantedConfidence}, ends as above: no narrower than the pair above. */
  readonly interval: { readonly from: number | undefined; readonly below: number | undefined };
  readonly end:
    /** The interval is as narrow as was asked for. */
    | "found"
    /** Not even `least` holds. */
    | "fails-at-least"
    /** Even `most` holds. */
    | "holds-most"
    /** The generator could not make more load than that. */
    | "generator-bound"
    /** Probes ran out, or were ended; the interval says what that leaves. */
    | "out-of-probes";
}

export type CapacityStep =
  | {
      readonly kind: "probe";
      readonly level: number;
      readonly purpose: ProbePurpose;
      /** How many times as long as usual: what was unclear once is looked at for longer. */
      readonly stretch: number;
      /** About how many more will follow. */
      readonly more: number;
    }
  | { readonly kind: "done"; readonly found: CapacityFound };

/** How sure a result is to be. */
export const wantedConfidence = 0.95;
/** A level that could not be judged so often is not tried again. */
const mostFailures = 3;
/** Where the generator ends says nothing of the server: so near is near enough. */
const ceilingResolution = 0.25;
/** Below this a level's evidence is unclear, and its next probe lasts longer. */
const clearEvidence = 1;
/** A bisection takes away at least this share of what is left, in ratios. */
const leastCut = 0.25;

/**
 * What to do next, given all probes so far: double until a limit is missed, then bisect, then confirm both edges. Pure:
 * the same probes give the same step. Every probe counts for all levels (see {@link thresholdPosterior}), so a fluke is
 * undone by those after it, wherever they are.
 */
export function nextCapacityStep(search: CapacitySearch, probes: readonly CapacityProbe[]): CapacityStep {
  const posterior = thresholdPosterior(search, probes);
  const { levels } = posterior;
  const place = medianPlace(posterior);
  const low = levels[place - 1];
  const high = levels[place];
  const left = probesLeft(search, probes, low?.level);
  if (left <= 0) return { kind: "done", found: conclude(search, probes, posterior) };
  const probe = (level: number, purpose: ProbePurpose): CapacityStep => {
    const known = levels.find((each) => each.level === level);
    const unclear =
      probes.some((each) => each.level === level && each.outcome.kind === "unknown") ||
      (known !== undefined && Math.abs(known.evidence) < clearEvidence);
    // Where all is well up to the end of the search, there is only its edge to confirm.
    const isEnd = high === undefined && level >= search.most;
    const toGo = isEnd ? (purpose === "confirm" ? 0 : 1) : probesToGo(search, low?.level, high?.level);
    // While nothing has failed, what is left grows with every doubling.
    const more = high === undefined && search.maxProbes === undefined ? toGo : Math.min(left - 1, toGo);
    return { kind: "probe", level, purpose, stretch: unclear ? 2 : 1, more };
  };
  const last = probes.at(-1);
  const ceiling = ceilingOf(probes);
  if (last !== undefined && last.outcome.kind !== "judged" && !isGivenUp(last.level, probes))
    return probe(last.level, "repeat");
  const next = nextLevel(search, posterior, place, ceiling);
  if (next !== undefined && !isGivenUp(next, probes))
    return probe(next, high === undefined && ceiling === Infinity ? "double" : "bisect");
  const doubtful = doubtfulEdge(search, posterior, place);
  return doubtful === undefined
    ? { kind: "done", found: conclude(search, probes, posterior) }
    : probe(doubtful, "confirm");
}

/** The level at which something new is to be learnt; undefined where none is left. */
function nextLevel(
  search: CapacitySearch,
  posterior: ThresholdPosterior,
  place: number,
  ceiling: number,
): number | undefined {
  const low = posterior.levels[place - 1]?.level;
  const high = posterior.levels[place]?.level;
  if (low === undefined) return high === undefined ? search.least : undefined;
  if (high !== undefined)
    return isNearEnough(low, high, search)
      ? undefined
      : levelBetween(low, high, search, cutPlace(posterior, place));
  if (low >= search.most) return undefined;
  if (ceiling <= low * 2)
    return isNearEnough(low, ceiling, { ...search, resolution: ceilingResolution })
      ? undefined
      : levelBetween(low, ceiling, search);
  return Math.min(search.most, search.whole ? low * 2 : toThreeDigits(low * 2));
}

/** What the probes so far come to, whether or not the search was through. */
export function concludeCapacity(search: CapacitySearch, probes: readonly CapacityProbe[]): CapacityFound {
  return conclude(search, probes, thresholdPosterior(search, probes));
}

/** Probes that a search may still have, if this is its answer. Those that could not be judged may be as many again, unless a number was given. */
function probesLeft(
  { maxProbes, least }: CapacitySearch,
  probes: readonly CapacityProbe[],
  answer: number | undefined,
): number {
  if (maxProbes !== undefined) return maxProbes - probes.length;
  const doublings = Math.log2(Math.max(1, (answer ?? 1) / Math.min(1, least)));
  const budget = Math.floor(2 * doublings + 6);
  const judged = probes.filter(({ outcome }) => outcome.kind === "judged").length;
  return Math.min(budget - judged, 2 * budget - probes.length);
}

/** Where half of the chances lie on either side. */
function medianPlace({ chances }: ThresholdPosterior): number {
  let below = 0;
  const place = chances.findIndex((chance) => (below += chance) >= 0.5);
  return place === -1 ? chances.length - 1 : place;
}

/** Where in the interval that holds the median the median is, kept away from its ends: from 0 to 1. */
function cutPlace({ chances }: ThresholdPosterior, place: number): number {
  const below = chances.slice(0, place).reduce((sum, chance) => sum + chance, 0);
  const exact = (0.5 - below) / chances[place]!;
  return Math.max(leastCut, Math.min(1 - leastCut, exact));
}

/** Whether a level was tried often enough without a result. */
function isGivenUp(level: number, probes: readonly CapacityProbe[]): boolean {
  const failures = probes.filter((each) => each.level === level && each.outcome.kind !== "judged");
  return failures.length >= mostFailures;
}

/** The lowest level from which on nothing could be judged; Infinity where there is none. */
function ceilingOf(probes: readonly CapacityProbe[]): number {
  const judged = probes.filter((each) => each.outcome.kind === "judged").map(({ level }) => level);
  const highest = Math.max(0, ...judged);
  const above = probes.filter(({ level }) => level > highest && isGivenUp(level, probes));
  return Math.min(Infinity, ...above.map(({ level }) => level));
}

/** The edge of what was found that is to be probed once more; undefined where both are sure enough. */
function doubtfulEdge(
  search: CapacitySearch,
  posterior: ThresholdPosterior,
  place: number,
): number | undefined {
  const { levels, chances } = posterior;
  const sum = (of: readonly number[]): number => of.reduce((total, chance) => total + chance, 0);
  const edges = [
    { edge: levels[place - 1], doubt: sum(chances.slice(0, place)) },
    { edge: levels[place], doubt: sum(chances.slice(place + 1)) },
  ];
  const sure = isKnownWellEnough(search, posterior, place);
  const open = edges.filter(({ edge }) => edge !== undefined && (edge.probes < 2 || !sure));
  // One that nobody has confirmed yet comes first, then the one that is doubted more.
  const [next] = open.toSorted((a, b) => a.edge!.probes - b.edge!.probes || b.doubt - a.doubt);
  return next?.edge?.level;
}

/** Doublings, bisections and confirmations that are still to come if all goes well. */
function probesToGo(search: CapacitySearch, low: number | undefined, high: number | undefined): number {
  const confirmations = 2;
  const fineness = Math.log2(1 / search.resolution);
  if (low === undefined) return confirmations;
  if (high === undefined) return Math.ceil(fineness) + confirmations;
  const gap = search.whole
    ? Math.min(high - low, (high / low - 1) / search.resolution)
    : high / low / search.resolution;
  return Math.max(0, Math.ceil(Math.log2(Math.max(1, gap)))) + confirmations;
}

/** Whether the interval around a pair of neighbours is about as narrow as was asked for. */
function isKnownWellEnough(search: CapacitySearch, posterior: ThresholdPosterior, place: number): boolean {
  if (posterior.chances[place]! >= wantedConfidence) return true;
  const { from, to } = narrowestLikely(posterior, place);
  const [low, high] = [posterior.levels[from - 1]?.level, posterior.levels[to]?.level];
  return low !== undefined && high !== undefined && high <= low * (1 + 2 * search.resolution);
}

/** Reads a posterior: its median pair, and the interval around it. */
function conclude(
  search: CapacitySearch,
  probes: readonly CapacityProbe[],
  posterior: ThresholdPosterior,
): CapacityFound {
  const { levels, chances } = posterior;
  const place = medianPlace(posterior);
  const { from, to } = narrowestLikely(posterior, place);
  const lastPass = levels[place - 1]?.level;
  const firstFail = levels[place]?.level;
  const sure = isKnownWellEnough(search, posterior, place);
  const end = ((): CapacityFound["end"] => {
    if (firstFail !== undefined) {
      if (!sure) return "out-of-probes";
      return lastPass === undefined ? "fails-at-least" : "found";
    }
    if (lastPass !== undefined && lastPass >= search.most) return sure ? "holds-most" : "out-of-probes";
    const ceiling = ceilingOf(probes);
    const ended = probes.some(({ level, outcome }) => level === ceiling && outcome.kind === "invalid");
    return ended ? "generator-bound" : "out-of-probes";
  })();
  return {
    lastPass,
    firstFail,
    confidence: levels.length === 0 ? 0 : chances[place]!,
    interval: { from: levels[from - 1]?.level, below: levels[to]?.level },
    end,
  };
}

/** Places of a posterior, both included. */
interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** The narrowest stretch around a place in which the capacity is with {@link wantedConfidence}. */
function narrowestLikely({ levels, chances }: ThresholdPosterior, place: number): Stretch {
  // An open end is wider than anything; better to know what holds than what does not.
  const width = ({ from, to }: Stretch): number =>
    (levels[to] === undefined ? 1e3 : Math.log(levels[to].level)) -
    (from === 0 ? -1e6 : Math.log(levels[from - 1]!.level));
  let best: Stretch = { from: 0, to: chances.length - 1 };
  for (let from = 0; from <= place; from += 1) {
    let chance = 0;
    for (let to = from; to < chances.length; to += 1) {
      chance += chances[to]!;
      if (chance < wantedConfidence || to < place) continue;
      if (width({ from, to }) < width(best)) best = { from, to };
      break;
    }
  }
  return best;
}
