/** How far one side came on a ramp of load. */
export interface FailurePoint {
  /** Users, or requests, when it failed; when the ramp ended, where it did not. Above 0. */
  readonly at: number;
  readonly failed: boolean;
}

/**
 * ln(B / A) of two ramps to failure, for `judgeRounds` and `intervalOfRounds`.
 *
 * One that did not fail would have come at least as far as it did: its ramp's end is a lower bound, which makes the ratio
 * nearer to 1 than the truth, never further from it. Where both did not fail, or where the bound says nothing (the one that
 * did not fail is the one that came less far), there is no ratio: NaN.
 */
export function failureLogRatio(a: FailurePoint, b: FailurePoint): number {
  if (!(a.at > 0 && b.at > 0)) return Number.NaN;
  const ratio = Math.log(b.at / a.at);
  if (!a.failed && !b.failed) return Number.NaN;
  if (!a.failed) return ratio < 0 ? ratio : Number.NaN;
  if (!b.failed) return ratio > 0 ? ratio : Number.NaN;
  return ratio;
}
