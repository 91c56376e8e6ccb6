import { formatCount, formatMs, formatNumber, formatShare } from "../record/format-number.ts";
import type { CaseFigures } from "./case-figures.ts";
import { findCauses, isWithin, slowestOf, type CauseContext } from "./likely-causes.ts";
import { runFlagsOf, sweepFlagsOf } from "./next-command.ts";
import type { RedFlag, RedFlagKind, SweepThresholds } from "./red-flag.ts";
import type { SourceFlags } from "./source-flags.ts";
import { describeSettings, usersOf } from "./sweep-case.ts";
import type { SweepKind } from "./sweep-matrix.ts";
import type { VectorFindings } from "./judge-vectors.ts";

export interface FlagContext extends Omit<CauseContext, "p95Ms"> {
  readonly kind: SweepKind;
  readonly source: SourceFlags;
  /** What a unit is called: texts, tokens, files. */
  readonly unit: string;
  readonly thresholds: SweepThresholds;
  /** Null where vectors were not watched. */
  readonly vectors: VectorFindings | null;
}

/** Everything that should not be: one flag for each kind, with the cases that show it, the worst first. */
export function raiseRedFlags(context: FlagContext): RedFlag[] {
  const { figures, thresholds } = context;
  const flags = [
    raise("success", context, figures, (each) => (each.successShare ?? 1) < thresholds.successShare, {
      badness: (each) => 1 - (each.successShare ?? 1),
    }),
    raise("rate", context, figures, (each) => isSlow(each, thresholds), {
      badness: (each) => 1 / (each.unitsPerSecond ?? Number.MIN_VALUE),
    }),
    raise("latency", context, figures, (each) => each.completed > 0 && !isWithin(each, thresholds.p95Ms), {
      badness: (each) => slowestOf(each) ?? 0,
    }),
    raise("efficiency", context, figures, (each) => (each.efficiency ?? 0) > thresholds.efficiency, {
      badness: (each) => each.efficiency ?? 0,
    }),
    raiseVectors(context),
  ];
  return flags.filter((flag) => flag !== undefined);
}

function isSlow({ unitsPerSecond }: CaseFigures, thresholds: SweepThresholds): boolean {
  return (
    thresholds.unitsPerSecond !== null &&
    unitsPerSecond !== null &&
    unitsPerSecond < thresholds.unitsPerSecond
  );
}

function raise(
  kind: RedFlagKind,
  context: FlagContext,
  figures: readonly CaseFigures[],
  isWrong: (each: CaseFigures) => boolean,
  { badness }: { readonly badness: (each: CaseFigures) => number },
): RedFlag | undefined {
  const wrong = figures.filter(isWrong).toSorted((a, b) => badness(b) - badness(a));
  const worst = wrong[0];
  if (worst === undefined) return undefined;
  return {
    kind,
    sentence: `${describe[kind](worst, wrong.length, context)} (${formatCount(wrong.length, "case")} of ${figures.length}).`,
    cases: wrong.map(({ id }) => id),
    causes: findCauses(kind, worst, { ...context, p95Ms: context.thresholds.p95Ms }),
    next: nextCommand(kind, worst, context),
  };
}

type Describe = (worst: CaseFigures, cases: number, context: FlagContext) => string;

const describe: Readonly<Record<RedFlagKind, Describe>> = {
  success: (worst, _, { thresholds }) =>
    `Success under ${formatShare(thresholds.successShare)}: ${formatShare(worst.successShare ?? 0)} with ${describeSettings(worst.settings)}`,
  rate: (worst, _, { thresholds, unit }) =>
    `Under ${formatNumber(thresholds.unitsPerSecond ?? 0)} ${unit}/s: ${formatNumber(worst.unitsPerSecond ?? 0)} with ${describeSettings(worst.settings)}`,
  latency: (worst, _, { thresholds }) =>
    `${worst.serviceMs.p95 === null ? "The longest request took" : "p95 is"} over ${formatMs(thresholds.p95Ms)}: ${formatMs(slowestOf(worst)!)} with ${describeSettings(worst.settings)}`,
  efficiency: (worst, _, { thresholds }) =>
    `Efficiency over ${formatShare(thresholds.efficiency)}, which more users cannot bring: ${formatShare(worst.efficiency ?? 0)} with ${describeSettings(worst.settings)}; something is wrong with the figures`,
  vectors: () => "",
};

function nextCommand(
  kind: RedFlagKind,
  worst: CaseFigures,
  { kind: swept, source, timeoutMs }: FlagContext,
): string {
  const { settings } = worst;
  const line = (...parts: readonly string[]): string => parts.filter((part) => part !== "").join(" ");
  const sweep = (rest: string, users: readonly number[] = [usersOf(settings)]): string => {
    const { url, shared, ofSweep } = source;
    const values = Object.fromEntries(Object.entries(settings).map(([axis, value]) => [axis, [value]]));
    const workload = swept === "embeddings" ? "" : `--workload ${swept}`;
    const axes = sweepFlagsOf({ ...values, concurrency: users });
    return line("weir sweep", url, workload, axes, shared, ofSweep, rest);
  };
  // Only a sweep makes images, and asks for a resolution.
  const onlySwept = settings.imageSize !== undefined || settings.dpi !== undefined;
  const again = (rest: string, restOfSweep: string): string =>
    onlySwept
      ? sweep(`--rounds 0 ${restOfSweep}`)
      : line("weir run", source.url, runFlagsOf(swept, settings), source.shared, rest);
  switch (kind) {
    case "success": {
      const timeout =
        worst.failures["timeout"] === undefined ? "" : ` --timeout ${Math.ceil((timeoutMs * 4) / 1000)}s`;
      return again(`--requests 20${timeout}`, `--requests-per-case 20${timeout}`);
    }
    case "efficiency":
      return sweep("--requests-per-case 72 --repeats 5", [1, usersOf(settings)]);
    case "rate":
      return again("--warmup 10s --duration 30s", "--warmup 10s --requests-per-case 72");
    default:
      return again("--duration 30s", "--requests-per-case 72");
  }
}

function raiseVectors(context: FlagContext): RedFlag | undefined {
  const { vectors, figures, source } = context;
  if (vectors === null || vectors.problems.length === 0) return undefined;
  const any = figures[0];
  return {
    kind: "vectors",
    sentence: vectors.problems.join(" "),
    cases: [],
    causes:
      any === undefined ? [] : findCauses("vectors", any, { ...context, p95Ms: context.thresholds.p95Ms }),
    next: `weir doctor ${source.url}`,
  };
}
