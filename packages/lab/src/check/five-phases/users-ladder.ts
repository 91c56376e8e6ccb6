/** What was measured with so many users. */
export interface UsersProbe {
  readonly users: number;
  /** Whether all limits were kept. */
  readonly kept: boolean;
}

export type LadderStep =
  | { readonly kind: "try"; readonly users: number }
  /** `firstFail` is null where as many users as are to be tried still kept to the limits. */
  | { readonly kind: "found"; readonly lastPass: number | null; readonly firstFail: number | null };

/**
 * How many users to try next: twice as many until a limit is missed, then the middle, until the interval is no wider
 * than `within` of its lower end.
 * @param within share, e.g. 0.25
 */
export function nextStep(
  probes: readonly UsersProbe[],
  { most, within }: { readonly most: number; readonly within: number },
): LadderStep {
  const fails = probes.filter(({ kept }) => !kept).map(({ users }) => users);
  const firstFail = fails.length === 0 ? null : Math.min(...fails);
  // A level that was kept to above one that was not is luck.
  const passes = probes.filter(({ kept, users }) => kept && (firstFail === null || users < firstFail));
  const lastPass = passes.length === 0 ? null : Math.max(...passes.map(({ users }) => users));
  if (firstFail === null) {
    if (lastPass === null) return { kind: "try", users: 1 };
    return lastPass >= most
      ? { kind: "found", lastPass, firstFail }
      : { kind: "try", users: Math.min(most, lastPass * 2) };
  }
  if (lastPass === null) return { kind: "found", lastPass, firstFail };
  const gap = firstFail - lastPass;
  if (gap <= 1 || gap <= within * lastPass) return { kind: "found", lastPass, firstFail };
  return { kind: "try", users: lastPass + Math.floor(gap / 2) };
}
