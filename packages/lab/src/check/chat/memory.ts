import { readFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { askOnce } from "@weir/load";
import type { FinishedRun } from "../../run/start-run.ts";
import type { SuiteContext } from "../suite.ts";

const askEveryMs = 5000;
const askTimeoutMs = 5000;
const leastReadings = 4;

/** What of Prometheus' text is memory of the server: that of its process, and of those in which Weir's models compute. */
const memoryLine =
  /^(?:process_resident_memory_bytes|weir_replica_resident_bytes)(?:\{[^}]*\})? ([\d.eE+]+)/gm;

/** Memory at one moment. */
export interface MemoryReading {
  /** From the run's start. */
  readonly atMs: number;
  readonly bytes: number;
}

/** How memory changed while a run's window was open. */
export interface MemoryChange {
  /** Medians of the first and the last tenth: a single moment is a matter of chance. */
  readonly firstBytes: number;
  readonly lastBytes: number;
  readonly mostBytes: number;
}

export interface MemorySource {
  readonly readings: readonly MemoryReading[];
  /** Where they are from, for people. */
  readonly source: string;
}

/** Undefined where there are too few readings in the window. */
export function summariseMemory(
  readings: readonly MemoryReading[],
  { startMs, endMs }: { readonly startMs: number; readonly endMs: number },
): MemoryChange | undefined {
  const bytes = readings
    .filter(({ atMs }) => atMs >= startMs && atMs <= endMs)
    .map((reading) => reading.bytes);
  if (bytes.length < leastReadings) return undefined;
  const tenth = Math.max(1, Math.floor(bytes.length / 10));
  return {
    firstBytes: median(bytes.slice(0, tenth)),
    lastBytes: median(bytes.slice(-tenth)),
    mostBytes: bytes.reduce((most, each) => Math.max(most, each), 0),
  };
}

/** Memory of a server's processes, of a run that looked at them; undefined where it did not find them. */
export async function readProcessMemory({ folder }: FinishedRun): Promise<MemorySource | undefined> {
  try {
    const { processes } = JSON.parse(await readFile(path.join(folder, "server.json"), "utf8")) as {
      readonly processes: { readonly startMs: readonly number[]; readonly rssBytes: readonly number[] };
    };
    const readings = processes.rssBytes.map((bytes, index) => ({ atMs: processes.startMs[index]!, bytes }));
    return readings.length === 0 ? undefined : { readings, source: "its processes on this machine" };
  } catch {
    return undefined;
  }
}

/** Memory as a server says it in `/metrics`, until it is stopped. Ends by itself where there is nothing to read. */
export function watchMetrics({ url, base, signal }: Pick<SuiteContext, "url" | "base" | "signal">): {
  /** @param startedAtMs wall clock at the run's start */
  stop(startedAtMs: number): Promise<MemorySource | undefined>;
} {
  const stopping = new AbortController();
  const either = AbortSignal.any([signal, stopping.signal]);
  const seen: { readonly wallMs: number; readonly bytes: number }[] = [];
  const watching = (async () => {
    while (!either.aborted) {
      const bytes = await readMetrics(url, base, either).catch(() => undefined);
      if (bytes !== undefined) seen.push({ wallMs: Date.now(), bytes });
      else if (seen.length === 0) return;
      await delay(askEveryMs, undefined, { signal: either }).catch(() => {});
    }
  })();
  return {
    async stop(startedAtMs) {
      stopping.abort();
      await watching;
      const readings = seen.map(({ wallMs, bytes }) => ({ atMs: wallMs - startedAtMs, bytes }));
      return readings.length === 0 ? undefined : { readings, source: "its /metrics" };
    },
  };
}

async function readMetrics(
  url: string,
  base: SuiteContext["base"],
  signal: AbortSignal,
): Promise<number | undefined> {
  const asked = await askOnce(
    url,
    { method: "GET", path: "/metrics", headers: base.headers },
    { ...base.connection, connectTimeoutMs: askTimeoutMs, timeoutMs: askTimeoutMs, signal },
  );
  return asked.kind === "answered" && asked.status === 200
    ? sumMemory(Buffer.from(asked.body).toString())
    : undefined;
}

/** All memory that a Prometheus text names; undefined where it names none. */
export function sumMemory(text: string): number | undefined {
  const values = [...text.matchAll(memoryLine)].map(([, value]) => Number(value));
  const sum = values.reduce((total, value) => total + value, 0);
  return values.length === 0 || !Number.isFinite(sum) ? undefined : sum;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
