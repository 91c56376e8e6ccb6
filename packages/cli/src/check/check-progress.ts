import { formatDuration, type CheckRow } from "@weir/lab";
import type { LoadProgress } from "@weir/load";
import type { TextOutput } from "../command-context.ts";
import { LiveLines } from "../console/live-lines.ts";
import type { Paint } from "../console/paint.ts";
import { drawBar } from "../console/progress-bar.ts";

export interface CheckProgress {
  /** What is being done, and how far it is. */
  show(doing: string, progress: LoadProgress | undefined): void;
  /** Something was found out. */
  add(row: CheckRow): void;
  end(): void;
}

const barColumns = 24;

/** Rows as they are found, and below them on a terminal what is being done. */
export function createCheckProgress(output: TextOutput, paint: Paint): CheckProgress {
  const live = output.isTTY === true ? new LiveLines(output) : undefined;
  let doing = "";
  let shown: LoadProgress | undefined;
  const draw = (): void => live?.draw([describeDoing(doing, shown, paint)]);
  return {
    show(now, progress) {
      if (now !== doing && live === undefined) output.write(`${now}\n`);
      doing = now;
      shown = progress;
      draw();
    },
    add(row) {
      live?.clear();
      output.write(`${describeRow(row, paint)}\n`);
      if (doing !== "") draw();
    },
    end: () => live?.clear(),
  };
}

function describeDoing(doing: string, progress: LoadProgress | undefined, paint: Paint): string {
  if (progress === undefined) return paint.bold(doing);
  const left =
    progress.remainingMs === undefined
      ? ""
      : `  ${formatDuration(Math.ceil(progress.remainingMs / 1000) * 1000)} left`;
  const phase = progress.phase === "warm-up" ? paint.yellow(" warming up") : "";
  return `${paint.bold(doing)}${phase}  ${drawBar(progress.fraction, barColumns, paint)}${paint.dim(left)}`;
}

function describeRow({ metric, measured, limit, status }: CheckRow, paint: Paint): string {
  const marks = {
    pass: paint.green("ok     "),
    fail: paint.red("MISSED "),
    info: "       ",
    "not-measured": paint.yellow("?      "),
  };
  return `${marks[status]}${metric}: ${measured}${limit === null ? "" : paint.dim(`  (${limit})`)}`;
}
