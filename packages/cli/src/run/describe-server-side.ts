import {
  formatCount,
  formatMs,
  formatNumber,
  formatShare,
  type MetricLevel,
  type RecordedMetrics,
  type RecordedProcess,
  type RecordedServer,
} from "@weir/lab";
import type { Paint } from "../console/paint.ts";
import { layOutTable } from "../console/text-table.ts";

const barColumns = 24;

/** Where the mean response time went: a table with bars, and what it comes to. Empty where the server says nothing of it. */
export function describeWhere(server: RecordedServer | null, paint: Paint): string[] {
  if (server === null || server.where === null) return [];
  const { parts, sentence } = server.where;
  const heading = ["where the time went", "mean", "share", ""].map(paint.dim);
  const rows = parts.map(({ part, ms, share }) => [
    part,
    formatMs(ms),
    formatShare(share),
    "█".repeat(Math.round(share * barColumns)).padEnd(barColumns),
  ]);
  return [...layOutTable([heading, ...rows]), sentence];
}

/** What was seen of the server, as rows of a run's table. */
export function describeServer(
  server: RecordedServer | null,
  paint: Paint,
): readonly (readonly [name: string, text: string])[] {
  if (server === null) return [];
  const lines = [
    ...(server.process === null ? [] : [describeProcess(server.process)]),
    ...(server.metrics === null ? [] : [describeMetrics(server.metrics)]),
    ...(server.together === null ? [] : [server.together.sentence]),
    ...server.notes.map((note) => paint.yellow(note)),
  ];
  return lines.map((line, index) => [index === 0 ? "server" : "", line]);
}

function describeMetrics(metrics: RecordedMetrics): string {
  const { software, looks, failedLooks, levels, batch, cacheHitShare, timesMs } = metrics;
  const { waiting, running, cacheUse } = levels;
  const level = ({ mean, max }: MetricLevel): string =>
    `${formatNumber(mean)} (at most ${formatNumber(max)})`;
  const failed = failedLooks === 0 ? "" : `, ${failedLooks.toLocaleString("en-US")} in vain`;
  const who = `metrics of ${software ?? "a kind that is not known"}, ${formatCount(looks, "look")}${failed}`;
  const { firstToken } = timesMs;
  const figures = [
    ...(waiting === null ? [] : [`waiting ${level(waiting)}`]),
    ...(running === null ? [] : [`computing ${level(running)}`]),
    ...(batch === null ? [] : [`batches of ${formatNumber(batch)}`]),
    ...(cacheUse === null
      ? []
      : [`KV cache ${formatShare(cacheUse.mean)} full (at most ${formatShare(cacheUse.max)})`]),
    ...(cacheHitShare === null ? [] : [`cache hits ${formatShare(cacheHitShare)}`]),
    ...(firstToken === null ? [] : [`first token after ${formatMs(firstToken.mean)} (mean)`]),
  ];
  return figures.length === 0 ? who : `${who}: ${figures.join(", ")}`;
}

function describeProcess(process: RecordedProcess): string {
  const { pids, name, count, rssBytes, cpuCores, threads, openFiles } = process;
  const [pid] = pids;
  const others = Math.max(pids.length, count) - 1;
  const who = `pid ${pid}${name === "" ? "" : ` (${name})`}${others > 0 ? ` and ${others} more` : ""}`;
  const figures = [
    `${formatCores(cpuCores)} in use`,
    `${toMb(rssBytes.last)} MB (${describeGrowth(rssBytes.last - rssBytes.first)})`,
    formatCount(threads.max, "thread"),
    ...(openFiles === null ? [] : [formatCount(openFiles.max, "open file")]),
    ...describeDisk(process),
  ];
  return `${who}: ${figures.join(", ")}`;
}

function formatCores(cores: number): string {
  return `${formatNumber(cores)} ${cores === 1 ? "core" : "cores"}`;
}

function describeGrowth(bytes: number): string {
  // Without the sign that a little less than nothing has.
  const mb = Math.round(bytes / 1e6) + 0;
  return `${mb < 0 ? "" : "+"}${mb.toLocaleString("en-US")} MB`;
}

function toMb(bytes: number): string {
  return Math.round(bytes / 1e6).toLocaleString("en-US");
}

// Logs and the like go to disk all the time.
const worthSayingBytes = 1e6;

function describeDisk({ diskReadBytes, diskWrittenBytes }: RecordedProcess): string[] {
  return [
    ...((diskReadBytes ?? 0) >= worthSayingBytes ? [`${toMb(diskReadBytes!)} MB read from disk`] : []),
    ...((diskWrittenBytes ?? 0) >= worthSayingBytes ? [`${toMb(diskWrittenBytes!)} MB written`] : []),
  ];
}
