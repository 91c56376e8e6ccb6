import {
  describeLevel,
  formatCount,
  formatDuration,
  formatMs,
  formatNumber,
  type CapacityProbeRecord,
  type CapacityTurn,
} from "@weir/lab";
import type { LoadProgress } from "@weir/load";
import type { TextOutput } from "../command-context.ts";
import { LiveLines } from "../console/live-lines.ts";
import type { Paint } from "../console/paint.ts";
import { drawBar } from "../console/progress-bar.ts";

export interface CapacityProgress {
  begin(turn: CapacityTurn): void;
  show(progress: LoadProgress): void;
  finish(probe: CapacityProbeRecord): void;
  /** Cleans up; nothing is shown after it. */
  end(): void;
}

const purposes: Readonly<Record<CapacityTurn["purpose"], string>> = {
  baseline: "what one user gets",
  double: "nothing missed yet",
  bisect: "between the two",
  confirm: "a second look",
  repeat: "once more",
};

/** A line for each probe that is done; on a terminal also the one that is on, drawn in place. */
export function createCapacityProgress(output: TextOutput, paint: Paint): CapacityProgress {
  const lines = output.isTTY === true ? new LiveLines(output) : undefined;
  let turn: CapacityTurn | undefined;
  return {
    begin(next) {
      turn = next;
    },
    show(progress) {
      if (turn === undefined || lines === undefined) return;
      const columns = Math.max(5, Math.min(24, (output.columns ?? 80) - 50));
      lines.draw([
        `${paint.bold(levelOf(turn))} ${paint.dim(`(probe ${turn.number}, ${purposes[turn.purpose]})`)}`,
        `${drawBar(progress.fraction, columns, paint)} ${paint.dim(describeLeft(turn, progress))}`,
        describeFigures(progress, paint),
      ]);
    },
    finish(probe) {
      lines?.clear();
      if (turn === undefined) return;
      const left =
        lines === undefined && turn.more > 0
          ? `; about ${formatCount(turn.more, "more probe")}, ${formatDuration(turn.moreMs)}`
          : "";
      output.write(`${describeProbe(turn, probe, paint)}${left}\n`);
    },
    end: () => lines?.clear(),
  };
}

function levelOf({ level, of, purpose }: CapacityTurn): string {
  return describeLevel(level, purpose === "baseline" ? "users" : of);
}

function describeLeft(turn: CapacityTurn, progress: LoadProgress): string {
  const { remainingMs } = progress;
  const now = remainingMs === undefined ? "" : formatDuration(roundUp(remainingMs));
  if (turn.more === 0) return now === "" ? "" : `${now} left`;
  return `${now === "" ? "" : `${now}, then `}about ${formatCount(turn.more, "more probe")}: ${formatDuration(roundUp(turn.moreMs))}`;
}

function roundUp(ms: number): number {
  return Math.ceil(ms / 1000) * 1000;
}

function describeFigures({ recent, ttft, inFlight, failed }: LoadProgress, paint: Paint): string {
  const ms = (value: number | null): string => (value === null ? "-" : formatMs(value));
  const rate = recent.requestsPerSecond === null ? "-" : formatNumber(recent.requestsPerSecond);
  const first = ttft === null ? "" : `, TTFT p50 ${ms(ttft.p50Ms)}`;
  const errors = failed === 0 ? "no errors" : paint.red(formatCount(failed, "error"));
  return `${rate} requests/s, p50 ${ms(recent.p50Ms)}, p95 ${ms(recent.p95Ms)}${first}, ${inFlight.toLocaleString("en-US")} in flight, ${errors}`;
}

function describeProbe(turn: CapacityTurn, probe: CapacityProbeRecord, paint: Paint): string {
  const isOne = probe.level === 1;
  const said = {
    pass: paint.green(isOne ? "holds" : "hold"),
    miss: paint.red(isOne ? "misses" : "miss"),
    lost: paint.red("lost"),
    unclear: paint.yellow("unclear"),
    invalid: paint.yellow("invalid"),
    "not-judged": paint.yellow("not judged"),
  }[probe.outcome];
  const figure = probe.figure === null ? "" : `: ${probe.figure}`;
  const limit = probe.bindingLimit === null ? "" : ` (${probe.bindingLimit})`;
  const early = probe.endedEarly === null ? "" : paint.dim(`, ended early: ${probe.endedEarly}`);
  return `${levelOf(turn)} ${said}${figure}${limit}${early}`;
}
