/** What one probe found out: so many users (or so high a rate), and whether the limits held. */
export interface CapacityProbe {
  /** Users, or requests per second. Above 0. */
  readonly level: number;
  readonly outcome:
    /** Standard errors by which limits were missed (above 0) or kept (below 0): see `shareEvidence`. */
    | { readonly kind: "judged"; readonly evidence: number }
    /** There was nothing to judge by. */
    | { readonly kind: "unknown" }
    /** The generator could not make this load. */
    | { readonly kind: "invalid" };
}

/** What is looked for, and how hard. */
export interface CapacitySearch {
  /** Where the search begins: users, or requests per second. Above 0. */
  readonly least: number;
  /** Where it ends if nothing fails. At least `least`. */
  readonly most: number;
  /** Levels are whole numbers: users. Otherwise they have three digits: rates. */
  readonly whole: boolean;
  /** How near to each other last pass and first fail are to be, as a share: 0.05. Neighbouring users are always near enough. */
  readonly resolution: number;
  /** Probes in all; undefined for `2 log2(answer) + 6`. */
  readonly maxProbes?: number | undefined;
}

/** A level between two, about in the middle; undefined where there is none. `place` is where, from 0 to 1, in ratios. */
export function levelBetween(
  low: number,
  high: number,
  { whole }: Pick<CapacitySearch, "whole">,
  place = 0.5,
): number | undefined {
  const exact = low * (high / low) ** place;
  const level = whole ? Math.round(exact) : toThreeDigits(exact);
  if (level > low && level < high) return level;
  const other = whole ? (level <= low ? low + 1 : high - 1) : exact;
  return other > low && other < high ? other : undefined;
}

/** Whether nothing worth a probe lies between two levels. */
export function isNearEnough(low: number, high: number, search: CapacitySearch): boolean {
  return high <= low * (1 + search.resolution) * (1 + 1e-9) || levelBetween(low, high, search) === undefined;
}

/** Rates as people write them. */
export function toThreeDigits(level: number): number {
  return Number(level.toPrecision(3));
}
