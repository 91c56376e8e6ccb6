import { formatCount, formatDuration, formatMs, formatNumber } from "@weir/lab";
import type { LoadProgress } from "@weir/load";
import type { TextOutput } from "../command-context.ts";
import { LiveLines } from "../console/live-lines.ts";
import type { Paint } from "../console/paint.ts";
import { drawBar } from "../console/progress-bar.ts";

export interface RunProgress {
  show(progress: LoadProgress): void;
  /** Cleans up; nothing is shown after it. */
  end(): void;
}

const plainEveryMs = 5000;
const widestBar = 32;

/** Progress on a terminal: two lines drawn in place. Elsewhere: a line every five seconds. */
export function createRunProgress(output: TextOutput, paint: Paint): RunProgress {
  return output.isTTY === true ? createLiveProgress(output, paint) : createPlainProgress(output);
}

function createLiveProgress(output: TextOutput, paint: Paint): RunProgress {
  const lines = new LiveLines(output);
  return {
    show(progress) {
      const columns = Math.max(5, Math.min(widestBar, (output.columns ?? 80) - 40));
      lines.draw([describeTime(progress, columns, paint), describeFigures(progress, paint)]);
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
      const phase = progress.phase === "warm-up" ? "warming up" : "measuring";
      output.write(`${phase}, ${Math.floor(progress.fraction * 100)} %: ${figures(progress).join(", ")}\n`);
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

function describeFigures(progress: LoadProgress, paint: Paint): string {
  const [rate = "", ...others] = figures(progress);
  const errors = others.pop() ?? "";
  return [paint.bold(rate), ...others, progress.failed === 0 ? paint.dim(errors) : paint.red(errors)].join(
    paint.dim("  ·  "),
  );
}

function figures(progress: LoadProgress): string[] {
  const { recent, unit, failed } = progress;
  return [
    `${formatNumber(recent.unitsPerSecond)} ${unit}/s`,
    `${formatNumber(recent.requestsPerSecond)} requests/s`,
    `p50 ${describeMs(progress.p50Ms, "-")}`,
    `p95 ${describeMs(progress.p95Ms, "n too small")}`,
    failed === 0 ? "no errors" : formatCount(failed, "error"),
  ];
}

function describeMs(ms: number | null, otherwise: string): string {
  return ms === null ? otherwise : formatMs(ms);
}
