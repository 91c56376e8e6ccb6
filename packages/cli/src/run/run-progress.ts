import { formatCount, formatDuration, formatMs, formatNumber } from "@weir/lab";
import type { LoadProgress, ProgressPercentiles } from "@weir/load";
import type { TextOutput } from "../command-context.ts";
import { LiveLines } from "../console/live-lines.ts";
import type { Paint } from "../console/paint.ts";
import { drawBar } from "../console/progress-bar.ts";
import { layOutTable } from "../console/text-table.ts";

export interface RunProgress {
  show(progress: LoadProgress): void;
  /** Cleans up; nothing is shown after it. */
  end(): void;
}

const plainEveryMs = 5000;
const widestBar = 32;

/** Progress on a terminal: a few lines drawn in place. Elsewhere: a line every five seconds. */
export function createRunProgress(output: TextOutput, paint: Paint): RunProgress {
  return output.isTTY === true ? createLiveProgress(output, paint) : createPlainProgress(output);
}

function createLiveProgress(output: TextOutput, paint: Paint): RunProgress {
  const lines = new LiveLines(output);
  let phase: LoadProgress["phase"] | undefined;
  let phaseSinceMs = 0;
  return {
    show(progress) {
      if (phase !== progress.phase) {
        phase = progress.phase;
        phaseSinceMs = progress.elapsedMs;
      }
      const isJudged = progress.elapsedMs - phaseSinceMs >= judgedAfterMs;
      const columns = Math.max(5, Math.min(widestBar, (output.columns ?? 80) - 40));
      lines.draw([
        describeTime(progress, columns, paint),
        describeRates(progress, paint),
        ...describeLatencies(progress, paint),
        row("errors", describeErrors(progress, paint), paint),
        row("generator", describeGenerator(progress, isJudged ? paint : undefined), paint),
      ]);
    },
    end: () => lines.clear(),
  };
}

function createPlainProgress(output: TextOutput): RunProgress {
  let shownMs = 0;
  return {
    show(progress) {
      if (progress.elapsedMs - shownMs < plainEveryMs) return;
      shownMs = progress.elapsedMs;
      const { unit, recent, inFlight } = progress;
      const phase = progress.phase === "warm-up" ? "warming up" : "measuring";
      const units = unit === "requests" ? [] : [`${formatRate(recent.unitsPerSecond)} ${unit}/s`];
      const figures = [
        ...units,
        `requests/s ${formatRate(recent.offeredPerSecond)} offered, ${formatRate(recent.sentPerSecond)} sent, ${formatRate(recent.requestsPerSecond)} completed`,
        `${formatCount(inFlight, "request")} in flight${describeWaiting(progress)}`,
        `p50 ${describeMs(recent.p50Ms, "-")}`,
        `p95 ${describeMs(recent.p95Ms, "n too small")}`,
        `p99 ${describeMs(recent.p99Ms, "n too small")}`,
        describeErrors(progress),
        `generator ${describeGenerator(progress)}`,
      ];
      output.write(`${phase}, ${Math.floor(progress.fraction * 100)} %: ${figures.join(", ")}\n`);
    },
    end() {},
  };
}

function describeTime(progress: LoadProgress, columns: number, paint: Paint): string {
  const phase = progress.phase === "warm-up" ? paint.yellow("warming up") : paint.bold("measuring ");
  const left = progress.remainingMs === undefined ? "" : `  ${describeLeft(progress.remainingMs)} left`;
  const percent = `${Math.floor(progress.fraction * 100)} %`.padStart(5);
  return `${phase} ${drawBar(progress.fraction, columns, paint)} ${percent}${paint.dim(left)}`;
}

function describeLeft(remainingMs: number): string {
  return remainingMs < 10_000
    ? `${Math.ceil(remainingMs / 1000)} s`
    : formatDuration(Math.ceil(remainingMs / 1000) * 1000);
}

function describeRates({ unit, recent, users, inFlight, waiting }: LoadProgress, paint: Paint): string {
  const { offeredPerSecond, sentPerSecond, requestsPerSecond, unitsPerSecond } = recent;
  const units =
    unit === "requests" ? "" : `${paint.bold(`${formatRate(unitsPerSecond)} ${unit}/s`)}${dot(paint)}`;
  const rates = `${formatRate(offeredPerSecond)} offered, ${formatRate(sentPerSecond)} sent, ${formatRate(requestsPerSecond)} completed`;
  return `${units}requests/s ${rates}${dot(paint)}${users === null ? "" : `${formatCount(users, "user")}, `}${inFlight.toLocaleString("en-US")} in flight${describeWaiting({ waiting })}`;
}

// Due and not sent: every connection is in use.
function describeWaiting({ waiting }: Pick<LoadProgress, "waiting">): string {
  return waiting > 0 ? `, ${waiting.toLocaleString("en-US")} waiting to be sent` : "";
}

function describeLatencies({ recent, overall, ttft }: LoadProgress, paint: Paint): string[] {
  const cells = ({ p50Ms, p95Ms, p99Ms }: ProgressPercentiles): string[] => [
    describeMs(p50Ms, "-"),
    describeMs(p95Ms, "n too small"),
    describeMs(p99Ms, "n too small"),
  ];
  const heading = ["response", "p50", "p95", "p99"].map(paint.dim);
  return layOutTable([
    heading,
    [paint.dim("last 5 s".padEnd(nameColumns)), ...cells(recent)],
    [paint.dim("overall"), ...cells(overall)],
    ...(ttft === null ? [] : [[paint.dim("TTFT"), ...cells(ttft)]]),
  ]);
}

const nameColumns = 10;
const mostKindsShown = 4;

function row(name: string, text: string, paint: Paint): string {
  return `${paint.dim(name.padEnd(nameColumns))}  ${text}`;
}

function dot(paint: Paint): string {
  return paint.dim("  ·  ");
}

function describeErrors({ failures, failed }: LoadProgress, paint?: Paint): string {
  if (failed === 0) return "no errors";
  const kinds = Object.entries(failures);
  const shown = kinds
    .slice(0, mostKindsShown)
    .map(([kind, count]) => `${kind} ${count.toLocaleString("en-US")}`);
  if (kinds.length > shown.length) shown.push(`${kinds.length - shown.length} other kinds`);
  const text = `${formatCount(failed, "error")}: ${shown.join(", ")}`;
  return paint === undefined ? text : paint.red(text);
}

/** A shorter time says more about the moment of looking than about the generator. */
const judgedAfterMs = 1000;

/** Past this the event loop begins to be seen in what is measured. */
const busyShare = 0.9;

function describeGenerator({ generator: { delayP99Ms, busy } }: LoadProgress, paint?: Paint): string {
  const text = `late by ${formatMs(delayP99Ms)} (p99), busy ${Math.round(busy * 100)} %`;
  return paint !== undefined && busy > busyShare ? paint.red(text) : text;
}

function describeMs(ms: number | null, otherwise: string): string {
  return ms === null ? otherwise : formatMs(ms);
}

function formatRate(perSecond: number | null): string {
  return perSecond === null ? "-" : formatNumber(perSecond);
}
