import {
  describeMetricName,
  formatChangeInterval,
  formatCount,
  formatDuration,
  formatMs,
  formatSignedChange,
  type CompareProgress,
  type CompareRequest,
} from "@weir/lab";
import type { TextOutput } from "../command-context.ts";
import { LiveLines } from "../console/live-lines.ts";
import type { Paint } from "../console/paint.ts";
import { drawBar } from "../console/progress-bar.ts";
import { drawInterval } from "./draw-change.ts";

export interface ComparisonProgress {
  show(progress: CompareProgress): void;
  /** Cleans up; nothing is shown after it. */
  end(): void;
}

const barColumns = 16;

/** Progress on a terminal: a few lines drawn in place. Elsewhere: a line a round. */
export function createCompareProgress(
  output: TextOutput,
  request: CompareRequest,
  metricName: string,
  paint: Paint,
): ComparisonProgress {
  return output.isTTY === true
    ? createLiveProgress(output, request, metricName, paint)
    : createPlainProgress(output, metricName);
}

function createLiveProgress(
  output: TextOutput,
  request: CompareRequest,
  metricName: string,
  paint: Paint,
): ComparisonProgress {
  const lines = new LiveLines(output);
  return {
    show(progress) {
      const drawing = [describeNow(progress, request, paint)];
      const { judgement, changes } = progress;
      if (judgement !== undefined && judgement.rounds > 0) {
        const columns = Math.max(21, Math.min(61, (output.columns ?? 80) - 36));
        const drawn = { ...judgement, delta: request.delta, changes };
        drawing.push(
          `${paint.dim("so far".padEnd(nameColumns))} ${drawInterval(drawn, columns)}`,
          `${" ".repeat(nameColumns)} ${describeSoFar(progress, metricName)}`,
        );
      }
      lines.draw(drawing);
    },
    end: () => lines.clear(),
  };
}

const nameColumns = 8;

function createPlainProgress(output: TextOutput, metricName: string): ComparisonProgress {
  let shownRound = 0;
  let shownPhase = "";
  return {
    show(progress) {
      const { phase, round, maxRounds, load } = progress;
      if (phase === "looking" && shownPhase !== phase) {
        shownPhase = phase;
        output.write("a short load on both before the first round\n");
      }
      if (round <= shownRound || load !== undefined) return;
      shownRound = round;
      const soFar = round === 1 ? "" : `: ${describeSoFar(progress, metricName)}`;
      output.write(`round ${round} of at most ${maxRounds}${soFar}\n`);
    },
    end() {},
  };
}

function describeNow(progress: CompareProgress, request: CompareRequest, paint: Paint): string {
  const { phase, round, maxRounds, side, load, leftAtMostMs } = progress;
  const { label } = request[side];
  const where = round === 0 ? "before the first round" : `round ${round} of at most ${maxRounds}`;
  const left =
    leftAtMostMs === undefined
      ? ""
      : `, ${formatDuration(Math.ceil(leftAtMostMs / 1000) * 1000)} left at most`;
  if (load === undefined) {
    const doing = phase === "preparing" ? "getting ready" : "looking";
    return `${paint.bold(label.padEnd(nameColumns))} ${doing}${paint.dim(`, ${where}${left}`)}`;
  }
  const { p50Ms } = load.overall;
  const latency = p50Ms === null ? "" : `, p50 ${formatMs(p50Ms)}`;
  const errors = load.failed === 0 ? "" : `, ${paint.red(formatCount(load.failed, "error"))}`;
  return `${paint.bold(label.padEnd(nameColumns))} ${drawBar(load.fraction, barColumns, paint)} ${where}${latency}${errors}${paint.dim(left)}`;
}

function describeSoFar(progress: CompareProgress, metricName: string): string {
  const { judgement, leftOut, leftAtMostMs } = progress;
  const name = describeMetricName(metricName, "units");
  const lost = leftOut === 0 ? "" : `, ${formatCount(leftOut, "round")} left out`;
  const left = leftAtMostMs === undefined ? "" : `, at most ${formatDuration(leftAtMostMs)} more`;
  if (judgement === undefined || judgement.rounds === 0) return `no round counts yet${lost}${left}`;
  const { change, interval } = judgement;
  const range = interval === null ? "" : ` (${formatChangeInterval(interval)})`;
  return `${name} ${formatSignedChange(change)}${range}${lost}${left}`;
}
