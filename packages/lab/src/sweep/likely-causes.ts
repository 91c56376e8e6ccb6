import { formatMs, formatNumber, formatShare } from "../record/format-number.ts";
import type { Distribution } from "@weir/stats";
import type { CaseFigures } from "./case-figures.ts";
import type { LikelyCause, RedFlagKind } from "./red-flag.ts";
import { describeSettings, inputOf, keyOf, usersOf } from "./sweep-case.ts";

/** What there is to judge causes by. */
export interface CauseContext {
  readonly figures: readonly CaseFigures[];
  /** What GET /info answered; null where it answered nothing. */
  readonly info: Readonly<Record<string, unknown>> | null;
  /** Host of the server, and whether it is this machine. */
  readonly host: string;
  readonly isLocal: boolean;
  readonly loadAverage: number;
  readonly cores: number;
  readonly timeoutMs: number;
  readonly p95Ms: number;
}

/** A change of less is noise as likely as not. */
const worthwhile = 1.2;

/** Why the worst of the flagged cases may be as it is. What the figures speak for comes first; the rest only where nothing does. */
export function findCauses(
  kind: RedFlagKind,
  worst: CaseFigures,
  context: CauseContext,
): readonly LikelyCause[] {
  const found = [...candidates[kind](worst, context)].filter((cause) => cause !== undefined);
  const seen = found.filter((cause) => cause.seen);
  return seen.length > 0 ? seen : found;
}

type Finder = (worst: CaseFigures, context: CauseContext) => readonly (LikelyCause | undefined)[];

const candidates: Readonly<Record<RedFlagKind, Finder>> = {
  success: (worst, context) => [
    ...byFailures(worst, context),
    // A refusal says itself why; what came too late may have waited for others.
    ...(Object.keys(worst.failures).some((kind) => /timeout/.test(kind)) ? [contention(worst, context)] : []),
  ],
  rate: (worst, context) => [
    batchTooSmall(worst, context),
    inputTooLarge(worst, context),
    device(context),
    contention(worst, context),
    warmUp(worst),
    distance(context),
  ],
  latency: (worst, context) => [
    batchTooLarge(worst, context),
    waiting(worst, context),
    inputTooLarge(worst, context),
    contention(worst, context),
    warmUp(worst),
    device(context),
    distance(context),
  ],
  efficiency: (worst, context) => [
    warmUp(singleOf(worst, context) ?? worst),
    batchingAcross(worst, context),
    contention(worst, context),
    {
      cause: "warm-up",
      seen: false,
      evidence: "The measurement with one user may have met a server or a machine that was slower then.",
    },
  ],
  vectors: (_, context) => [
    {
      cause: "batch",
      seen: false,
      evidence: "Quantised models and some runtimes compute a text differently beside others.",
    },
    {
      cause: "server",
      seen: false,
      evidence: `Several replicas of unlike models, or answers that were mixed up, behind ${context.host}.`,
    },
  ],
};

function byFailures({ failures }: CaseFigures, { timeoutMs }: CauseContext): LikelyCause[] {
  return Object.entries(failures).map(([kind, { count, firstMessage }]): LikelyCause => {
    const told = `${count} x ${kind}: ${firstMessage.replace(/\.$/, "")}.`;
    if (/timeout/.test(kind))
      return {
        cause: "timeout",
        seen: true,
        evidence: `${told} Requests were given ${formatMs(timeoutMs)}.`,
      };
    if (/^http-(?:400|413|414|422)$/.test(kind))
      return {
        cause: /token|long|length|size/i.test(firstMessage) ? "text size" : "batch",
        seen: true,
        evidence: told,
      };
    if (/^http-(?:429|503)$/.test(kind)) return { cause: "contention", seen: true, evidence: told };
    return { cause: "server", seen: true, evidence: told };
  });
}

function batchTooSmall(worst: CaseFigures, { figures }: CauseContext): LikelyCause | undefined {
  const better = bestOf(
    figures.filter(
      (other) => isSame(other, worst, "batch") && (other.settings.batch ?? 1) > (worst.settings.batch ?? 1),
    ),
  );
  if (better === undefined || rate(better) < rate(worst) * worthwhile) return undefined;
  return {
    cause: "batch",
    seen: true,
    evidence: `With ${describeSettings(better.settings)} it is ${formatNumber(rate(better))} a second instead of ${formatNumber(rate(worst))}.`,
  };
}

function batchTooLarge(worst: CaseFigures, { figures, p95Ms }: CauseContext): LikelyCause | undefined {
  const within = figures
    .filter(
      (other) =>
        isSame(other, worst, "batch") &&
        (other.settings.batch ?? 1) < (worst.settings.batch ?? 1) &&
        isWithin(other, p95Ms),
    )
    .toSorted((a, b) => (b.settings.batch ?? 1) - (a.settings.batch ?? 1))[0];
  if (within === undefined) return undefined;
  return {
    cause: "batch",
    seen: true,
    evidence: `A request takes as long as all of its batch: with ${describeSettings(within.settings)} it is ${formatMs(slowestOf(within)!)}.`,
  };
}

function waiting(worst: CaseFigures, context: CauseContext): LikelyCause | undefined {
  const single = singleOf(worst, context);
  if (single === undefined || !isWithin(single, context.p95Ms)) return undefined;
  return {
    cause: "contention",
    seen: true,
    evidence: `Requests wait for each other: one user alone has ${formatMs(slowestOf(single)!)}, and ${usersOf(worst.settings)} users get ${formatShare(worst.efficiency ?? 0)} of what they would side by side.`,
  };
}

