import type { CaseFigures } from "./case-figures.ts";
import { isWithin } from "./likely-causes.ts";
import { choiceOf, inFlightOf, inputOf, keyOf, usersOf, type SweepSettings } from "./sweep-case.ts";
import { nearest, type SweepKind } from "./sweep-matrix.ts";

/** What settings are recommended for. Of embeddings there are three classes of text size beside the three uses. */
export type UseName =
  | "throughput"
  | "latency"
  | "large-inputs"
  | "below-1000"
  | "1000-to-3000"
  | "above-3000";

/** The settings that the matrix speaks for, before they are measured again. */
export interface SettingsPick {
  /** All that they were picked for: several uses may come to the same cases. */
  readonly uses: readonly UseName[];
  /** What was sent where the figures are from. */
  readonly input: SweepSettings;
  readonly choice: SweepSettings;
  readonly figures: CaseFigures;
  /** Whether its requests stay within the longest that is wanted. Where none does, the fastest are taken all the same. */
  readonly withinLimit: boolean;
  /** Whether others were left out because their requests took longer. */
  readonly limited: boolean;
}

/** Settings that reach so much of the best are as good: then the least in flight is taken, which answers soonest. */
const asGood = 0.95;
/** Single requests that take so much longer are as quick: then the ones with the most throughput are taken. */
const asQuick = 1.2;

interface SizeClass {
  readonly use: UseName;
  /** Size that the class is judged at, where it was measured. */
  readonly anchor: number;
  readonly holds: (size: number) => boolean;
}

/** Short chunks, passages, and whole documents. */
const sizeClasses: readonly SizeClass[] = [
  { use: "below-1000", anchor: 500, holds: (size) => size < 1_000 },
  { use: "1000-to-3000", anchor: 1_000, holds: (size) => size >= 1_000 && size <= 3_000 },
  { use: "above-3000", anchor: 5_000, holds: (size) => size > 3_000 },
];

/** Size of text that throughput is about, and that a single quick request has. */
const usualSize = { throughput: 500, latency: 1_000 } as const;

/**
 * The settings to recommend. Only cases without failures and with a generator that kept up are taken. Where nothing
 * can be recommended for a use, it is missing.
 */
export function pickSettings(kind: SweepKind, all: readonly CaseFigures[], mostMs: number): SettingsPick[] {
  const usable = all.filter(
    (each) => each.successShare === 1 && !each.invalid && each.unitsPerSecond !== null,
  );
  if (usable.length === 0) return [];
  const picks = kind === "embeddings" ? pickBySize(usable, mostMs) : pickByInput(usable, mostMs);
  return picks.filter((pick) => pick !== undefined);
}

function pickBySize(usable: readonly CaseFigures[], mostMs: number): (SettingsPick | undefined)[] {
  const sizes = [...new Set(usable.map(({ settings }) => settings.size!))];
  const classOf = (size: number): UseName => sizeClasses.find(({ holds }) => holds(size))!.use;
  const importing = classOf(nearest(sizes, usualSize.throughput));
  const largest = classOf(Math.max(...sizes));
  const classes = sizeClasses.map(({ use, anchor, holds }) => {
    const group = usable.filter(({ settings }) => holds(settings.size!));
    const uses: UseName[] = [
      ...(use === importing ? ["throughput" as const] : []),
      ...(use === largest && largest === "above-3000" ? ["large-inputs" as const] : []),
      use,
    ];
    return pickFastest(uses, group, mostMs, (size) => Math.abs(Math.log((size.size ?? 1) / anchor)));
  });
  const single = nearest(sizes, usualSize.latency);
  return [
    ...classes,
    pickQuickest(
      usable.filter(({ settings }) => settings.size === single),
      mostMs,
    ),
  ];
}

function pickByInput(usable: readonly CaseFigures[], mostMs: number): (SettingsPick | undefined)[] {
  // In the order of the matrix the first input is the smallest.
  const inputs = [
    ...new Map(usable.map(({ settings }) => [keyOf(inputOf(settings)), inputOf(settings)])).values(),
  ];
  const groupOf = (input: SweepSettings | undefined): CaseFigures[] =>
    usable.filter(({ settings }) => keyOf(inputOf(settings)) === keyOf(input ?? {}));
  return [
    pickFastest(["throughput"], groupOf(inputs[0]), mostMs, () => 0),
    ...(inputs.length > 1 ? [pickFastest(["large-inputs"], groupOf(inputs.at(-1)), mostMs, () => 0)] : []),
    pickQuickest(groupOf(inputs[0]), mostMs),
  ];
}

/**
 * The settings with the highest throughput relative to the best of each input, over all inputs of the group that they
 * were measured with.
 * @param distance how far an input is from the one that the figures should be of
 */
function pickFastest(
  uses: readonly UseName[],
  group: readonly CaseFigures[],
  mostMs: number,
  distance: (input: SweepSettings) => number,
): SettingsPick | undefined {
  const within = group.filter((each) => isWithin(each, mostMs));
  const candidates = within.length > 0 ? within : group;
  const scored = scoreChoices(candidates);
  const best = Math.max(...scored.map(({ score }) => score));
  const taken = scored
    .filter(({ score }) => score >= best * asGood)
    .toSorted(
      (a, b) => inFlightOf(a.choice) - inFlightOf(b.choice) || usersOf(a.choice) - usersOf(b.choice),
    )[0];
  if (taken === undefined) return undefined;
  const figures = taken.cases.toSorted((a, b) => distance(a.settings) - distance(b.settings))[0]!;
  return {
    uses,
    input: inputOf(figures.settings),
    choice: taken.choice,
    figures,
    withinLimit: within.length > 0,
    limited: within.length > 0 && within.length < group.length,
  };
}

interface ScoredChoice {
  readonly choice: SweepSettings;
  /** Mean of throughput over the best with the same input. */
  readonly score: number;
  readonly cases: readonly CaseFigures[];
}

function scoreChoices(group: readonly CaseFigures[]): ScoredChoice[] {
  const best = new Map<string, number>();
  for (const { settings, unitsPerSecond } of group) {
    const key = keyOf(inputOf(settings));
    best.set(key, Math.max(best.get(key) ?? 0, unitsPerSecond!));
  }
  const choices = new Map<string, CaseFigures[]>();
  for (const each of group) {
    const key = keyOf(choiceOf(each.settings));
    choices.set(key, [...(choices.get(key) ?? []), each]);
  }
  return [...choices.values()].map((cases) => ({
    choice: choiceOf(cases[0]!.settings),
    score:
      cases.reduce((sum, each) => sum + each.unitsPerSecond! / best.get(keyOf(inputOf(each.settings)))!, 0) /
      cases.length,
    cases,
  }));
}

function pickQuickest(group: readonly CaseFigures[], mostMs: number): SettingsPick | undefined {
  const known = group.filter(({ serviceMs }) => serviceMs.p50 !== null);
  const least = Math.min(...known.map(({ serviceMs }) => serviceMs.p50!));
  const figures = known
    .filter(({ serviceMs }) => serviceMs.p50! <= least * asQuick)
    .toSorted((a, b) => b.unitsPerSecond! - a.unitsPerSecond!)[0];
  if (figures === undefined) return undefined;
  const { settings } = figures;
  return {
    uses: ["latency"],
    input: inputOf(settings),
    choice: choiceOf(settings),
    figures,
    withinLimit: isWithin(figures, mostMs),
    limited: false,
  };
}
