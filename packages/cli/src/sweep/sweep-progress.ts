import { formatDuration, formatMs, formatNumber, type SweepProgress } from "@weir/lab";
import type { TextOutput } from "../command-context.ts";
import { LiveLines } from "../console/live-lines.ts";
import type { Paint } from "../console/paint.ts";
import { drawBar } from "../console/progress-bar.ts";

export interface SweepProgressView {
  show(progress: SweepProgress): void;
  /** Cleans up; nothing is shown after it. */
  end(): void;
}

const plainEveryMs = 5_000;
const widestBar = 32;

const phases: Readonly<Record<SweepProgress["phase"], string>> = {
  "warming-up": "warming up",
  measuring: "measuring",
  confirming: "confirming",
};

/** Progress on a terminal: lines drawn in place. Elsewhere: a line every five seconds. */
export function createSweepProgress(output: TextOutput, paint: Paint): SweepProgressView {
  if (output.isTTY !== true) return createPlainProgress(output);
  const lines = new LiveLines(output);
  return {
    show(progress) {
      const columns = Math.max(5, Math.min(widestBar, (output.columns ?? 80) - 45));
      const bar = drawBar(progress.done / Math.max(1, progress.planned), columns, paint);
      lines.draw([
        `${paint.bold(phases[progress.phase].padEnd(10))} ${bar} ${progress.done} of ${progress.planned}${paint.dim(describeLeft(progress))}`,
        `${paint.dim("now".padEnd(10))} ${progress.now}`,
        `${paint.dim("last".padEnd(10))} ${describeLast(progress)}`,
      ]);
    },
    end: () => lines.clear(),
  };
}

function createPlainProgress(output: TextOutput): SweepProgressView {
  let shownMs = -Infinity;
  return {
    show(progress) {
      if (performance.now() - shownMs < plainEveryMs) return;
      shownMs = performance.now();
      const { phase, done, planned, now } = progress;
      output.write(
        `${phases[phase]}, ${done} of ${planned}${describeLeft(progress)}${now === "" ? "" : `: ${now}`}\n`,
      );
    },
    end() {},
  };
}

function describeLeft({ remainingMs }: SweepProgress): string {
  return remainingMs === null ? "" : `, about ${formatDuration(Math.ceil(remainingMs / 1000) * 1000)} left`;
}

function describeLast({ last }: SweepProgress): string {
  if (last === null) return "-";
  const { units, completed, tookMs, failed } = last.visit;
  const rate =
    tookMs > 0 ? `${formatNumber(((units === 0 ? completed : units) * 1000) / tookMs)} a second` : "nothing";
  const each = completed === 0 ? "" : `, ${formatMs(tookMs / completed)} for each request`;
  return `${last.settings}: ${rate}${each}${failed === 0 ? "" : `, ${failed} failed`}`;
}
