import { formatDuration, formatNumber } from "@weir/lab";
import type { TextOutput } from "../../command-context.ts";
import { LiveLines } from "../../console/live-lines.ts";
import type { Paint } from "../../console/paint.ts";
import { drawBar } from "../../console/progress-bar.ts";
import { ReceivingRate } from "./receiving-rate.ts";
import type { PullEvents, PullPlan } from "./pull-model.ts";

export interface PullProgress extends PullEvents {
  /** Bytes that came over the network, and in how long. */
  readonly received: () => { readonly bytes: number; readonly durationMs: number };
  /** Cleans up; nothing is shown after it. */
  readonly end: () => void;
}

const drawEveryMs = 100;

/**
 * Progress on a terminal: a line drawn in place. Elsewhere what is pulled, once, and each time something is tried again.
 * @param nowMs a clock that never goes back
 */
export function createPullProgress(output: TextOutput, paint: Paint, nowMs: () => number): PullProgress {
  const lines = output.isTTY === true ? new LiveLines(output) : undefined;
  const have = new Map<string, number>();
  const rate = new ReceivingRate();
  const startedMs = nowMs();
  let plan: PullPlan | undefined;
  let receivedBytes = 0;
  let drawnMs = Number.NEGATIVE_INFINITY;

  function draw(): void {
    const atMs = nowMs();
    if (lines === undefined || plan === undefined || atMs - drawnMs < drawEveryMs) return;
    drawnMs = atMs;
    let haveBytes = 0;
    for (const bytes of have.values()) haveBytes += bytes;
    lines.draw([describeProgress(plan, haveBytes, rate.perSecond(atMs), output.columns ?? 80, paint)]);
  }

  return {
    onPlan(next) {
      const isFirst = plan === undefined;
      plan = next;
      if (isFirst) output.write(describePlan(next));
    },
    onBytes(path, haveBytes, received) {
      have.set(path, haveBytes);
      receivedBytes += received;
      rate.note(nowMs(), received);
      draw();
    },
    onRetry(reason) {
      lines?.clear();
      output.write(`${reason}\n`);
      drawnMs = Number.NEGATIVE_INFINITY;
    },
    received: () => ({ bytes: receivedBytes, durationMs: nowMs() - startedMs }),
    end: () => lines?.clear(),
  };
}

function describePlan({ repository, revision, commit, weights, files, bytes }: PullPlan): string {
  const at = commit.startsWith(revision) ? commit.slice(0, 12) : `${revision} (${commit.slice(0, 12)})`;
  return `pulling ${repository} at ${at}: ${weights.file.path} (${weights.precision}) and ${files - 1} other files, ${formatBytes(bytes)}\n`;
}

/** One line: a bar, the share, bytes of bytes, bytes a second, the time left. */
function describeProgress(
  { bytes }: Pick<PullPlan, "bytes">,
  haveBytes: number,
  bytesPerSecond: number | undefined,
  columns: number,
  paint: Paint,
): string {
  const fraction = bytes === 0 ? 1 : haveBytes / bytes;
  const percent = `${Math.floor(fraction * 100)} %`.padStart(5);
  const size = `${formatBytes(haveBytes)} of ${formatBytes(bytes)}`;
  const speed = bytesPerSecond === undefined ? "" : `  ${formatBytes(bytesPerSecond)}/s`;
  const leftMs = bytesPerSecond ? ((bytes - haveBytes) / bytesPerSecond) * 1000 : undefined;
  const left = leftMs === undefined ? "" : `  ${formatDuration(Math.ceil(leftMs / 1000) * 1000)} left`;
  const bar = drawBar(fraction, Math.max(5, Math.min(32, columns - 60)), paint);
  return `${bar} ${percent}  ${size}${speed}${paint.dim(left)}`;
}

/** 512 B, 12.3 kB, 90.9 MB, 1.23 GB. */
export function formatBytes(bytes: number): string {
  if (bytes < 1e3) return `${Math.round(bytes)} B`;
  if (bytes < 1e6) return `${formatNumber(bytes / 1e3)} kB`;
  return bytes < 1e9 ? `${formatNumber(bytes / 1e6)} MB` : `${formatNumber(bytes / 1e9)} GB`;
}
