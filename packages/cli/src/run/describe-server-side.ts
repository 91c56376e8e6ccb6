import { formatCount, formatNumber, type RecordedProcess, type RecordedServer } from "@weir/lab";
import type { Paint } from "../console/paint.ts";

/** What was seen of the server, as rows of a run's table. */
export function describeServer(
  server: RecordedServer | null,
  paint: Paint,
): readonly (readonly [name: string, text: string])[] {
  if (server === null) return [];
  const lines = [
    ...(server.process === null ? [] : [describeProcess(server.process)]),
    ...server.notes.map((note) => paint.yellow(note)),
  ];
  return lines.map((line, index) => [index === 0 ? "server" : "", line]);
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
  const mb = Math.round(bytes / 1e6);
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