const inputAxes = [
  ["size", "text size"],
  ["imageSize", "image size"],
  ["dpi", "resolution"],
  ["inputTokens", "length of prompts"],
  ["outputTokens", "length of answers"],
] as const;

function inputTooLarge(worst: CaseFigures, { figures }: CauseContext): LikelyCause | undefined {
  for (const [axis, cause] of inputAxes) {
    const value = worst.settings[axis];
    if (value === undefined) continue;
    const smaller = figures
      .filter((other) => isSame(other, worst, axis) && other.settings[axis]! < value)
      .toSorted((a, b) => a.settings[axis]! - b.settings[axis]!)[0];
    if (smaller === undefined || rate(smaller) < rate(worst) * worthwhile) continue;
    return {
      cause,
      seen: true,
      evidence: `With ${describeSettings({ [axis]: smaller.settings[axis]! })} instead of ${describeSettings({ [axis]: value })} it is ${formatNumber(rate(smaller))} a second instead of ${formatNumber(rate(worst))}.`,
    };
  }
  return undefined;
}

function device({ info }: CauseContext): LikelyCause | undefined {
  const named = /\b(?:cpu|cuda|gpu|metal|directml|rocm|coreml)\b/i.exec(
    info === null ? "" : JSON.stringify(info),
  )?.[0];
  if (named === undefined)
    return {
      cause: "device",
      seen: false,
      evidence: "The model may be computed on a processor instead of a graphics card.",
    };
  const slow = /cpu/i.test(named);
  return {
    cause: "device",
    seen: slow,
    evidence: `The server says that the model is computed on: ${named.toLowerCase()}.`,
  };
}

function contention(worst: CaseFigures, { loadAverage, cores }: CauseContext): LikelyCause | undefined {
  const busy = loadAverage > cores;
  const unsteady = (worst.variation ?? 0) > 0.15;
  if (!busy && !unsteady)
    return {
      cause: "contention",
      seen: false,
      evidence: "Something else may have wanted the processors at the same time.",
    };
  const said = [
    ...(busy ? [`before the sweep ${formatNumber(loadAverage)} processes wanted ${cores} cores`] : []),
    ...(unsteady ? [`the repeats differ by ${formatShare(worst.variation!)}`] : []),
  ].join(", and ");
  return { cause: "contention", seen: true, evidence: `${said[0]!.toUpperCase()}${said.slice(1)}.` };
}

function warmUp({ repeatRates, settings }: CaseFigures): LikelyCause | undefined {
  const [first = 0, ...later] = repeatRates;
  if (later.length === 0) return undefined;
  const rest = later.reduce((sum, value) => sum + value, 0) / later.length;
  if (first * worthwhile > rest) return undefined;
  return {
    cause: "warm-up",
    seen: true,
    evidence: `The first repeat of ${describeSettings(settings)} had ${formatNumber(first)} a second, the later ones ${formatNumber(rest)}.`,
  };
}

function distance({ host, isLocal }: CauseContext): LikelyCause | undefined {
  if (isLocal) return undefined;
  return {
    cause: "not localhost",
    seen: true,
    evidence: `The server is at ${host}: the way there is in every figure.`,
  };
}

function batchingAcross(worst: CaseFigures, { figures }: CauseContext): LikelyCause | undefined {
  const single = figures.find(
    (other) => isSame(other, worst, "concurrency") && usersOf(other.settings) === 1,
  );
  const batched = bestOf(
    figures.filter(
      (other) =>
        keyOf(inputOf(other.settings)) === keyOf(inputOf(worst.settings)) && usersOf(other.settings) === 1,
    ),
  );
  if (single === undefined || batched === undefined || rate(batched) < rate(worst)) return undefined;
  return {
    cause: "batching across requests",
    seen: true,
    evidence: `The server may compute requests of several users together: in one request (${describeSettings(batched.settings)}) texts are as fast. Then it is no error.`,
  };
}

function singleOf(worst: CaseFigures, { figures }: CauseContext): CaseFigures | undefined {
  if (usersOf(worst.settings) === 1) return undefined;
  const singles = figures.filter(
    (other) => isSame(other, worst, "concurrency") && usersOf(other.settings) === 1,
  );
  return singles.find(({ series }) => series === worst.series) ?? singles[0];
}

/** Whether two cases are alike but for this axis. */
function isSame(one: CaseFigures, other: CaseFigures, axis: keyof CaseFigures["settings"]): boolean {
  return keyOf({ ...one.settings, [axis]: 1 }) === keyOf({ ...other.settings, [axis]: 1 });
}

function bestOf(all: readonly CaseFigures[]): CaseFigures | undefined {
  return all.toSorted((a, b) => rate(b) - rate(a))[0];
}

function rate({ unitsPerSecond }: CaseFigures): number {
  return unitsPerSecond ?? 0;
}

/** p95, or the longest where there are too few samples for one; undefined where nothing was completed. */
export function slowestOf({
  serviceMs,
}: {
  readonly serviceMs: Pick<Distribution, "p95" | "max">;
}): number | undefined {
  return serviceMs.p95 ?? serviceMs.max ?? undefined;
}

export function isWithin(figures: Pick<CaseFigures, "serviceMs">, mostMs: number): boolean {
  return (slowestOf(figures) ?? Infinity) <= mostMs;
}
